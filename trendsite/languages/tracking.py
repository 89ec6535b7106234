"""What editors change: which languages are tracked, and the terms by which X finds them. Each change is logged.

Only the difference between the form as it was shown and as it was sent is saved, so two editors who change different
languages do not undo each other.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import BooleanField, Case, F, Value, When
from django.utils import translation

from contract.x_rule import checked_countries, checked_terms, default_terms
from trendsite.languages.change_words import Facts, in_words
from trendsite.languages.models import Change, Language

MAX_CHANGES = 1_000
"""Logged changes: the oldest beyond these are removed."""


class SelectionError(ValueError):
    """A selection that cannot be saved. The message is for the page."""


class ConflictError(ValueError):
    """Another editor changed the same meanwhile. Nothing was saved."""


@dataclass(frozen=True)
class TrackingUpdate:
    """What was saved: the languages that are newly tracked, those that no longer are, and how many are tracked."""

    added: frozenset[str]
    removed: frozenset[str]
    tracked: int


def tracked_codes() -> frozenset[str]:
    """Return the codes of the tracked languages."""
    return frozenset(Language.objects.filter(tracked=True).values_list("code", flat=True))


def save_tracked(shown: Collection[str], chosen: Collection[str], editor: str, now: datetime) -> TrackingUpdate:
    """Save the difference between the tracked languages that the form showed and those that the editor chose.

    Changes that others made meanwhile stay. ``now`` is UTC.

    Raises:
        SelectionError: no language would stay tracked.
    """
    before = tracked_codes()
    added = frozenset(chosen) - frozenset(shown)
    removed = frozenset(shown) - frozenset(chosen)
    with transaction.atomic():
        # One statement for every row: of two editors who save at once, the second waits for the first.
        Language.objects.update(
            tracked=Case(
                When(code__in=added, then=Value(True)),
                When(code__in=removed, then=Value(False)),
                default=F("tracked"),
                output_field=BooleanField(),
            )
        )
        after = tracked_codes()
        if not after:
            raise SelectionError("At least one language must stay tracked. Nothing was changed.")
        update = TrackingUpdate(after - before, before - after, len(after))
        if update.added or update.removed:
            log_change(tracking_changed(update.added, update.removed), editor, now)
    return update


def terms_of(language: Language) -> tuple[str, ...]:
    """Return the terms of a language: those that an editor chose, otherwise the default ones."""
    return tuple(language.x_terms.split("\n")) if language.x_terms else default_terms(language.code)


def countries_of(language: Language) -> tuple[str, ...]:
    """Return the countries that a language is restricted to on X; empty for all."""
    return tuple(language.x_countries.split())


@dataclass(frozen=True)
class XSearch:
    """How X finds posts of a language: terms (empty for the default ones), and countries (empty for all)."""

    terms: tuple[str, ...]
    countries: tuple[str, ...] = ()


def search_of(language: Language) -> XSearch:
    """Return how X finds posts of a language."""
    return XSearch(terms_of(language), countries_of(language))


def save_search(code: str, shown: XSearch, chosen: XSearch, editor: str, now: datetime) -> bool:
    """Save the terms and countries that an editor changed, and return whether anything changed.

    ``shown`` is what the form showed. What the editor did not change stays as others saved it. ``now`` is UTC.

    Raises:
        XRuleError: X would refuse the rules.
        ConflictError: another editor changed the same meanwhile.
        Language.DoesNotExist: there is no such language.
    """
    language = Language.objects.get(code=code)
    before = search_of(language)
    after = _checked(code, _merged(before, shown, chosen))
    terms = "" if after.terms == default_terms(code) else "\n".join(after.terms)
    # The transaction begins with the write: SQLite then makes a second editor wait instead of failing.
    with transaction.atomic():
        stored = Language.objects.filter(code=code, x_terms=language.x_terms, x_countries=language.x_countries)
        if not stored.update(x_terms=terms, x_countries=" ".join(after.countries)):
            raise ConflictError
        if after != before:
            log_change(search_changed(code, before, after), editor, now)
    return after != before


def _merged(stored: XSearch, shown: XSearch, chosen: XSearch) -> XSearch:
    """Return what is stored with the changes of one editor.

    Raises:
        ConflictError: another editor changed the same.
    """
    terms, countries = stored.terms, stored.countries
    if chosen.terms != shown.terms:
        if shown.terms != stored.terms:
            raise ConflictError
        terms = chosen.terms
    if chosen.countries != shown.countries:
        if shown.countries != stored.countries:
            raise ConflictError
        countries = chosen.countries
    return XSearch(terms, countries)


def _checked(code: str, search: XSearch) -> XSearch:
    countries = checked_countries(search.countries)
    terms = tuple(term for term in search.terms if term.strip()) or default_terms(code)
    return XSearch(checked_terms(code, terms, countries), countries)


def log_change(facts: Facts, editor: str, now: datetime) -> None:
    """Log a change, and remove the oldest beyond MAX_CHANGES. ``now`` is UTC."""
    with translation.override("en"):
        what = in_words(facts)
    change = Change.objects.create(made_at=now, made_by=editor, what=what, facts=facts)
    Change.objects.filter(pk__lte=change.pk - MAX_CHANGES).delete()


def tracking_changed(added: Collection[str], removed: Collection[str]) -> Facts:
    """Return the newly tracked languages and those that no longer are."""
    return {"added": sorted(added), "removed": sorted(removed)}


def search_changed(code: str, before: XSearch, after: XSearch) -> Facts:
    """Return the added and removed terms and countries of a language."""
    facts: dict[str, object] = {"code": code}
    if before.terms != after.terms:
        facts["terms"] = _difference(before.terms, after.terms)
    if before.countries != after.countries:
        facts["countries"] = _difference(before.countries, after.countries)
    return facts


def _difference(before: Sequence[str], after: Sequence[str]) -> list[list[str]]:
    return [[one for one in after if one not in before], [one for one in before if one not in after]]
