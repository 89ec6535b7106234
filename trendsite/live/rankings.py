"""Rankings from the sorted sets, exact to the last tie, without reading a whole set.

Redis sorts equal scores by the bytes of the member, which for UTF-8 is the contract's order of keys.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from contract import redis_names
from contract.ranking import RankedHashtag, Ranking, order
from trendsite.live.choice import Choice
from trendsite.live.pipeline import Shown

Counts = list[tuple[str, int]]


async def read_ranking(redis: Redis, shown: Shown, choice: Choice, limit: int, now: datetime) -> Ranking:
    """Return the ``limit`` most used hashtags of a day, posts of several languages added up.

    ``now`` (UTC) becomes ``as_of``. A day that Redis does not hold has no posts.

    Raises:
        RedisError, OSError: Redis is away.
    """
    keys = [redis_names.counts(shown.source, shown.day, language) for language in choice]
    top = await (_top_of_one(redis, keys[0], limit) if len(keys) == 1 else _top_of_several(redis, keys, limit))
    posts = await read_posts(redis, shown, choice)
    return Ranking(
        day=shown.day,
        languages=list(choice),
        window="day",
        as_of=now,
        final=False,
        posts=sum(posts),
        top=await _with_spellings(redis, shown, top),
    )


async def read_posts(redis: Redis, shown: Shown, languages: Sequence[str]) -> list[int]:
    """Return how many posts each of ``languages`` has that day."""
    values = await redis.zmscore(redis_names.posts(shown.source, shown.day), list(languages))
    return [int(value or 0) for value in values]


async def read_posts_by_language(redis: Redis, shown: Shown) -> dict[str, int]:
    """Return how many posts each language of that day has, most first, ``*`` included."""
    return dict(_counts(await redis.zrevrange(redis_names.posts(shown.source, shown.day), 0, -1, withscores=True)))


async def is_held(redis: Redis, shown: Shown) -> bool:
    """Return whether Redis holds counts of that day."""
    return bool(await redis.exists(redis_names.posts(shown.source, shown.day)))


async def _top_of_one(redis: Redis, key: str, limit: int) -> Counts:
    """Take what lies above the last place's score, and of those that share it the first by key.

    Counts only grow, so whoever is among the first when the second step runs is in one of its halves.
    """
    last_place = await redis.zrevrange(key, limit - 1, limit - 1, withscores=True)
    if not last_place:
        return order(_counts(await redis.zrevrange(key, 0, limit - 1, withscores=True)), limit)
    last = int(last_place[0][1])
    pipeline = redis.pipeline(transaction=True)
    pipeline.zrevrangebyscore(key, "+inf", f"({last}", withscores=True)
    pipeline.zrangebyscore(key, last, last, start=0, num=limit, withscores=True)
    above, ties = await pipeline.execute()
    return order(_counts([*above, *ties]), limit)


async def _top_of_several(redis: Redis, keys: list[str], limit: int) -> Counts:
    """Read the heads of all sets, deeper until no unseen hashtag can reach the last place.

    A hashtag that is in none of the heads has at most the sum of their last scores.
    """
    depth = 2 * limit
    while True:
        heads = await _heads(redis, keys, depth)
        seen = sorted({member for head in heads for member, _ in head})
        top = order(zip(seen, await _sums(redis, keys, seen), strict=True), limit)
        cut = [head[-1][1] for head in heads if len(head) == depth]
        if not cut or (len(top) == limit and top[-1][1] > sum(cut)):
            return top
        depth *= 4


async def _heads(redis: Redis, keys: list[str], depth: int) -> list[Counts]:
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.zrevrange(key, 0, depth - 1, withscores=True)
    return [_counts(head) for head in await pipeline.execute()]


async def _sums(redis: Redis, keys: list[str], members: list[str]) -> list[int]:
    if not members:
        return []
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.zmscore(key, members)
    scores = await pipeline.execute()
    return [sum(int(score or 0) for score in member_scores) for member_scores in zip(*scores, strict=True)]


async def _with_spellings(redis: Redis, shown: Shown, top: Counts) -> list[RankedHashtag]:
    if not top:
        return []
    keys = [key for key, _ in top]
    spellings: list[Any] = await redis.hmget(redis_names.spellings(shown.source, shown.day), keys)
    return [
        RankedHashtag(rank, redis_names.shown_spelling(spelling, key), key, posts)
        for rank, ((key, posts), spelling) in enumerate(zip(top, spellings, strict=True), start=1)
    ]


def _counts(pairs: Iterable[Any]) -> Counts:
    """Take (member, score) pairs, whose type redis-py leaves open."""
    return [(member, int(score)) for member, score in pairs]
