"""What a day's story is made of: its numbers, and the facts that are found in them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import msgspec

from contract.closed_day import MINUTES
from contract.ranking import RankedHashtag
from trendsite.queries.day_hours import DayHours
from trendsite.queries.newcomers import EarlierDays
from trendsite.queries.race_moments import end_of, known_steps
from trendsite.queries.races import Race
from trendsite.queries.used_together import Pair
from trendsite.story.paths import Hole, Path, Steps, paths_of

Kind = Literal[
    "led",
    "most_used",
    "second",
    "lead_changes",
    "rise",
    "burst",
    "new",
    "back",
    "together",
    "busiest_hour",
    "most_posts",
    "missing",
]


class Fact(msgspec.Struct, omit_defaults=True):
    """One fact of a day. ``text`` is it in English: one sentence, or two if it has a ``share``.

    ``key`` and ``hashtag`` name the hashtag, if it is about one, ``other_key`` and ``other`` a second one. ``at`` is
    its moment in the race (``HH:MM`` UTC, null for the end), ``start`` and ``end`` its time. ``rank``, ``places``
    (risen by at least as many if ``from_outside`` of the 50 recorded places), ``posts``, ``of_posts`` (all posts of the
    hashtag), ``share`` (of all posts of the day, from 0 to 1), ``times``, ``days`` (recorded days before) and ``last``
    (the last day with it) are its numbers. A fact is ``certain`` unless missing posts could change it. It is
    ``running`` if its day is.
    """

    kind: Kind
    text: str = ""
    key: str | None = None
    hashtag: str | None = None
    other_key: str | None = None
    other: str | None = None
    at: str | None = None
    start: str | None = None
    end: str | None = None
    rank: int | None = None
    places: int | None = None
    from_outside: bool = False
    posts: int | None = None
    of_posts: int | None = None
    share: float | None = None
    times: int | None = None
    days: int | None = None
    last: date | None = None
    certain: bool = True
    running: bool = False


@dataclass(frozen=True)
class DayNumbers:
    """All that is known of a day in one language: its ranking, race and hours, what is new, what is used together.

    ``posts`` are all posts, None if unknown. ``missing`` are the holes of its sources. ``is_running`` means that the
    day goes on.
    """

    top: Sequence[RankedHashtag]
    race: Race | None
    steps: Steps
    paths: Mapping[str, Path]
    missing: Sequence[Hole]
    is_running: bool
    posts: int | None = None
    hours: DayHours = field(default_factory=DayHours)
    earlier: EarlierDays = field(default_factory=EarlierDays)
    pairs: Sequence[Pair] = ()

    @property
    def has_all_posts(self) -> bool:
        """Whether no posts are missing, as far as the sources know."""
        return bool(self.race and self.race.first_post and not self.missing)

    @property
    def is_whole(self) -> bool:
        """Whether no posts are missing and each moment has a ranking."""
        return bool(self.race and self.has_all_posts and not self.race.unrecorded)


def numbers_of(
    top: Sequence[RankedHashtag], race: Race | None, missing: Sequence[Hole], *, is_final: bool
) -> DayNumbers:
    """Return what the race of a day says; the other numbers are added with ``dataclasses.replace``."""
    steps = known_steps(race) if race else []
    paths = paths_of(race, steps, missing) if race else {}
    is_running = not is_final and race is not None and end_of(race) < MINUTES
    return DayNumbers(top, race, steps, paths, missing, is_running)
