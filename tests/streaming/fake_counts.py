"""Made-up batches in a few words, and a store with the publisher that writes it to Redis."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

import pyarrow as pa
import redis

from contract.post import Post, encode_posts
from streaming.aggregate.deltas import CountScope, Delta, Deltas, MicroBatch, batch_rows
from streaming.sink.publisher import Race, RankingPublisher
from streaming.sink.redis_view import CurrentDay, RedisView
from streaming.source.lines import parse
from streaming.state.count import Count
from streaming.state.snapshot import Snapshot
from streaming.state.store import ChangedCounts, CountsStore

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)

BATCH_BYTES = 100

Value = TypeVar("Value")


class Place(NamedTuple):
    """The scope and key of a count."""

    day: date
    language: str
    key: str


def by_key(values: Iterable[tuple[Place, Value]]) -> dict[CountScope, dict[str, Value]]:
    """Values of places, nested as in the store."""
    found: dict[CountScope, dict[str, Value]] = {}
    for place, value in values:
        found.setdefault(CountScope(place.day, place.language), {})[place.key] = value
    return found


def by_place(values: Mapping[CountScope, Mapping[str, Value]]) -> dict[Place, Value]:
    """The inverse of ``by_key``."""
    return {Place(*scope, key): value for scope, keys in values.items() for key, value in keys.items()}


@dataclass(frozen=True)
class Row:
    """A delta with its place and moment."""

    place: Place
    at: datetime
    delta: Delta


def tag(key: str, posts: int, at: datetime = NOON, *, language: str = "*", spelling: str = "", authors: int = 0) -> Row:
    """Posts with a hashtag, by the first so many of all authors; only ``*`` has spellings."""
    spelled = spelling or key if language == "*" else ""
    return Row(Place(at.date(), language, key), at, (at.hour, None, spelled, posts, hashes(authors) or None))


def total(posts: int, at: datetime = NOON, language: str = "*") -> Row:
    """Posts with or without hashtags; only ``*`` has minutes."""
    minute = at.minute if language == "*" else None
    return Row(Place(at.date(), language, ""), at, (at.hour, minute, "", posts, None))


def hashes(authors: int) -> bytes:
    return b"".join(author.to_bytes(4) for author in range(authors))


def deltas(*rows: Row) -> Deltas:
    places: dict[Place, list[Delta]] = {}
    for row in rows:
        places.setdefault(row.place, []).append(row.delta)
    return by_key(places.items())


def batch(*rows: Row, start: int = 0, end: int | None = None) -> MicroBatch:
    clock = max((row.at for row in rows), default=None)
    return MicroBatch(start, start + BATCH_BYTES if end is None else end, clock, deltas(*rows))


def changed(*rows: Row) -> ChangedCounts:
    """The counts after these rows, in a store that was empty."""
    found: ChangedCounts = {}
    for row in rows:
        counts = found.setdefault(CountScope(row.place.day, row.place.language), {})
        counts.setdefault(row.place.key, Count()).add(*row.delta)
    return dict(sorted(found.items()))


def one_post(start: int, key: str = "tea", at: datetime = NOON) -> pa.Table:
    """The rows of a batch of one post, of 100 bytes."""
    line = encode_posts([Post("a:1", at, "en", [key], [key])])
    return batch_rows(parse(line), start, start + BATCH_BYTES)


class NoRace:
    """Records no race."""

    def record(self, changed: list[date], current: CurrentDay | None) -> None: ...

    def restore(self, days: list[date]) -> None: ...


class CountingProcess:
    """A store and its publisher, as the state writer has them. A new object is a new process."""

    def __init__(
        self, client: redis.Redis, path: Path, race: Race | None = None, view: RedisView | None = None
    ) -> None:
        self.path = path
        self.store = CountsStore(path)
        if self.store.position is None:
            self.store.begin(0, DAY)
        view = view or RedisView(client, "test", lambda: NOW)
        self.publisher = RankingPublisher(view, partial(Snapshot, path), race or NoRace())

    @property
    def rebuilds(self) -> int:
        return self.publisher.rebuilds

    def check_redis(self) -> None:
        """Do what the state writer does at a start, and while no posts come."""
        if self.publisher.must_rebuild(self.store.position):
            self.rebuild()

    def rebuild(self) -> None:
        self.store.flush()
        self.publisher.rebuild()

    def add(self, *rows: Row) -> tuple[MicroBatch, ChangedCounts]:
        """Count one more batch, and crash before Redis gets it."""
        added = batch(*rows, start=self.store.position.offset)
        changed = self.store.add(added)
        assert changed is not None
        return added, changed

    def write(self, *rows: Row) -> None:
        """Count one more batch."""
        if not self.publisher.write(*self.add(*rows), self.store.position.clock):
            self.rebuild()


def started(client: redis.Redis, path: Path, race: Race | None = None) -> CountingProcess:
    """Return a process that has just started."""
    process = CountingProcess(client, path, race)
    process.check_redis()
    return process
