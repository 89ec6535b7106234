"""The first places of one or several sorted sets, exact to the last tie, without reading a whole set.

Redis sorts equal scores by the bytes of the member, which for UTF-8 is the contract's order of keys.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from redis.asyncio import Redis

from contract.ranking import order

Counts = list[tuple[str, int]]


def counts(pairs: Iterable[Any]) -> Counts:
    """Take (member, score) pairs, whose type redis-py leaves open."""
    return [(member, int(score)) for member, score in pairs]


async def top_of_one(redis: Redis, key: str, limit: int) -> Counts:
    """Take what lies above the last place's score, and of those that share it the first by key.

    Counts only grow, so whoever is among the first when the second step runs is in one of its halves.
    """
    last_place = await redis.zrevrange(key, limit - 1, limit - 1, withscores=True)
    if not last_place:
        return order(counts(await redis.zrevrange(key, 0, limit - 1, withscores=True)), limit)
    last = int(last_place[0][1])
    pipeline = redis.pipeline(transaction=True)
    pipeline.zrevrangebyscore(key, "+inf", f"({last}", withscores=True)
    pipeline.zrangebyscore(key, last, last, start=0, num=limit, withscores=True)
    above, ties = await pipeline.execute()
    return order(counts([*above, *ties]), limit)


async def top_of_several(
    redis: Redis, keys: Sequence[str], combined: Callable[[Sequence[int]], int], limit: int
) -> Counts:
    """Read the heads of all sets, deeper until no unseen hashtag can reach the last place.

    ``combined`` makes one number of a member's scores in ``keys`` and never falls when one of them
    rises, so a member that is in none of the heads has at most what it makes of their last scores.
    One that it makes nothing of has no place.
    """
    depth = 2 * limit
    while True:
        heads = await _heads(redis, keys, depth)
        seen = sorted({member for head in heads for member, _ in head})
        posts = [combined(scores) for scores in await _scores(redis, keys, seen)]
        top = order(((member, number) for member, number in zip(seen, posts, strict=True) if number), limit)
        unseen = combined([head[-1][1] if len(head) == depth else 0 for head in heads])
        if unseen < (top[-1][1] if len(top) == limit else 1):
            return top
        depth *= 4


async def _heads(redis: Redis, keys: Sequence[str], depth: int) -> list[Counts]:
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.zrevrange(key, 0, depth - 1, withscores=True)
    return [counts(head) for head in await pipeline.execute()]


async def _scores(redis: Redis, keys: Sequence[str], members: list[str]) -> list[list[int]]:
    """Return each member's scores, in the order of ``keys``, 0 where it is not."""
    if not members:
        return []
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.zmscore(key, members)
    scores = await pipeline.execute()
    return [[int(score or 0) for score in of_member] for of_member in zip(*scores, strict=True)]
