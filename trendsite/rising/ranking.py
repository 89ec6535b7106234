"""The ranking of the window ``rising``; and that of any window, for whoever shows what somebody chose."""

from collections.abc import Sequence
from datetime import datetime

from redis.asyncio import Redis

from contract.ranking import Comparison, RankedHashtag, Ranking, Why, few_authors
from trendsite.live.choice import Choice
from trendsite.live.pipeline import Shown, read_clock
from trendsite.live.rankings import read_posts, read_ranking
from trendsite.live.spellings import read_spellings
from trendsite.live.top_places import scores
from trendsite.live.windows import Makings, makings_of_hour
from trendsite.rising.finder import Found, Riser, of_this_process


async def read_chosen_ranking(redis: Redis, shown: Shown, choice: Choice, limit: int, now: datetime) -> Ranking:
    """Return the first ``limit`` places of a choice, whatever its window. ``now`` (UTC) becomes ``as_of``.

    Raises:
        RedisError, OSError: Redis is away.
    """
    read = read_rising if choice.window == "rising" else read_ranking
    return await read(redis, shown, choice, limit, now)


async def read_rising(redis: Redis, shown: Shown, choice: Choice, limit: int, now: datetime) -> Ranking:
    """Return the ``limit`` hashtags that are most unusual, now or lately, each in the language where it is most so.

    What is hidden is not among them. It is the stream's latest, whatever the day of ``shown``. ``posts`` and
    ``authors`` of a place are those of about the last hour in all languages of the choice, and may be none while a
    peak is still remembered.

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
        posts=await read_posts(redis, makings),
        top=await _places(redis, shown.source, makings, found.risers[:limit], clock),
        compared=Comparison(found.days, found.hours, _in_words(found)),
    )


async def _places(
    redis: Redis, source: str, makings: Makings, risers: Sequence[Riser], clock: datetime
) -> list[RankedHashtag]:
    if not risers:
        return []
    keys = [riser.peak.key for riser in risers]
    # A peak may be as old as yesterday, and its spelling with it.
    days = sorted({*makings.spelled, *(riser.peak.at.date() for riser in risers)}, reverse=True)
    shown_as = await read_spellings(redis, source, days, keys)
    posts = await scores(redis, makings.counts, keys, makings.combined)
    authors = await _authors(redis, makings, keys)
    places = enumerate(zip(risers, shown_as, posts, authors, strict=True), start=1)
    return [
        RankedHashtag(
            rank,
            hashtag,
            riser.peak.key,
            number,
            authors=about,
            few_authors=few_authors(number, about),
            why=_why(riser, clock),
        )
        for rank, (riser, hashtag, number, about) in places
    ]


async def _authors(redis: Redis, makings: Makings, keys: list[str]) -> Sequence[int | None]:
    if not makings.authors or not await redis.exists(*makings.authors):
        return [None] * len(keys)
    return await scores(redis, makings.authors, keys, makings.combined)


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
