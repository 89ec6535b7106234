"""The replay on a day's page: the moments of its race, the ranking at each, and the timeline. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import msgspec
from django.utils.translation import gettext

from contract.language import ALL_LANGUAGES
from contract.ranking import RankedHashtag
from trendsite.pages import drawing
from trendsite.pages.drawing import Bar, Tick, begin_text, gaps_text, unrecorded_text
from trendsite.pages.query_params import STEP_MINUTES
from trendsite.queries.known_gaps import by_networks
from trendsite.queries.minutes import clock_time, minute_of
from trendsite.queries.race_moments import around, end_of, first_moment, frame_at, marked_gaps, step_of
from trendsite.queries.races import Race, RaceFrame
from trendsite.sources import joined, source_named


@dataclass(frozen=True)
class Timeline:
    """Posts over the day as shapes of :mod:`drawing`, and the scrubber: 0 to ``end`` in steps, now at ``minute``.

    The race begins at the minute ``first``. ``gaps_text`` describes the minutes without known posts, ``note`` what is
    unknown about this moment; both may be empty.
    """

    area: str
    gaps: list[Bar]
    gaps_text: str
    axis: list[Tick]
    first: int
    end: int
    step: int
    minute: int
    note: str


def timeline_of(race: Race, minute: int | None, of_each: Sequence[Race] = ()) -> Timeline:
    """Return the timeline of a race at a minute, None for its end. ``of_each`` are the races that it adds up."""
    end = end_of(race)
    at = end if minute is None else min(minute, end)
    gaps = marked_gaps(race)
    begin = minute_of(race.first_post) if race.first_post else first_moment(race)
    return Timeline(
        area=drawing.posts_area(_posts_so_far(race, end), begin, gaps),
        gaps=[*drawing.band_before(race.first_post), *drawing.gap_bands(gaps)],
        gaps_text=races_gaps_text(race, of_each),
        axis=drawing.axis(end),
        end=end,
        first=first_moment(race),
        step=step_of(race),
        minute=at,
        note=note_at(race, at),
    )


def races_gaps_text(race: Race, of_each: Sequence[Race] = ()) -> str:
    """Return sentences about the minutes without known posts, empty without any.

    Of several networks each sentence names those that it is about, unless it is about all of them.
    """
    races = of_each or [race]
    begun = by_networks({one.source: [begin_text(one.first_post)] for one in races})
    silent = by_networks({one.source: marked_gaps(one) for one in races})
    is_by_the_hour = {one.source: step_of(one) > STEP_MINUTES for one in races}
    unrecorded = by_networks(
        {one.source: [unrecorded_text(one.unrecorded, is_by_the_hour=is_by_the_hour[one.source])] for one in races}
    )
    sentences = [
        *((names, text) for names, texts in begun for text in texts),
        *((names, gaps_text(gaps)) for names, gaps in silent),
        *((names, text) for names, texts in unrecorded for text in texts),
    ]
    return " ".join(_of_networks(names, text, len(races)) for names, text in sentences if text)


def _of_networks(names: Sequence[str], text: str, number: int) -> str:
    """Return a sentence, after the titles of its networks unless it is about all of them."""
    return text if len(names) == number else f"{source_named(joined(names)).title}: {text}"


def _posts_so_far(race: Race, end: int) -> Iterable[tuple[int, int]]:
    """Return (minute, posts since 00:00): all languages from the counts by the minute, one language from its frames."""
    if race.languages == [ALL_LANGUAGES] and any(race.minutes):
        so_far = list(accumulate(posts or 0 for posts in race.minutes))
        return ((minute, so_far[minute - 1]) for minute in range(STEP_MINUTES, end + 1, STEP_MINUTES))
    return ((minute_of(frame.at), frame.posts) for frame in race.frames)


def places_of(race: Race, frame: RaceFrame, top: int) -> list[RankedHashtag]:
    """Return the first ``top`` places of a frame."""
    shares = shares_of(race, frame)
    return [
        RankedHashtag(rank, race.hashtags.get(key, key), key, posts, networks=of_place)
        for rank, ((key, posts), of_place) in enumerate(zip(frame.top[:top], shares, strict=False), start=1)
    ]


def shares_of(race: Race, frame: RaceFrame) -> Iterable[dict[str, int] | msgspec.UnsetType]:
    """Return the posts of each place of a frame by network; unset for the race of one source."""
    if not race.by_source or not frame.shares:
        return [msgspec.UNSET] * len(frame.top)
    names = [source.source for source in race.by_source]
    return [{name: posts for name, posts in zip(names, of_place, strict=True) if posts} for of_place in frame.shares]


def note_at(race: Race, minute: int) -> str:
    """Return a sentence about what is unknown at a moment, empty if nothing is. ``race.js`` has the same sentences."""
    if race.first_post and minute < minute_of(race.first_post):
        return gettext("Nothing was collected before %(time)s.") % {"time": race.first_post}
    if gap := around(race.gaps, minute):
        times = {"start": gap[0], "end": gap[1]}
        return gettext("No posts came from %(start)s to %(end)s. This is the ranking before.") % times
    frame = frame_at(race, minute)
    if not around(race.unrecorded, minute) or (frame and minute_of(frame.at) == minute):
        return ""
    unknown = gettext("The ranking at %(time)s is unknown.") % {"time": clock_time(minute)}
    if frame is None:
        return unknown
    known = gettext("This is the ranking at %(time)s.") % {"time": frame.at[:5]}
    return f"{unknown} {known}"
