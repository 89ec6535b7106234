"""The table of a day: a row for each hashtag with its rank changes and peaks. Pure.

The places at the shown moment are rows of the page. Hashtags that are among the first at another moment are rows in
reserve, from which the player takes them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from contract.closed_day import HOURS
from contract.ranking import RankedHashtag
from trendsite.pages.shares import shares_in_words
from trendsite.queries.day_hours import Hours
from trendsite.queries.minutes import clock_time
from trendsite.queries.newcomers import Novelty
from trendsite.story.finding import peak_of
from trendsite.story.read import Story

MomentAddress = Callable[[str | None], str]
"""Return the address of a moment of the race, ``HH:MM``; None for its end."""

_UNKNOWN_HOURS: Hours = [None] * HOURS


@dataclass(frozen=True)
class When:
    """A time of the day, and the ``moment`` of the race that it leads to, empty for the end, with its address."""

    time: str
    moment: str
    address: str


@dataclass(frozen=True)
class Row:
    """One hashtag: its place at the shown moment, None in reserve, and its whole day.

    ``best`` is its best rank, ``climbed`` the most places that it rose within an hour (``at_least`` if it came from
    outside of the recorded ones), ``peak`` the posts of its busiest hour, each with its moment and None if unknown.
    ``hours`` are those in the top ten. It is new after ``new_after`` recorded days without it, or back, ``last`` seen
    on a day.
    """

    key: str
    hashtag: str
    place: RankedHashtag | None
    shares: str
    best: int | None = None
    best_at: When | None = None
    climbed: int | None = None
    at_least: bool = False
    climbed_at: When | None = None
    peak: int | None = None
    peak_at: When | None = None
    hours: float | None = None
    new_after: int = 0
    last: date | None = None


def rows_of(places: Sequence[RankedHashtag], story: Story, address: MomentAddress) -> list[Row]:
    """Return a row for each place at the shown moment."""
    return [_row(place.key, place.hashtag, place, story, address) for place in places]


def rows_in_reserve(
    shown: Sequence[RankedHashtag], story: Story, hashtags: Mapping[str, str], top: int, address: MomentAddress
) -> list[Row]:
    """Return a row for each hashtag that is among the first ``top`` at another moment, if its hours were read."""
    keys = {place.key for place in shown}
    others = [
        key for key, path in story.paths.items() if path.best <= top and key not in keys and key in story.read_keys
    ]
    return [_row(key, hashtags.get(key, key), None, story, address) for key in sorted(others)]


def _row(key: str, hashtag: str, place: RankedHashtag | None, story: Story, address: MomentAddress) -> Row:
    def when(time: int, moment: int) -> When:
        at = clock_time(moment) if moment < story.end else None
        return When(clock_time(time), at or "", address(at))

    path, novelty = story.paths.get(key), story.earlier.novelties.get(key, Novelty())
    climb = path.climb if path else None
    hours = story.hours.of_hashtags.get(key, _UNKNOWN_HOURS)
    peak = peak_of(hours)
    return Row(
        key,
        hashtag,
        place,
        shares_in_words(place) if place else "",
        best=path.best if path else None,
        best_at=when(path.best_at, path.best_at) if path else None,
        climbed=climb.places if climb else None,
        at_least=climb is not None and climb.from_outside,
        climbed_at=when(climb.end, climb.end) if climb else None,
        peak=None if peak is None else hours[peak],
        peak_at=None if peak is None else when(peak * 60, (peak + 1) * 60),
        hours=round(path.minutes / 60, 1) if path else None,
        new_after=novelty.days,
        last=novelty.last,
    )
