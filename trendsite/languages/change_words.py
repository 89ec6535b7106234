"""A logged change of languages, in sentences of the reader's language.

Its facts: ``added`` and ``removed`` codes of tracked languages; or the ``code`` of a language with the ``terms`` or
``countries`` of its search on X, each a pair of what was added and removed. Two empty ones are another order.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from trendsite.languages.names import language_name

MAX_NAMED = 8
MAX_TERMS = 50

Facts = Mapping[str, Any]


def in_words(facts: Facts) -> str:
    """Return the sentences."""
    if "code" in facts:
        return " ".join(_of_search(facts["code"], facts))
    sentences = []
    if facts["added"]:
        sentences.append(_("Began to track %(languages)s.") % {"languages": _listed(facts["added"])})
    if facts["removed"]:
        sentences.append(_("No longer tracks %(languages)s.") % {"languages": _listed(facts["removed"])})
    return " ".join(sentences)


def _of_search(code: str, facts: Facts) -> list[str]:
    name = language_name(code)
    sentences = []
    if "terms" in facts:
        what = _("Words of %(language)s on X: %(change)s.")
        sentences.append(what % {"language": name, "change": _difference(*facts["terms"])})
    if "countries" in facts:
        what = _("Countries of %(language)s on X: %(change)s.")
        sentences.append(what % {"language": name, "change": _difference(*facts["countries"])})
    return sentences


def _difference(added: Sequence[str], removed: Sequence[str]) -> str:
    parts = []
    if added:
        parts.append(_("added %(words)s") % {"words": _terms(added)})
    if removed:
        parts.append(_("removed %(words)s") % {"words": _terms(removed)})
    return "; ".join(parts) or _("put into another order")


def _terms(terms: Sequence[str]) -> str:
    shown = [_isolated(term) for term in terms[:MAX_TERMS]]
    if more := len(terms) - MAX_TERMS:
        shown += [ngettext("%(number)d more", "%(number)d more", more) % {"number": more}] if more > 0 else []
    return ", ".join(shown)


def _listed(codes: Sequence[str]) -> str:
    if len(codes) <= MAX_NAMED:
        return ", ".join(map(language_name, codes))
    text = ngettext("%(number)d language: %(codes)s", "%(number)d languages: %(codes)s", len(codes))
    return text % {"number": len(codes), "codes": ", ".join(codes)}


def _isolated(term: str) -> str:
    """Isolate a term, so that one written from right to left does not reorder the text around it."""
    return f"\u2068{term}\u2069"
