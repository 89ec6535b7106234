"""Which process of all sites looks at the counts and sends alerts: the one that holds a key of Redis.

The key expires, so a killed process is replaced within seconds. Two that both believe to hold it make no alert twice:
the rows of the database decide.
"""

import secrets
from typing import Any

import redis

from contract.redis_names import ALERTS_LEASE

LEASE_SECONDS = 6.0
RENEWED_EVERY = 2.0

_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Lease:
    """The right to send alerts, as one process sees it. Seconds are of a clock that only counts."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._holder = secrets.token_hex(8)
        self._renewed_at = float("-inf")

    def hold(self, client: redis.Redis, seconds: float) -> bool:
        """Take or renew the lease if that is due; return whether this process has it.

        Raises:
            RedisError, OSError: Redis is away.
        """
        if seconds - self._renewed_at < RENEWED_EVERY:
            return True
        answer: Any = client.eval(_RENEW, 1, ALERTS_LEASE, self._holder, str(int(LEASE_SECONDS * 1000)))
        self._renewed_at = seconds if answer else float("-inf")
        return bool(answer)

    def release(self, client: redis.Redis) -> None:
        """Leave the lease to another process at once.

        Raises:
            RedisError, OSError: Redis is away.
        """
        self._renewed_at = float("-inf")
        client.eval(_RELEASE, 1, ALERTS_LEASE, self._holder)
