"""How many requests an address has left in this minute. Redis counts, so that all processes of the site share it."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.utils.crypto import salted_hmac
from redis.asyncio import Redis

from contract import redis_names

MINUTE = 60


class Requests(msgspec.Struct):
    """The requests to API and feeds since the process started: taken on, refused, let in uncounted without Redis."""

    taken: int = 0
    refused: int = 0
    uncounted: int = 0


requests_of_this_process = Requests()


@dataclass(frozen=True)
class Spent:
    """What is left of ``limit`` requests a minute for the ``seconds`` until the next one begins."""

    limit: int
    left: int
    seconds: int
    is_over: bool


async def spend(redis: Redis, address: str, limit: int, now: datetime) -> Spent:
    """Take up one of the ``limit`` requests that an address has in the UTC minute of ``now``.

    Raises:
        RedisError, OSError: Redis is away.
    """
    # Redis need not know who asks.
    name = redis_names.api_requests(salted_hmac(__name__, address).hexdigest()[:32], int(now.timestamp()) // MINUTE)
    pipeline = redis.pipeline(transaction=True)
    pipeline.incr(name)
    pipeline.expire(name, redis_names.API_REQUESTS_TTL)
    asked, _ = await pipeline.execute()
    return Spent(limit, max(0, limit - asked), MINUTE - now.second, asked > limit)
