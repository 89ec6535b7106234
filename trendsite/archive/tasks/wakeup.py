"""How the site wakes the watching process, perhaps on another machine: by a random text in Redis.

A task is in the database, which that process does not read. A wake-up that Redis loses delays its task until the next
run of the archive.
"""

import secrets

import redis

from contract.redis_names import ARCHIVE_WAKEUP, WAKEUP_TTL


def wake(client: redis.Redis) -> None:
    """Wake the watching process.

    Raises:
        redis.RedisError, OSError: Redis is away.
    """
    client.set(ARCHIVE_WAKEUP, secrets.token_hex(8), ex=WAKEUP_TTL)


class Wakeups:
    """The latest wake-up, as the watching process reads it."""

    def __init__(self, client: redis.Redis) -> None:
        """Read with ``client``, whose time-outs are short."""
        self._redis = client
        self._latest: frozenset[str] = frozenset()

    def read(self) -> frozenset[str]:
        """Return the latest wake-up, if there is one; while Redis is away, that of the last call."""
        try:
            found = self._redis.get(ARCHIVE_WAKEUP)
        except (redis.RedisError, OSError):
            return self._latest
        self._latest = frozenset([str(found)]) if found else frozenset()
        return self._latest
