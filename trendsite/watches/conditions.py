"""What a watch asks of the counts, and which hashtags make it true. Pure.

Watches that ask the same share one ``Question``, so the counts are read once for all of them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from contract.post import fold
from trendsite.queries.choice import EVERYTHING, Choice, ChoiceError, parse_choice
from trendsite.queries.hiding import matches
from trendsite.watches.models import EPISODE_ENDS_AFTER, Watch

MAX_EPISODES = 500
"""Hashtags of one watch at once. A pattern that more of them match brings no further alerts."""


@dataclass(frozen=True)
class Question:
    """A condition, without its number, in some languages and networks."""

    condition: str
    choice: Choice


@dataclass(frozen=True)
class Hit:
    """A hashtag that is high enough for some watch.

    ``rank`` is its place, 0 if the question is not about places. ``posts`` are those of the window. ``times`` is how
    many times the usual it has, None if nothing is usual. ``is_newcomer`` is only known if a watch asks for it.
    """

    key: str
    hashtag: str
    posts: int
    rank: int = 0
    times: float | None = 0.0
    is_newcomer: bool = False


def question_of(watch: Watch) -> Question:
    """Return what a watch asks. Languages and networks that this version does not know mean all."""
    try:
        choice = parse_choice([watch.languages], networks=[watch.networks])
    except ChoiceError:
        choice = EVERYTHING
    return Question(watch.condition, choice)


def is_true(watch: Watch, hit: Hit) -> bool:
    """Return whether a hashtag makes the condition of a watch true."""
    return _is_subject(watch, hit) and _is_enough(watch, hit)


def _is_subject(watch: Watch, hit: Hit) -> bool:
    if watch.subject == Watch.Subject.NEWCOMERS:
        return hit.is_newcomer
    if watch.subject == Watch.Subject.PATTERN:
        return matches(fold(hit.key), watch.key)
    return fold(hit.key) == watch.key


def _is_enough(watch: Watch, hit: Hit) -> bool:
    if watch.condition == Watch.Condition.COUNT:
        return hit.posts >= watch.threshold
    if watch.condition == Watch.Condition.RISING:
        return hit.times is None or hit.times >= watch.threshold
    return 0 < hit.rank <= watch.threshold


@dataclass(frozen=True)
class Changes:
    """What a look at the counts changes in the episodes of a watch: keys of hashtags."""

    begun: tuple[str, ...] = ()
    resumed: tuple[str, ...] = ()
    lapsed: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.begun or self.resumed or self.lapsed or self.ended)


def changes(episodes: Mapping[str, datetime | None], true: Collection[str], now: datetime) -> Changes:
    """Return what changes at ``now``. ``episodes`` are hashtags and since when their condition is false, None if true.

    An episode ends once its condition was false for EPISODE_ENDS_AFTER.
    """
    over = {key for key, since in episodes.items() if since and now - since >= EPISODE_ENDS_AFTER}
    begun = [key for key in true if key not in episodes or key in over]
    room = max(0, MAX_EPISODES - len(episodes.keys() - over))
    return Changes(
        begun=tuple(begun[:room]),
        resumed=_in_order(key for key in true if episodes.get(key) and key not in over),
        lapsed=_in_order(key for key, since in episodes.items() if since is None and key not in true),
        ended=_in_order(over.difference(true)),
    )


def _in_order(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(keys))
