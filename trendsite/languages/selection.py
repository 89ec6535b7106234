"""Which languages are tracked: what somebody changed of it, and nothing else, is saved."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import BooleanField, Case, F, Value, When

from trendsite.languages.changes import note_change, tracking_changed
from trendsite.languages.models import Language


class SelectionError(ValueError):
    """A selection that cannot be saved. The message is for the page."""


@dataclass(frozen=True)
class Selected:
    """What was saved: the languages that are tracked since, those that no longer are, and how many are in all."""

    added: frozenset[str]
    removed: frozenset[str]
    tracked: int


def select(shown: Collection[str], chosen: Collection[str], who: str, now: datetime) -> Selected:
    """Save the difference between the tracked languages that somebody was shown and those that they chose.

    So what others changed meanwhile stays. ``now`` is UTC.

    Raises:
        SelectionError: no language would stay tracked.
    """
    before = tracked_codes()
    added = frozenset(chosen) - frozenset(shown)
    removed = frozenset(shown) - frozenset(chosen)
    with transaction.atomic():
        # One statement for every row: of two that save at once, the second waits for the first.
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
        selected = Selected(after - before, before - after, len(after))
        if selected.added or selected.removed:
            note_change(tracking_changed(selected.added, selected.removed), who, now)
    return selected


def tracked_codes() -> frozenset[str]:
    """Return the codes of the languages that are tracked."""
    return frozenset(Language.objects.filter(tracked=True).values_list("code", flat=True))
