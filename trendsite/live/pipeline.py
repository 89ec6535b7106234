"""How the pipeline is: what the board shows now, and what collector and streaming last reported."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

import msgspec
from redis.asyncio import Redis

from contract import redis_names
from contract.status import CollectorStatus, StreamingStatus

Report = TypeVar("Report", CollectorStatus, StreamingStatus)


@dataclass(frozen=True)
class Shown:
    """The source and day that the board shows."""

    source: str
    day: date


@dataclass(frozen=True)
class Pipeline:
    """What Redis knew at one moment. A report is None when its process is away or speaks otherwise.

    ``clock`` is the latest event time counted (UTC), None while nothing of ``shown`` is.
    """

    redis: bool
    shown: Shown | None = None
    clock: datetime | None = None
    collector: CollectorStatus | None = None
    streaming: StreamingStatus | None = None


AWAY = Pipeline(redis=False)


async def read_pipeline(redis: Redis) -> Pipeline:
    """Read everything in one round trip.

    Raises:
        RedisError, OSError: Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    pipeline.hmget(redis_names.CURRENT, ["source", "day", "clock"])
    pipeline.get(redis_names.COLLECTOR_STATUS)
    pipeline.get(redis_names.STREAMING_STATUS)
    (source, day, clock), collector_message, streaming_message = await pipeline.execute()
    collector = _report(collector_message, CollectorStatus)
    shown = Shown(source, date.fromisoformat(day)) if source and day else None
    if shown and collector and shown.source != collector.source:
        # Another source is collected since, and its first counts are still to come.
        shown = None
    return Pipeline(
        redis=True,
        shown=shown,
        clock=datetime.fromisoformat(clock) if shown and clock else None,
        collector=collector,
        streaming=_report(streaming_message, StreamingStatus),
    )


async def read_clock(redis: Redis, shown: Shown) -> datetime:
    """Return the stream's clock, the latest event time counted (UTC).

    It is read anew for each ranking of an hour, since it moves with the counts. While there is none,
    no hour was counted, and the clock stands at the beginning of the day.

    Raises:
        RedisError, OSError: Redis is away.
    """
    clock: Any = await redis.hget(redis_names.CURRENT, "clock")  # text: redis-py leaves the type open
    return datetime.fromisoformat(clock) if clock else datetime.combine(shown.day, time.min, UTC)


def _report(message: str | None, kind: type[Report]) -> Report | None:
    try:
        return msgspec.json.decode(message, type=kind) if message else None
    except msgspec.DecodeError:
        return None
