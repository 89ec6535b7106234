"""Notices that Redis lost counts which streaming writes again: until then, sums over it are too low."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from redis.asyncio import Redis

from contract import redis_names
from trendsite.queries.pipeline_status import PipelineStatus

LONGEST_WAIT_SECONDS = 60.0
"""A network that lacks its counts for longer may be gone for good, and the others go on without it."""

MOST_SOURCES = 50
"""How many sources are remembered. A process sees few in its life."""


class Refill:
    """Which running sources lack counts in Redis: it is being filled, or has nothing of what this process saw there."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Wait for sources by the clock ``monotonic``."""
        self._monotonic = monotonic
        self._counted: frozenset[str] = frozenset()
        self._lacking_since: dict[str, float] = {}
        self.lacking: frozenset[str] = frozenset()

    def note(self, pipeline: PipelineStatus) -> None:
        """Set ``lacking`` by the state of the pipeline. A flushed Redis names no source or not all."""
        seen = {status.source for status in pipeline.running if status.clock or status.mark == redis_names.REBUILDING}
        self._counted = (self._counted if len(self._counted) < MOST_SOURCES else frozenset()) | seen
        now = self._monotonic()
        whole = {status.source for status in pipeline.running if redis_names.is_whole(status.mark)}
        self._lacking_since = {source: self._lacking_since.get(source, now) for source in self._counted - whole}
        self.lacking = frozenset(filter(self._is_awaited, self._lacking_since))

    async def lacking_of(self, redis: Redis, sources: Iterable[str]) -> frozenset[str]:
        """Return those of some sources of which Redis lacks counts now.

        Raises:
            RedisError, OSError: Redis is away.
        """
        awaited = [source for source in sources if source in self._counted and self._is_awaited(source)]
        marks: Sequence[Any] = await redis.mget(map(redis_names.marker, awaited)) if awaited else ()
        found = zip(awaited, marks, strict=True)
        return frozenset(source for source, mark in found if not redis_names.is_whole(mark and int(mark)))

    def _is_awaited(self, source: str) -> bool:
        now = self._monotonic()
        return now - self._lacking_since.get(source, now) < LONGEST_WAIT_SECONDS
