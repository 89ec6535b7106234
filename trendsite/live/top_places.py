"""The first places of one or several sorted sets, exact to the last tie, without reading a whole set.

Redis sorts equal scores by the bytes of the member, which for UTF-8 is the contract's order of keys.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from redis.asyncio import Redis

from contract.ranking import order
from trendsite.live.hiding import Hides

Counts = list[tuple[str, int]]


def counts(pairs: Iterable[Any]) -> Counts:
    """Take (member, score) pairs, whose type redis-py leaves open."""
    return [(member, int(score)) for member, score in pairs]


async def top(
    redis: Redis, keys: Sequence[str], combined: Callable[[Sequence[int]], int], limit: int, hides: Hides | None
) -> Counts:
    """Return the first places of one or several sorted sets, without what is hidden: who comes next moves up."""
    depth = limit
    while True:
        found = await _top(redis, keys, combined, depth)
        left = [count for count in found if not hides(count[0])] if hides else found
        if len(left) >= limit or len(found) < depth:
            return left[:limit]
        depth = 2 * depth + limit - len(left)


async def _top(redis: Redis, keys: Sequence[str], combined: Callable[[Sequence[int]], int], limit: int) -> Counts:
    if len(keys) == 1:
        return await top_of_one(redis, keys[0], limit)
    return await top_of_several(redis, keys, combined, limit)


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
        posts = await scores(redis, keys, seen, combined)
        first = order(((member, number) for member, number in zip(seen, posts, strict=True) if number), limit)
        unseen = combined([head[-1][1] if len(head) == depth else 0 for head in heads])
        if unseen < (first[-1][1] if len(first) == limit else 1):
            return first
        depth *= 4


async def _heads(redis: Redis, keys: Sequence[str], depth: int) -> list[Counts]:
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.zrevrange(key, 0, depth - 1, withscores=True)
    return [counts(head) for head in await pipeline.execute()]


async def scores(
    redis: Redis, keys: Sequence[str], members: list[str], combined: Callable[[Sequence[int]], int]
) -> list[int]:
    """Return what ``combined`` makes of each member's scores in ``keys``, 0 where it is not."""
    if not members:
        return []
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.zmscore(key, members)
    of_members = zip(*await pipeline.execute(), strict=True)
    return [combined([int(score or 0) for score in of_member]) for of_member in of_members]
