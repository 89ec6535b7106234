"""The race of a date of several networks, added up from the race of each.

A frame has 50 places. What a hashtag gains in a network while it is not among that network's 50 is missing until it is
again, or until the day ends. The race of one network is exact.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from contract.closed_day import MINUTES
from contract.race import FRAME_MINUTES, PLACES
from contract.ranking import highest_counts
from trendsite.queries.minutes import Minutes, Stretch, clock_time, minute_of, shared_gaps
from trendsite.queries.races import GapsOfSource, Race, RaceFrame, read_race
from trendsite.sources import joined


async def read_race_of(names: Collection[str], day: date, language: str) -> Race | None:
    """Return the race of some sources' day, added up if there are several; None if none has it (``read_race``)."""
    return await race_of(await read_races(names, day, language))


async def read_races(names: Collection[str], day: date, language: str) -> list[Race]:
    """Return the races of a day of those of some sources that have it (``read_race``)."""
    return [race for name in sorted(names) if (race := await read_race(name, day, language))]


async def race_of(races: Sequence[Race]) -> Race | None:
    """Return the only race, or the sum of several; None of none."""
    if len(races) > 1:
        # It takes up to a tenth of a second.
        return await asyncio.to_thread(add_up_races, races)
    return next(iter(races), None)


def add_up_races(races: Sequence[Race]) -> Race:
    """Return the race of several networks together; ``by_source`` has what is unknown of each."""
    return Race(
        races[0].day,
        joined(race.source for race in races),
        races[0].languages,
        all(race.final for race in races),
        _add_up_minutes([race.minutes for race in races]),
        shared_gaps((race.first_post, race.gaps) for race in races),
        {key: hashtag for race in races for key, hashtag in race.hashtags.items()},
        list(_add_up_frames(races)),
        first_post=min((race.first_post for race in races if race.first_post), default=None),
        unrecorded=_united(stretch for race in races for stretch in race.unrecorded),
        by_source=[GapsOfSource(race.source, race.first_post, race.gaps, race.unrecorded) for race in races],
    )


def _add_up_minutes(of_each: Sequence[Minutes]) -> Minutes:
    known = ([posts for posts in minute if posts is not None] for minute in zip(*of_each, strict=True))
    return [sum(posts) if posts else None for posts in known]


def _add_up_frames(races: Sequence[Race]) -> Iterator[RaceFrame]:
    """Yield a frame for each five minutes in which a network has one, with the last known posts of all networks."""
    latest = [Counter[str]() for _ in races]
    posts = [0] * len(races)
    total = Counter[str]()
    for at, frames in _by_moment(races):
        for number, frame in frames:
            posts[number] = frame.posts
            for key, of_hashtag in frame.top:
                # Posts never fall, and a hashtag that leaves the 50 places keeps those that it had.
                total[key] += of_hashtag - latest[number][key]
                latest[number][key] = of_hashtag
        top = highest_counts(total.items(), PLACES)
        yield RaceFrame(at, sum(posts), top, [[of_race[key] for of_race in latest] for key, _ in top])


def _by_moment(races: Sequence[Race]) -> Iterator[tuple[str, list[tuple[int, RaceFrame]]]]:
    """Yield the latest time and the frames, each with the number of its race, of each five minutes in order."""
    by_slot: dict[int, dict[int, RaceFrame]] = {}
    for number, race in enumerate(races):
        for frame in race.frames:
            by_slot.setdefault(_slot(frame.at), {})[number] = frame
    for _, frames in sorted(by_slot.items()):
        yield max(frame.at for frame in frames.values()), list(frames.items())


def _slot(at: str) -> int:
    """Return the five minutes of a frame. The last frame of a day has its final counts and a slot of its own."""
    return MINUTES if at == "23:59:59" else minute_of(at) // FRAME_MINUTES * FRAME_MINUTES


def _united(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return stretches that may overlap as ones that do not, in order."""
    united: list[tuple[int, int]] = []
    for start, end in sorted((minute_of(start), minute_of(end)) for start, end in stretches):
        if united and start <= united[-1][1]:
            united[-1] = united[-1][0], max(end, united[-1][1])
        else:
            united.append((start, end))
    return [(clock_time(start), clock_time(end)) for start, end in united]
