"""Chooses the facts that a day's story tells, and their order. Pure."""

from collections.abc import Mapping, Sequence

from trendsite.story.facts import DayNumbers, Fact, Kind
from trendsite.story.finding import found_in

MOST_SENTENCES = 5
FEWEST_SENTENCES = 3

_MOST_RISES = 2

_ORDER: Mapping[Kind, int] = {
    "led": 0,
    "most_used": 0,
    "second": 1,
    "lead_changes": 1,
    "rise": 2,
    "burst": 2,
    "busiest_hour": 3,
    "new": 4,
    "back": 4,
    "together": 5,
    "most_posts": 6,
    "missing": 7,
}


def facts_of(numbers: DayNumbers) -> list[Fact]:
    """Return the most interesting facts of a day, at most five sentences, in the order in which they are told.

    The same numbers always give the same facts. No hashtag is in two of them.
    """
    found = sorted(found_in(numbers), key=lambda scored: (-scored[0], scored[1].kind, scored[1].key or ""))
    told: list[Fact] = []
    for score, fact in found:
        is_filler = score < 1
        room = (FEWEST_SENTENCES if is_filler else MOST_SENTENCES) - sum(map(_sentences, told))
        if _sentences(fact) <= room and _fits(fact, told):
            told.append(fact)
    for fact in told:
        fact.running = numbers.is_running
    return sorted(told, key=_place)


def _place(fact: Fact) -> tuple[int, bool, str, str]:
    """Return what orders the facts of a story. It begins with what led at the end."""
    is_earlier_leader = fact.kind == "led" and fact.end is not None
    return _ORDER[fact.kind], is_earlier_leader, fact.at or "24:00", fact.key or ""


def _sentences(fact: Fact) -> int:
    return 1 if fact.share is None else 2


def _fits(fact: Fact, told: Sequence[Fact]) -> bool:
    """Return whether a fact repeats no hashtag and no leader at the end, and is not one more rise than wanted."""
    keys = {key for other in told for key in (other.key, other.other_key) if key}
    if keys & {fact.key, fact.other_key}:
        return False
    if fact.kind == "most_used" and any(other.kind == "led" and other.end is None for other in told):
        return False
    most = _MOST_RISES if fact.kind in ("led", "rise", "burst", "new", "back") else 1
    return sum(other.kind == fact.kind for other in told) < most
