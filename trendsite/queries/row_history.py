"""What a row of the board shows of a hashtag's day: its posts by hour, and since when it has been in the top."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from redis.asyncio import Redis

from contract import redis_names
from contract.closed_day import HOURS
from contract.race import FRAME_MINUTES
from contract.ranking import Ranking, last_hour
from trendsite.queries.choice import Choice
from trendsite.queries.minutes import minute_of
from trendsite.queries.network_races import read_race_of
from trendsite.queries.pipeline_status import Shown
from trendsite.queries.races import Race


class RowHistory(msgspec.Struct, omit_defaults=True):
    """One hashtag: what ranks it, in each hour, oldest first; the last number is of the 60 minutes before the clock.

    An hour is None where nothing was counted. ``since`` (HH:MM, UTC) is when it came into the shown top without leaving
    it again, empty if that is unknown. A rising hashtag has what was ``usual`` in each hour, where it is so unusual.
    """

    hours: list[int | None]
    since: str = ""
    usual: list[float | None] = []


class BoardHistory(msgspec.Struct):
    """The histories of the hashtags of a ranking, by key. ``hours`` is the time that a whole line covers."""

    hours: int
    hashtags: dict[str, RowHistory]


async def read_board_history(
    redis: Redis, shown: Shown, choice: Choice, ranking: Ranking, clock: datetime
) -> BoardHistory:
    """Return the histories of the places of a ranking of a choice at the stream's ``clock`` (UTC).

    The window ``day`` has the hours since 00:00, others the 24 hours before the clock.

    Raises:
        RedisError, OSError: Redis is away.
    """
    keys = [place.key for place in ranking.top]
    hours = _hours(choice, clock)
    by_hour = await _read_hours(redis, shown.sources, choice, ranking, hours) if keys else []
    since = await _read_since(shown, choice, ranking) if keys else {}
    lines = zip(*by_hour, strict=True)
    rows = {key: RowHistory(_line(line, clock), since.get(key, "")) for key, line in zip(keys, lines, strict=True)}
    return BoardHistory(HOURS, rows)


def in_top_since(race: Race, top: int) -> dict[str, str]:
    """Return when (HH:MM) each hashtag of a race's latest ``top`` places came into them without leaving them again.

    What happened before a stretch without frames is unknown, and a hashtag that was there behind it is left out.
    """
    if not race.frames or race.first_post is None or _goes_on(race):
        return {}
    since: dict[str, str] = {}
    later = race.frames[-1]
    staying = {key for key, _ in later.top[:top]}
    for frame in reversed(race.frames):
        if _is_unknown_between(race, minute_of(frame.at), minute_of(later.at)):
            return since
        there = {key for key, _ in frame.top[:top]}
        since |= dict.fromkeys(staying - there, later.at[:5])
        staying &= there
        later = frame
    if _is_unknown_between(race, minute_of(race.first_post), minute_of(later.at)):
        return since
    return since | dict.fromkeys(staying, race.first_post)


def _goes_on(race: Race) -> bool:
    """Return whether posts came long after the last frame: then the race is not up to date."""
    return any(race.minutes[minute_of(race.frames[-1].at) + 2 * FRAME_MINUTES :])


def _is_unknown_between(race: Race, start: int, end: int) -> bool:
    return any(minute_of(begin) < end and start < minute_of(until) for begin, until in race.unrecorded)


def _hours(choice: Choice, clock: datetime) -> list[datetime]:
    number = clock.hour + 1 if choice.window == "day" else HOURS
    return [clock - timedelta(hours=ago) for ago in reversed(range(number))]


async def _read_hours(
    redis: Redis, sources: Sequence[str], choice: Choice, ranking: Ranking, hours: Sequence[datetime]
) -> list[list[int | None]]:
    """Return for each hour the number of each place, None in an hour without any post."""
    name = redis_names.hour_authors if ranking.by == "authors" else redis_names.hour_counts
    keys = [place.key for place in ranking.top]
    numbers: list[list[int | None]] = []
    # An hour at a time: of many languages, networks and places it is enough for one round trip.
    for hour in hours:
        pipeline = redis.pipeline(transaction=False)
        for source in sources:
            for language in choice.languages:
                pipeline.zmscore(name(source, hour.date(), hour.hour, language), keys)
                pipeline.zscore(redis_names.hour_posts(source, hour.date(), hour.hour), language)
        answers = await pipeline.execute()
        numbers.append(_sums(answers[::2]) if any(answers[1::2]) else [None] * len(keys))
    return numbers


def _sums(of_sets: Sequence[Sequence[float | None]]) -> list[int | None]:
    return [sum(int(score or 0) for score in scores) for scores in zip(*of_sets, strict=True)]


def _line(numbers: Sequence[int | None], clock: datetime) -> list[int | None]:
    """Make the last hour, of which a part is still to come, the last 60 minutes."""
    before = (numbers[-2] if len(numbers) > 1 else None) or 0
    return [*numbers[:-1], None if numbers[-1] is None else last_hour(numbers[-1], before, clock)]


async def _read_since(shown: Shown, choice: Choice, ranking: Ranking) -> dict[str, str]:
    """Return the times of ``in_top_since``: races are of whole days, by posts, in one language."""
    if choice.window != "day" or ranking.by != "posts" or choice.is_merged:
        return {}
    race = await read_race_of(shown.sources, shown.day, choice.languages[0])
    return in_top_since(race, choice.top) if race else {}
