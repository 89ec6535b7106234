"""What the collector reports about itself: its state -> Redis, every second, as well as Redis allows."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from collector.commit_log import Counts
from collector.sources.source import Source, SourceState
from collector.spool import Spool
from contract.redis_names import COLLECTOR_STATUS, STATUS_TTL
from contract.status import CollectorStatus

_RATE_SECONDS = 5


class Rates:
    """Posts and tagged posts a second, over about the last five."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, int]] = deque(maxlen=_RATE_SECONDS + 1)

    def at(self, second: float, counts: Counts) -> tuple[float, float]:
        """Return both rates as of a ``second`` of a steady clock; to be asked about once a second."""
        self._seen.append((second, counts.posts, counts.tagged))
        began, posts, tagged = self._seen[0]
        seconds = max(second - began, 0.001)
        return round((counts.posts - posts) / seconds, 1), round((counts.tagged - tagged) / seconds, 1)


def collector_status(
    source: Source, state: SourceState, spool: Spool, rates: tuple[float, float], now: datetime
) -> CollectorStatus:
    """Return the collector's status as of ``now``."""
    committed = spool.committed
    return CollectorStatus(
        source=source.name,
        kind=source.kind,
        state=state.state,
        detail=state.detail,
        posts=committed.counts.posts,
        tagged=committed.counts.tagged,
        posts_per_second=rates[0],
        tagged_per_second=rates[1],
        dropped=committed.counts.dropped,
        clock=committed.clock,
        end_offset=committed.end,
        spool_bytes=spool.disk_bytes,
        updated_at=now,
    )


async def report(redis: Redis, source: Source, state: Callable[[], SourceState], spool: Spool) -> None:
    """Write the status every second, for ever; one that Redis does not take is not repeated."""
    rates = Rates()
    while True:
        current = rates.at(monotonic(), spool.committed.counts)
        status = collector_status(source, state(), spool, current, datetime.now(UTC))
        with contextlib.suppress(RedisError, OSError):
            await redis.set(COLLECTOR_STATUS, msgspec.json.encode(status), ex=STATUS_TTL)
        await asyncio.sleep(1)
