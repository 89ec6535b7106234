"""The state of the pipeline: the running sources, the day of each, and the last report of each process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

import msgspec
from redis.asyncio import Redis

from contract import redis_names
from contract.status import ArchiveStatus, CollectorStatus, StreamingStatus
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.sources import Source, at_clock, source_named

Report = TypeVar("Report", CollectorStatus, StreamingStatus, ArchiveStatus)


@dataclass(frozen=True)
class SourceDay:
    """A day of a source."""

    source: str
    day: date

    @property
    def sources(self) -> tuple[str, ...]:
        """The source alone, as ``Shown`` has several."""
        return (self.source,)

    def chosen(self, networks: Sequence[str]) -> "Shown":
        """Return the same as ``Shown``, without the source if other networks are chosen."""
        return Shown(self.sources, self.day, (self,)).chosen(networks)


@dataclass(frozen=True)
class Shown:
    """What the board shows: ``sources``, the running streams in the order of SOURCE, added up.

    ``day`` is the newest of their days. ``days`` are those of the streams that have counted something; what a stream
    counted on an older day is not part of ``day``.
    """

    sources: tuple[str, ...]
    day: date
    days: tuple[SourceDay, ...] = ()

    def chosen(self, networks: Sequence[str]) -> "Shown":
        """Return the chosen ``networks`` of these, all if empty; the day of all if none of them has one."""
        if not networks:
            return self
        days = tuple(day for day in self.days if day.source in networks)
        newest = max((day.day for day in days), default=self.day)
        return Shown(tuple(name for name in self.sources if name in networks), newest, days)


@dataclass(frozen=True)
class SourceStatus:
    """One running source. A report is None if its process is away or its message cannot be decoded.

    ``shown`` is the day that it counts, None before its first count. ``clock`` is the latest event time counted (UTC).
    ``mark`` is the offset up to which Redis has every count, REBUILDING while it is filled, None if that is lost.
    """

    source: str
    shown: SourceDay | None = None
    clock: datetime | None = None
    collector: CollectorStatus | None = None
    streaming: StreamingStatus | None = None
    mark: int | None = None


@dataclass(frozen=True)
class PipelineStatus:
    """What Redis had at one moment: each ``running`` source, in the order of SOURCE, and the archive's report.

    None is running while Redis is away, and before a collector or streaming has named itself there.
    """

    redis: bool
    running: tuple[SourceStatus, ...] = ()
    archive: ArchiveStatus | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the running sources."""
        return tuple(status.source for status in self.running)

    @property
    def board(self) -> Shown | None:
        """What the board shows: all running sources together; None before the first count of any."""
        days = tuple(status.shown for status in self.running if status.shown)
        return Shown(self.sources, max(day.day for day in days), days) if days else None

    @property
    def first(self) -> SourceStatus | None:
        """The running source for pages about one: the first that has the newest day, without any day the first."""
        newest = max((status.shown.day for status in self.running if status.shown), default=None)
        of_newest = (status for status in self.running if status.shown and status.shown.day == newest)
        return next(of_newest, None) or next(iter(self.running), None)

    @property
    def shown(self) -> SourceDay | None:
        """The ``first`` source and its day, None before its first count."""
        return self.first.shown if self.first else None

    @property
    def clock(self) -> datetime | None:
        """The newest clock of all running sources, None before the first count."""
        return max((status.clock for status in self.running if status.clock), default=None)

    @property
    def collector(self) -> CollectorStatus | None:
        """What the collector of the ``first`` source reports."""
        return self.first.collector if self.first else None

    @property
    def streaming(self) -> StreamingStatus | None:
        """What streaming reports of the ``first`` source."""
        return self.first.streaming if self.first else None

    def of(self, source: str) -> SourceStatus | None:
        """Return a running source by its name, None if it does not run."""
        return next((status for status in self.running if status.source == source), None)


REDIS_AWAY = PipelineStatus(redis=False)


async def read_pipeline_status(redis: Redis) -> PipelineStatus:
    """Read the state of the pipeline in two round trips.

    Raises:
        RedisError, OSError: Redis is away.
    """
    sources = redis_names.decode_sources(await redis.get(redis_names.SOURCES))
    pipeline = redis.pipeline(transaction=False)
    pipeline.get(redis_names.ARCHIVE_STATUS)
    for source in sources:
        pipeline.hmget(redis_names.current(source), ["day", "clock"])
        pipeline.get(redis_names.collector_status(source))
        pipeline.get(redis_names.streaming_status(source))
        pipeline.get(redis_names.marker(source))
    archive, *answers = await pipeline.execute()
    of_sources = zip(sources, answers[::4], answers[1::4], answers[2::4], answers[3::4], strict=True)
    running = tuple(_source_status(*of_source) for of_source in of_sources)
    return PipelineStatus(redis=True, running=running, archive=_report(archive, ArchiveStatus))


def _source_status(
    source: str,
    current: tuple[str | None, str | None],
    collector: str | None,
    streaming: str | None,
    mark: str | None,
) -> SourceStatus:
    day, clock = current
    return SourceStatus(
        source,
        shown=SourceDay(source, date.fromisoformat(day)) if day else None,
        clock=datetime.fromisoformat(clock) if day and clock else None,
        collector=_report(collector, CollectorStatus),
        streaming=_report(streaming, StreamingStatus),
        mark=None if mark is None else int(mark),
    )


async def read_pipeline_or_away(timeout: float = 1.0) -> PipelineStatus:
    """Read the state of the pipeline over a connection of its own; REDIS_AWAY if that fails within ``timeout`` s."""
    try:
        async with open_redis(timeout) as redis:
            return await read_pipeline_status(redis)
    except REDIS_IS_AWAY:
        return REDIS_AWAY


async def read_clock(redis: Redis, shown: SourceDay | Shown) -> datetime:
    """Return the latest event time counted of any of the sources (UTC).

    Read it anew for each ranking of an hour, since it moves with the counts. Before the first count it is the beginning
    of the day.

    Raises:
        RedisError, OSError: Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    for source in shown.sources:
        pipeline.hget(redis_names.current(source), "clock")
    clocks: list[Any] = await pipeline.execute()  # strings: redis-py leaves the type open
    return max(
        (datetime.fromisoformat(clock) for clock in clocks if clock),
        default=datetime.combine(shown.day, time.min, UTC),
    )


def _report(message: str | None, kind: type[Report]) -> Report | None:
    try:
        return msgspec.json.decode(message, type=kind) if message else None
    except msgspec.DecodeError:
        return None


def running_source(pipeline: PipelineStatus, now: datetime) -> Source | None:
    """Return the first running source, of several networks the first; None if none is known.

    A recording that is replayed as if now is timely only while its clock fits ``now`` (UTC).
    """
    first = pipeline.first
    if first is None:
        return None
    has_ended = first.collector is not None and first.collector.state == "ended"
    return at_clock(source_named(first.source), first.clock, now, has_ended=has_ended)
