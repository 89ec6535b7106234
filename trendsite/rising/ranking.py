"""The ranking of the window ``rising``; and that of any window, for whoever shows what somebody chose."""

from collections.abc import Sequence
from datetime import datetime

from redis.asyncio import Redis

from contract import redis_names
from contract.ranking import Comparison, RankedHashtag, Ranking, Why
from trendsite.live.choice import Choice
from trendsite.live.pipeline import Shown, read_clock
from trendsite.live.rankings import read_ranking
from trendsite.live.spellings import read_spellings
from trendsite.live.windows import Makings, makings_of_hour
from trendsite.rising.finder import Found, Riser, of_this_process
from trendsite.rising.moments import HOUR


async def read_chosen_ranking(redis: Redis, shown: Shown, choice: Choice, limit: int, now: datetime) -> Ranking:
    """Return the first ``limit`` places of a choice, whatever its window. ``now`` (UTC) becomes ``as_of``.

    Raises:
        RedisError, OSError: Redis is away.
    """
    read = read_rising if choice.window == "rising" else read_ranking
    return await read(redis, shown, choice, limit, now)


async def read_rising(redis: Redis, shown: Shown, choice: Choice, limit: int, now: datetime) -> Ranking:
    """Return the ``limit`` hashtags that are most unusual, now or lately, each in the language where it is most so.

    It is the stream's latest, whatever the day of ``shown``. ``posts`` and ``authors`` of a place are those of about
    the last hour in all languages of the choice, and may be none while a peak is still remembered.

    Raises:
        RedisError, OSError: Redis is away.
    """
    clock = await read_clock(redis, shown)
    found = await of_this_process.find(redis, shown.source, choice.languages, clock, now)
    makings = makings_of_hour(shown.source, choice, clock)
    return Ranking(
        day=makings.day,
        languages=list(choice.languages),
        window="rising",
        as_of=now,
        final=False,
        posts=await _all_posts(redis, makings),
        top=await _places(redis, shown.source, choice, found.risers[:limit], clock),
        compared=Comparison(found.days, found.hours, _in_words(found)),
    )


async def _all_posts(redis: Redis, makings: Makings) -> int:
    pipeline = redis.pipeline(transaction=False)
    for name, language in makings.posts:
        pipeline.zscore(name, language)
    return makings.combined([int(score or 0) for score in await pipeline.execute()])


async def _places(
    redis: Redis, source: str, choice: Choice, risers: Sequence[Riser], clock: datetime
) -> list[RankedHashtag]:
    if not risers:
        return []
    makings = makings_of_hour(source, choice, clock)
    keys = [riser.peak.key for riser in risers]
    # A peak may be as old as yesterday, and its spelling with it.
    days = sorted({*makings.spelled, *(riser.peak.at.date() for riser in risers)}, reverse=True)
    shown_as = await read_spellings(redis, source, days, keys)
    posts = await _of_last_hour(redis, makings, makings.counts, keys)
    hours = _hour_authors(source, choice, clock)
    tell_authors = bool(hours and await redis.exists(*hours))
    authors = await _of_last_hour(redis, makings, hours, keys) if tell_authors else [None] * len(keys)
    places = enumerate(zip(risers, shown_as, posts, authors, strict=True), start=1)
    return [
        RankedHashtag(rank, hashtag, riser.peak.key, number, authors=about, why=_why(riser, clock))
        for rank, (riser, hashtag, number, about) in places
    ]


def _hour_authors(source: str, choice: Choice, clock: datetime) -> list[str]:
    """Name the authors of two UTC hours; those of several languages do not add up."""
    hours = [] if choice.is_merged else [clock, clock - HOUR]
    return [redis_names.hour_authors(source, hour.date(), hour.hour, choice.languages[0]) for hour in hours]


async def _of_last_hour(redis: Redis, makings: Makings, names: Sequence[str], keys: list[str]) -> list[int]:
    pipeline = redis.pipeline(transaction=False)
    for name in names:
        pipeline.zmscore(name, keys)
    by_key = zip(*await pipeline.execute(), strict=True)
    return [makings.combined([int(score or 0) for score in scores]) for scores in by_key]


def _why(riser: Riser, clock: datetime) -> Why:
    peak = riser.peak
    return Why(
        observed=round(peak.observed),
        expected=round(peak.expected, 1),
        unit=peak.unit,
        score=round(peak.left(clock), 1),
        peak_at=peak.at.replace(microsecond=0),
        language=riser.language,
    )


def _in_words(found: Found) -> str:
    if not found.days and not found.hours:
        return "There is nothing to compare with yet: no earlier day, and no hour before this one."
    if not found.days:
        return f"There is no earlier day to compare with yet, only the {_number(found.hours, 'hour')} before this one."
    return f"Compared with the same hour of {_number(found.days, 'earlier day')}, and with the hours before."


def _number(number: int, of: str) -> str:
    return f"{number} {of}{'' if number == 1 else 's'}"
