"""The site's clients of Redis: short time-outs, and no retries, so that each caller decides what to do."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import redis
import redis.retry
from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from contract.redis_fault import raise_fault

REDIS_IS_AWAY = (RedisError, OSError, TimeoutError)
"""The errors of a call when Redis cannot be reached or does not answer."""


@asynccontextmanager
async def open_redis(timeout: float = 2.0) -> AsyncIterator[Redis]:
    """Open a client of REDIS_URL that gives up on a call after ``timeout`` seconds.

    Clients are bound to their event loop, so each user opens its own.
    """
    client = Redis.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 0), **_options(timeout))
    try:
        yield client
    finally:
        await client.aclose()


@contextmanager
def open_redis_in_thread(timeout: float) -> Iterator[redis.Redis]:
    """Open the same kind of client for code without an event loop, such as a template."""
    retry = redis.retry.Retry(NoBackoff(), 0)
    with redis.Redis.from_url(settings.REDIS_URL, retry=retry, **_options(timeout)) as client:
        yield client


def check_redis(timeout: float = 2.0) -> None:
    """Connect to Redis once.

    Raises:
        SettingError: it refuses REDIS_URL. A Redis that is away is no error.
    """
    try:
        with open_redis_in_thread(timeout) as client:
            client.ping()
    except Exception as error:  # noqa: BLE001 - a Redis that is away is waited for
        raise_fault(error)


def _options(timeout: float) -> dict[str, Any]:
    return {
        "decode_responses": True,
        "socket_connect_timeout": timeout,
        "socket_timeout": timeout,
        # Sending Redis the name of this library would double the cost of connecting.
        "driver_info": None,
    }
