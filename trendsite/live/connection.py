"""The site's way to Redis: short time-outs, and no retry of its own, so that whoever asks decides."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

REDIS_IS_AWAY = (RedisError, OSError, TimeoutError)
"""What a call raises when Redis cannot be reached or does not answer."""


@asynccontextmanager
async def open_redis(timeout: float = 2.0) -> AsyncIterator[Redis]:
    """Open a client of REDIS_URL that gives up on a call after ``timeout`` seconds.

    Clients are bound to their event loop, so each user opens its own.
    """
    client = Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_connect_timeout=timeout,
        socket_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        # Telling Redis what library this is would double what it costs to connect.
        driver_info=None,
    )
    try:
        yield client
    finally:
        await client.aclose()
