"""The top k of one or several sorted sets of Redis, exact to the last tie, without reading a whole set.

Redis sorts equal scores by the bytes of the member. For UTF-8 that is the contract's order of keys.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from redis.asyncio import Redis

from contract.ranking import highest_counts
from trendsite.queries.hiding import Hides

Counts = list[tuple[str, int]]
"""(member, score), such as (hashtag key, posts)."""

Scores = tuple[int, ...]
"""A member's scores in several sorted sets."""

Combine = Callable[[Sequence[int]], int]
"""Makes one number of a member's scores."""


class Scored(NamedTuple):
    """A member, its combined score, and the scores that were combined."""

    member: str
    score: int
    parts: Scores


def to_counts(pairs: Iterable[Any]) -> Counts:
    """Return (member, score) pairs, whose type redis-py leaves open, as counts."""
    return [(member, int(score)) for member, score in pairs]


async def top_k(redis: Redis, keys: Sequence[str], combine: Combine, limit: int, hides: Hides | None) -> list[Scored]:
    """Return the first places of one or several sorted sets, skipping hidden hashtags.

    ``combine`` makes one number of a member's scores in ``keys``. It must never fall when one of them rises.
    """
    depth = limit
    while True:
        found = await _top_k(redis, keys, combine, depth)
        left = [scored for scored in found if not hides(scored.member)] if hides else found
        if len(left) >= limit or len(found) < depth:
            return left[:limit]
        depth = 2 * depth + limit - len(left)


async def _top_k(redis: Redis, keys: Sequence[str], combine: Combine, limit: int) -> list[Scored]:
    if not keys:
        return []
    if len(keys) == 1:
        return [Scored(member, score, (score,)) for member, score in await _top_k_of_one(redis, keys[0], limit)]
    return await _top_k_of_several(redis, keys, combine, limit)


async def _top_k_of_one(redis: Redis, key: str, limit: int) -> Counts:
    """Take all above the last place's score, and of those that share it the first by key.

    Counts only grow, so a member that is among the first when the second step runs is in one of its halves.
    """
    last_place = await redis.zrevrange(key, limit - 1, limit - 1, withscores=True)
    if not last_place:
        return highest_counts(to_counts(await redis.zrevrange(key, 0, limit - 1, withscores=True)), limit)
    last = int(last_place[0][1])
    pipeline = redis.pipeline(transaction=True)
    pipeline.zrevrangebyscore(key, "+inf", f"({last}", withscores=True)
    pipeline.zrangebyscore(key, last, last, start=0, num=limit, withscores=True)
    above, ties = await pipeline.execute()
    return highest_counts(to_counts([*above, *ties]), limit)


async def _top_k_of_several(redis: Redis, keys: Sequence[str], combine: Combine, limit: int) -> list[Scored]:
    """Read the heads of all sets, deeper until no unseen hashtag can reach the last place.

    A member that is in none of the heads has at most the combination of their last scores. A member whose combination
    is 0 has no place.
    """
    depth = 2 * limit
    while True:
        heads = await _heads(redis, keys, depth)
        seen = list({member for head in heads for member, _ in head})
        parts = dict(zip(seen, await raw_scores(redis, keys, seen), strict=True))
        numbers = ((member, combine(of_member)) for member, of_member in parts.items())
        first = highest_counts(((member, number) for member, number in numbers if number), limit)
        unseen = combine([head[-1][1] if len(head) == depth else 0 for head in heads])
        if unseen < (first[-1][1] if len(first) == limit else 1):
            return [Scored(member, number, parts[member]) for member, number in first]
        depth *= 4


async def _heads(redis: Redis, keys: Sequence[str], depth: int) -> list[Counts]:
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.zrevrange(key, 0, depth - 1, withscores=True)
    return [to_counts(head) for head in await pipeline.execute()]


async def scores(redis: Redis, keys: Sequence[str], members: list[str], combine: Combine) -> list[int]:
    """Return the combined score of each member in ``keys``; a missing score counts as 0."""
    return [combine(of_member) for of_member in await raw_scores(redis, keys, members)]


async def raw_scores(redis: Redis, keys: Sequence[str], members: list[str]) -> list[Scores]:
    """Return the scores of each member, one for each of ``keys``; a missing score counts as 0."""
    if not members or not keys:
        return [()] * len(members)
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.zmscore(key, members)
    of_members = zip(*await pipeline.execute(), strict=True)
    return [tuple(int(score or 0) for score in of_member) for of_member in of_members]
