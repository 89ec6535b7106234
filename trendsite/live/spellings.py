"""How hashtags are shown: the spellings that streaming keeps of each day."""

from collections.abc import Sequence
from datetime import date

from redis.asyncio import Redis

from contract import redis_names


async def read_spellings(redis: Redis, source: str, days: Sequence[date], keys: list[str]) -> list[str]:
    """Return how each of ``keys`` (at least one) is shown, as spelled on the first of ``days`` that knows it.

    Raises:
        RedisError, OSError: Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    for day in days:
        pipeline.hmget(redis_names.spellings(source, day), keys)
    known = zip(*await pipeline.execute(), strict=True)
    return [
        redis_names.shown_spelling(next(filter(None, of_key), None), key)
        for key, of_key in zip(keys, known, strict=True)
    ]
