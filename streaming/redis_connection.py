"""Streaming's client of Redis: one that waits, rather than fails, when Redis is away for a while."""

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

RETRIES = 60


def connect(url: str) -> redis.Redis:
    """Return a client that waits for a Redis that is away, about two minutes at most."""
    errors = [redis.ConnectionError, redis.TimeoutError]
    backoff = ExponentialWithJitterBackoff(base=0.1, cap=2.0)
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=2.0,
        socket_timeout=10.0,
        retry=Retry(backoff, RETRIES, supported_errors=tuple(errors)),
        retry_on_error=errors,
    )
