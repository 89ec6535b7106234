"""Rankings of what Redis holds, for whoever is not served by a published one: first paints, merged choices, the API."""

from datetime import datetime

from redis.asyncio import Redis

from contract import redis_names
from contract.ranking import RankedHashtag, Ranking
from trendsite.live.choice import Choice
from trendsite.live.pipeline import Shown, read_clock
from trendsite.live.spellings import read_spellings
from trendsite.live.top_places import Counts, counts, top_of_one, top_of_several
from trendsite.live.windows import Makings, makings_of_day, makings_of_hour


async def read_ranking(redis: Redis, shown: Shown, choice: Choice, limit: int, now: datetime) -> Ranking:
    """Return the ``limit`` most used hashtags of a window, posts of several languages added up.

    The window ``hour`` is the stream's latest, whatever the day of ``shown``. ``now`` (UTC) becomes
    ``as_of``. What Redis does not hold has no posts.

    Raises:
        RedisError, OSError: Redis is away.
    """
    if choice.window == "hour":
        makings = makings_of_hour(shown.source, choice, await read_clock(redis, shown))
    else:
        makings = makings_of_day(shown, choice)
    top = await _top(redis, makings, limit)
    return Ranking(
        day=makings.day,
        languages=list(choice.languages),
        window=choice.window,
        as_of=now,
        final=False,
        posts=await _posts(redis, makings),
        top=await _places(redis, shown.source, makings, top),
    )


async def read_posts_by_language(redis: Redis, shown: Shown) -> dict[str, int]:
    """Return how many posts each language of that day has, most first, ``*`` included."""
    return dict(counts(await redis.zrevrange(redis_names.posts(shown.source, shown.day), 0, -1, withscores=True)))


async def is_held(redis: Redis, shown: Shown) -> bool:
    """Return whether Redis holds counts of that day."""
    return bool(await redis.exists(redis_names.posts(shown.source, shown.day)))


async def _top(redis: Redis, makings: Makings, limit: int) -> Counts:
    if len(makings.counts) == 1:
        return await top_of_one(redis, makings.counts[0], limit)
    return await top_of_several(redis, makings.counts, makings.combined, limit)


async def _posts(redis: Redis, makings: Makings) -> int:
    pipeline = redis.pipeline(transaction=False)
    for key, language in makings.posts:
        pipeline.zscore(key, language)
    return makings.combined([int(score or 0) for score in await pipeline.execute()])


async def _places(redis: Redis, source: str, makings: Makings, top: Counts) -> list[RankedHashtag]:
    if not top:
        return []
    keys = [key for key, _ in top]
    shown_as = await read_spellings(redis, source, makings.spelled, keys)
    authors = await _authors(redis, makings.authors, keys)
    return [
        RankedHashtag(rank, hashtag, key, posts, authors=about)
        for rank, ((key, posts), hashtag, about) in enumerate(zip(top, shown_as, authors, strict=True), start=1)
    ]


async def _authors(redis: Redis, name: str | None, keys: list[str]) -> list[int | None]:
    if name is None:
        return [None] * len(keys)
    return [None if score is None else int(score) for score in await redis.zmscore(name, keys)]
