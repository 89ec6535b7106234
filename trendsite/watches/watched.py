"""The ranks of watched hashtags among all of today, also far below the top.

One read of a day's sorted sets serves all users of a process for a while, so its cost does not grow with them.
"""

import threading
import time
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from asgiref.sync import async_to_sync

from contract import redis_names
from contract.language import ALL_LANGUAGES
from trendsite.queries.hiding import hides_in
from trendsite.queries.pipeline_status import Shown, read_pipeline_status
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.watches.models import Watch

FRESH_SECONDS = 15.0

MAX_SHOWN = 20


@dataclass(frozen=True)
class WatchedHashtag:
    """A watched hashtag; ``rank`` is 0 if it is not among those that Redis has of today."""

    key: str
    rank: int
    posts: int


@dataclass(frozen=True)
class _Ranks:
    """The posts of each hashtag of today, and all of them in the order of ranks."""

    posts: dict[str, int]
    order: list[tuple[int, str]]

    def of(self, key: str) -> WatchedHashtag:
        posts = self.posts.get(key, 0)
        return WatchedHashtag(key, bisect_left(self.order, (-posts, key)) + 1 if posts else 0, posts)


class WatchedRanks:
    """The ranks of today, cached in the process."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._ranks = _Ranks({}, [])

    def clear(self) -> None:
        """Read anew at the next call."""
        self._read_at = float("-inf")

    def of(self, keys: list[str]) -> list[WatchedHashtag]:
        """Return the hashtags with their ranks, best first. While Redis is away, those of the last read.

        A hidden hashtag has none.
        """
        with self._lock:
            if time.monotonic() - self._read_at >= FRESH_SECONDS:
                self._read_at = time.monotonic()
                self._ranks = async_to_sync(_read)() or self._ranks
        found = [self._ranks.of(key) for key in keys]
        return sorted(found, key=lambda one: (not one.rank, one.rank, one.key))


process_ranks = WatchedRanks()
"""The ranks in this process."""


async def _read() -> _Ranks | None:
    try:
        async with open_redis(timeout=1.0) as redis:
            shown = (await read_pipeline_status(redis)).board
            if shown is None:
                return None
            pipeline = redis.pipeline(transaction=False)
            for name in _sets(shown):
                pipeline.zrange(name, 0, -1, withscores=True)
            replies = await pipeline.execute()
    except REDIS_IS_AWAY:
        return None
    posts: Counter[str] = Counter()
    for reply in replies:
        for key, number in reply:
            posts[key] += int(number)
    if hides := hides_in([ALL_LANGUAGES], datetime.now(UTC)):
        posts = Counter({key: number for key, number in posts.items() if not hides(key)})
    return _Ranks(dict(posts), sorted((-number, key) for key, number in posts.items()))


def _sets(shown: Shown) -> list[str]:
    return [redis_names.counts(source, shown.day, ALL_LANGUAGES) for source in shown.sources]


def watched_hashtags(user: int) -> list[WatchedHashtag]:
    """Return the hashtags that a user watches, with their ranks of today among all languages and networks.

    Raises:
        DatabaseError: the database is away.
    """
    rows = Watch.objects.filter(user=user, subject=Watch.Subject.HASHTAG).order_by("pk")
    keys = list(dict.fromkeys(rows.values_list("key", flat=True)))[:MAX_SHOWN]
    return process_ranks.of(keys) if keys else []
