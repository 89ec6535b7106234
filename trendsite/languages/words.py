"""The words by which X finds the posts of a language: those that somebody chose, or ours."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from contract.x_rule import checked_terms, default_terms
from trendsite.languages.changes import note_change, terms_changed
from trendsite.languages.models import Language


class ConflictError(ValueError):
    """Somebody else changed the words meanwhile; nothing was saved."""


def terms_of(language: Language) -> tuple[str, ...]:
    """Return the words that are looked for in a language."""
    return tuple(language.x_terms.split("\n")) if language.x_terms else default_terms(language.code)


def keep_terms(code: str, seen: Sequence[str], wanted: Sequence[str], who: str, now: datetime) -> bool:
    """Keep the words of a language, if they are still those that were ``seen``; return whether that changed any.

    No wanted word at all brings ours back. ``now`` is UTC.

    Raises:
        XRuleError: X would refuse the rule.
        ConflictError: the words are others meanwhile.
        Language.DoesNotExist: there is no such language.
    """
    after = checked_terms(code, [term for term in wanted if term.strip()] or default_terms(code))
    language = Language.objects.get(code=code)
    before = terms_of(language)
    if tuple(seen) != before:
        raise ConflictError
    kept = "" if after == default_terms(code) else "\n".join(after)
    # It begins with writing: who has only read cannot be kept from it by somebody who does the same.
    with transaction.atomic():
        if not Language.objects.filter(code=code, x_terms=language.x_terms).update(x_terms=kept):
            raise ConflictError
        if after != before:
            note_change(terms_changed(code, before, after), who, now)
    return after != before
