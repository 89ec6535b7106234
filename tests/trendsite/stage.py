"""A stage for the site's tests and pictures: fills Redis as streaming and the collector would."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import msgspec
import redis

from contract import redis_names
from contract.ranking import RankedHashtag, Ranking, Window, encode_ranking, order
from contract.status import CollectorStatus, StreamingStatus

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


class Stage:
    """Redis as streaming and the collector leave it, for one source and day.

    Counts are given by spelling, posts as the sum of the counts unless said otherwise.
    """

    def __init__(self, client: redis.Redis, source: str = "simulator", day: date = TODAY) -> None:
        self.client = client
        self.source = source
        self.day = day

    def show(self, clock: datetime | None = None) -> None:
        """Make this source and day what the board shows; its clock stands at noon unless said otherwise."""
        clock = clock or datetime.combine(self.day, NOW.timetz())
        current = {"source": self.source, "day": self.day.isoformat(), "clock": clock.isoformat()}
        self.client.hset(redis_names.CURRENT, mapping=current)

    def show_quiet(self) -> None:
        """Show this source and day with every part well, while no more posts come."""
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

    def publish(self, window: Window, language: str, counts: Mapping[str, int], posts: int | None = None) -> str:
        """Store and publish a language's ranking of a window; return the message."""
        keys = {spelling.casefold(): spelling for spelling in counts}
        ranked = enumerate(order((key, counts[spelling]) for key, spelling in keys.items()), start=1)
        top = [RankedHashtag(rank, keys[key], key, number) for rank, (key, number) in ranked]
        total = _total(counts, posts)
        message = encode_ranking(Ranking(self.day, [language], window, NOW, False, total, top)).decode()
        self.client.hset(redis_names.rankings(self.source, self.day, window), language, message)
        self.client.publish(redis_names.ranking_channel(window, language), message)
        return message

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
        self.client.set(redis_names.COLLECTOR_STATUS, msgspec.json.encode(status))

    def report_streaming(self, now: datetime = NOW) -> None:
        """Report as streaming that has counted everything."""
        status = StreamingStatus(self.source, self.day, 0, 0, 1, 0.1, 0, now)
        self.client.set(redis_names.STREAMING_STATUS, msgspec.json.encode(status))


def _total(counts: Mapping[str, int], posts: int | None) -> int:
    return sum(counts.values()) if posts is None else posts
