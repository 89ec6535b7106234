"""Fills Redis as streaming and the collector do, for the site's tests and the screenshot."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
import redis
from redis.client import NEVER_DECODE

from contract import redis_names
from contract.pairs import Partner, Partners, encode_partners
from contract.race import Frame, pack_hours, unpack_hours
from contract.ranking import RankedHashtag, Ranking, Window, encode_ranking, highest_counts
from contract.status import ArchiveStatus, CollectorStatus, StreamingStatus

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


class Stage:
    """Redis as streaming and the collector leave it, for one source and day.

    ``running`` are all sources that run, this one alone by default. Counts are by spelling. Posts are the sum of the
    counts by default.
    """

    def __init__(
        self, client: redis.Redis, source: str = "simulator", day: date = TODAY, running: Sequence[str] = ()
    ) -> None:
        self.client = client
        self.source = source
        self.day = day
        self._running = running

    def show(self, clock: datetime | None = None) -> None:
        """Make the board show this source and day; its clock is at noon by default."""
        clock = clock or datetime.combine(self.day, NOW.timetz())
        current = {"day": self.day.isoformat(), "clock": clock.isoformat()}
        self.client.hset(redis_names.current(self.source), mapping=current)
        self.client.set(redis_names.marker(self.source), 100)
        self._run(self.source)

    def refill(self) -> None:
        """Flush Redis and begin to fill it again, without any counts yet."""
        self.client.flushdb()
        self.client.set(redis_names.marker(self.source), redis_names.REBUILDING)
        self._run(self.source)

    def _run(self, source: str) -> None:
        self.client.set(redis_names.SOURCES, redis_names.encode_sources(self._running or [source]))

    def show_quiet(self) -> None:
        """Show this source and day with every part well and no new posts."""
        self.show()
        self.report_collector(posts_per_second=0.0, tagged_per_second=0.0)
        self.report_streaming()

    def count(self, language: str, counts: Mapping[str, int], posts: int | None = None) -> str:
        """Write a language's whole counts of the day and publish its ranking; return the message."""
        names = redis_names.counts(self.source, self.day, language), redis_names.posts(self.source, self.day)
        self._write(names, self.day, language, counts, posts)
        return self.publish("day", language, counts, posts)

    def count_hour(self, hour: datetime, language: str, counts: Mapping[str, int], posts: int | None = None) -> None:
        """Write a language's whole counts of the UTC hour that ``hour`` lies in."""
        of_hour = self.source, hour.date(), hour.hour
        names = redis_names.hour_counts(*of_hour, language), redis_names.hour_posts(*of_hour)
        self._write(names, hour.date(), language, counts, posts)

    def pair(self, key: str, *partners: tuple[str, int, int], beyond: int = 0) -> None:
        """Write the hashtags used together with one on the day: each with its least and most posts."""
        message = encode_partners(Partners(beyond, [Partner(*partner) for partner in partners]))
        self.client.hset(redis_names.pairs(self.source, self.day), key, message)

    def publish(self, window: Window, language: str, counts: Mapping[str, int], posts: int | None = None) -> str:
        """Store and publish a language's ranking of a window; return the message."""
        keys = {spelling.casefold(): spelling for spelling in counts}
        ranked = enumerate(highest_counts((key, counts[spelling]) for key, spelling in keys.items()), start=1)
        top = [RankedHashtag(rank, keys[key], key, number) for rank, (key, number) in ranked]
        total = _total(counts, posts)
        message = encode_ranking(Ranking(self.day, [language], window, NOW, False, total, top)).decode()
        self.client.hset(redis_names.rankings(self.source, self.day, window), language, message)
        self.client.publish(redis_names.ranking_channel(self.source, window, language), message)
        return message

    def record(self, *frames: Frame) -> None:
        """Add frames to the race of their day."""
        for frame in frames:
            name = redis_names.race(self.source, frame.at.date(), frame.language)
            known = unpack_hours(self.client.execute_command("HGETALL", name, **{NEVER_DECODE: True}))
            self.client.hset(name, mapping=pack_hours([*known, frame]))

    def _write(
        self, names: tuple[str, str], day: date, language: str, counts: Mapping[str, int], posts: int | None
    ) -> None:
        counts_name, posts_name = names
        pipeline = self.client.pipeline()
        pipeline.delete(counts_name)
        if counts:
            pipeline.zadd(counts_name, {spelling.casefold(): number for spelling, number in counts.items()})
            shown = {spelling.casefold(): spelling for spelling in counts}
            pipeline.hset(redis_names.spellings(self.source, day), mapping=shown)
        pipeline.zadd(posts_name, {language: _total(counts, posts)})
        pipeline.execute()

    def report_collector(self, now: datetime = NOW, **changes: object) -> None:
        """Report as a connected simulator, but for ``changes``."""
        status = CollectorStatus(
            source=self.source,
            kind="simulator",
            state="connected",
            detail="made-up posts",
            posts=1_000,
            tagged=200,
            posts_per_second=250.0,
            tagged_per_second=50.0,
            dropped={"not a post": 3, "closed day": 4},
            clock=now,
            end_offset=0,
            spool_bytes=0,
            updated_at=now,
        )
        for name, value in changes.items():
            setattr(status, name, value)
        self.client.set(redis_names.collector_status(status.source), msgspec.json.encode(status))
        self._run(status.source)

    def report_streaming(self, now: datetime = NOW, **changes: object) -> None:
        """Report as streaming that has counted everything, but for ``changes``."""
        status = StreamingStatus(self.source, self.day, 0, 0, 1, 0.1, 0, now)
        for name, value in changes.items():
            setattr(status, name, value)
        self.client.set(redis_names.streaming_status(status.source), msgspec.json.encode(status))
        self._run(status.source)

    def report_archive(self, now: datetime = NOW, **changes: object) -> None:
        """Report as an archive that has archived everything, but for ``changes``."""
        status = ArchiveStatus(now - timedelta(hours=11), 0, "", None, now, now + timedelta(seconds=5))
        for name, value in changes.items():
            setattr(status, name, value)
        self.client.set(redis_names.ARCHIVE_STATUS, msgspec.json.encode(status))

    def report_all(self, now: datetime) -> None:
        """Report as every part that does its work."""
        self.report_collector(now)
        self.report_streaming(now)
        self.report_archive(now)


def _total(counts: Mapping[str, int], posts: int | None) -> int:
    return sum(counts.values()) if posts is None else posts
