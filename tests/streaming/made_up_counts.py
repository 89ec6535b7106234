"""Counts that nobody counted: what a batch adds, told in a word, and a store with the sink that keeps Redis up."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import redis

from streaming.batch import Addition, Batch, Place
from streaming.count import Count
from streaming.counts_snapshot import Snapshot
from streaming.counts_store import Changed, CountsStore
from streaming.rankings import RankingSink
from streaming.redis_view import RedisView, Shown

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)

BATCH_BYTES = 100


@dataclass(frozen=True)
class Row:
    """Posts at a place and a moment."""

    place: Place
    at: datetime
    addition: Addition


def tag(key: str, posts: int, at: datetime = NOON, *, language: str = "*", spelling: str = "", authors: int = 0) -> Row:
    """Posts with a hashtag, by the first so many of all authors; in ``*`` they tell its spelling."""
    told = spelling or key if language == "*" else ""
    return Row(Place(at.date(), language, key), at, Addition(at.hour, None, told, posts, hashes(authors) or None))


def total(posts: int, at: datetime = NOON, language: str = "*") -> Row:
    """Posts, tagged or not; in ``*`` of the minute."""
    minute = at.minute if language == "*" else None
    return Row(Place(at.date(), language, ""), at, Addition(at.hour, minute, "", posts, None))


def hashes(authors: int) -> bytes:
    return b"".join(author.to_bytes(4) for author in range(authors))


def batch(*rows: Row, start: int = 0, end: int | None = None) -> Batch:
    places: defaultdict[Place, list[Addition]] = defaultdict(list)
    for row in rows:
        places[row.place].append(row.addition)
    clock = max((row.at for row in rows), default=None)
    return Batch(start, start + BATCH_BYTES if end is None else end, clock, dict(places))


def changed(*rows: Row) -> dict[Place, Changed]:
    """What rows make of a store that is empty."""
    counts: defaultdict[Place, Changed] = defaultdict(lambda: Changed(Count(), set()))
    for row in rows:
        counts[row.place].count.add(*row.addition)
        counts[row.place].hours.add(row.addition.hour)
    return dict(sorted(counts.items()))


class Counted:
    """A store and the sink that keeps Redis up with it, as streaming.applier has them: a new one, a new process."""

    def __init__(
        self,
        client: redis.Redis,
        path: Path,
        record_race: Callable[[list[date], Shown | None], None] = lambda days, shown: None,
    ) -> None:
        self.path = path
        self.store = CountsStore(path)
        if self.store.position is None:
            self.store.begin(0, DAY)
        self.sink = RankingSink(RedisView(client, "test"), partial(Snapshot, path), lambda: NOW, record_race)

    @property
    def rebuilds(self) -> int:
        return self.sink.rebuilds

    def look(self) -> None:
        """Do what is done at a start, and while no posts come."""
        if self.sink.is_lost(self.store.position):
            self.fill()

    def fill(self) -> None:
        self.store.keep()
        self.sink.fill()

    def add(self, *rows: Row) -> dict[Place, Changed]:
        """Count one more batch, and die before Redis hears of it."""
        changed = self.store.add(batch(*rows, start=self.store.position.offset))
        assert changed is not None
        return changed

    def write(self, *rows: Row) -> None:
        """Count one more batch."""
        before = self.store.position
        changed = self.add(*rows)
        if not self.sink.write(changed, before, self.store.position):
            self.fill()


def started(client: redis.Redis, path: Path, **with_: Callable[[list[date], Shown | None], None]) -> Counted:
    """Return what counts in a process that has just begun."""
    counted = Counted(client, path, **with_)
    counted.look()
    return counted
