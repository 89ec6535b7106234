"""The texts that Python modules, templates and scripts mark for translation."""

import ast
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS
from babel.messages.extract import extract as extract_from
from django.conf import settings
from django.utils.translation import templatize

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "trendsite"

_KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Only what is translated changes a catalog.
UNCHANGING_DATE = datetime(2026, 11, 29, tzinfo=UTC)


def extract() -> Catalog:
    """Return a catalog without translations of every marked text, in the order of the files."""
    catalog = Catalog(project="Trendsite", creation_date=UNCHANGING_DATE, charset="utf-8")
    for path in source_files():
        name = path.relative_to(ROOT).as_posix()
        for _, messages, comments, context in _messages_of(path):
            catalog.add(messages, locations=[(name, 1)], auto_comments=comments, context=context)
    return catalog


def source_files() -> list[Path]:
    """Return the files that can have marked texts."""
    kinds = ("*.py", "templates/**/*.html", "templates/**/*.txt", "static/**/*.js")
    found = {path for kind in kinds for path in SITE.rglob(kind)}
    left_out = ("vendor", "migrations", "messages")
    return sorted(path for path in found if not any(part in left_out for part in path.relative_to(SITE).parts))


def _messages_of(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text()
    method = "javascript" if path.suffix == ".js" else "python"
    if path.suffix in (".html", ".txt"):
        text = _as_python(text, path)
    elif path.suffix == ".py":
        text = _calls_of(text)
    # Also in what a template literal inserts.
    options = {"encoding": "utf-8", "parse_template_string": True}
    yield from extract_from(method, io.BytesIO(text.encode()), _KEYWORDS, ("Translators:",), options, True)


def _calls_of(module: str) -> str:
    """Return the calls of gettext and its like in a module, a line each. Babel does not find those inside f-strings."""
    calls = (node for node in ast.walk(ast.parse(module)) if isinstance(node, ast.Call))
    return "\n".join(ast.unparse(call) for call in calls if getattr(call.func, "id", "") in _KEYWORDS)


def _as_python(template: str, path: Path) -> str:
    """Return a template as Python that calls gettext, without indents, which would have to fit each other."""
    if not settings.configured:
        settings.configure(USE_I18N=True)
    lines = templatize(template, origin=str(path)).splitlines()
    return "\n".join(line.lstrip() for line in lines)
