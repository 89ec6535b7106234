"""The catalogs of each language: PO files, which people translate, and what is made of them for Python and scripts."""

import io
import json
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po as read_catalog
from babel.messages.pofile import write_po

from tests.translations.sources import SITE, UNCHANGING_DATE

LANGUAGES = ("es", "pt", "fr", "de", "ja", "ar")

IN_FRAMES = ("trendsite/queries/board_status.py", "trendsite/sources.py")
"""Modules whose texts live frames bring in English: scripts translate them."""

_HEADER = """# {name} texts of Trendsite. docs/translating.md says how to change them.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plural_forms};\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""

_JS = """// Made by `make messages` of trendsite/locale/{language}/LC_MESSAGES/django.po.
export const plural = (n) => Number{expression};
export const messages = {messages};
"""


def po_path(language: str) -> Path:
    """Return the file of a language's translations."""
    return SITE / "locale" / language / "LC_MESSAGES" / "django.po"


def read_po(language: str) -> Catalog:
    """Return the translations of a language; an empty catalog if it is new."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_catalog(file, locale=language)


def update(catalog: Catalog, template: Catalog) -> Catalog:
    """Return a catalog with the texts of ``template``: new ones are empty, those no longer used are gone."""
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def write(catalog: Catalog) -> None:
    """Write the PO file of a language. Without line numbers, so that moved code does not change it."""
    written = io.BytesIO()
    write_po(written, catalog, width=120, include_lineno=False, omit_header=True)
    header = _HEADER.format(
        name=catalog.locale.english_name, language=catalog.locale, plural_forms=catalog.plural_forms.rstrip(";")
    )
    path = po_path(str(catalog.locale))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header.encode() + written.getvalue())


def compiled(catalog: Catalog) -> dict[Path, bytes]:
    """Return the content of each file that is made of a catalog: the MO file, and the module for scripts."""
    language = str(catalog.locale)
    catalog.revision_date = catalog.creation_date = UNCHANGING_DATE
    mo = io.BytesIO()
    write_mo(mo, catalog)
    module = SITE / "static" / "site" / "messages" / f"{language}.js"
    return {po_path(language).with_suffix(".mo"): mo.getvalue(), module: _script(catalog).encode()}


def _script(catalog: Catalog) -> str:
    """Return the module with the translated texts that scripts use, under the text or its form for one."""
    texts = {}
    for message in catalog:
        if message.id and any(name.endswith(".js") or name in IN_FRAMES for name, _ in message.locations):
            key = message.id[0] if isinstance(message.id, tuple) else message.id
            forms = message.string if isinstance(message.string, tuple) else (message.string,)
            if all(forms):
                texts[key] = list(forms) if isinstance(message.id, tuple) else message.string
    written = json.dumps(texts, ensure_ascii=False, indent=0, sort_keys=True)
    expression = catalog.plural_expr if catalog.plural_expr.startswith("(") else f"({catalog.plural_expr})"
    return _JS.format(language=catalog.locale, expression=expression, messages=written)
