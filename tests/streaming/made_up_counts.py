"""Counts that nobody counted: what a batch adds, told in a word, and a store with the sink that keeps Redis up."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

import redis

from streaming.batch import Addition, Batch, DayLanguage
from streaming.count import Count
from streaming.counts_snapshot import Snapshot
from streaming.counts_store import Changed, CountsStore
from streaming.rankings import RankingSink
from streaming.redis_view import RedisView, Shown

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)

BATCH_BYTES = 100

Told = TypeVar("Told")


class Place(NamedTuple):
    """Where something is counted."""

    day: date
    language: str
    key: str


def by_key(told: Iterable[tuple[Place, Told]]) -> dict[DayLanguage, dict[str, Told]]:
    """What is told of places, as the store has it."""
    found: dict[DayLanguage, dict[str, Told]] = {}
    for place, of_place in told:
        found.setdefault(DayLanguage(place.day, place.language), {})[place.key] = of_place
    return found


def by_place(told: Mapping[DayLanguage, Mapping[str, Told]]) -> dict[Place, Told]:
    """The same the other way round."""
    return {Place(*at, key): of_key for at, keys in told.items() for key, of_key in keys.items()}


@dataclass(frozen=True)
class Row:
    """Posts at a place and a moment."""

    place: Place
    at: datetime
    addition: Addition


def tag(key: str, posts: int, at: datetime = NOON, *, language: str = "*", spelling: str = "", authors: int = 0) -> Row:
    """Posts with a hashtag, by the first so many of all authors; in ``*`` they tell its spelling."""
    told = spelling or key if language == "*" else ""
    return Row(Place(at.date(), language, key), at, (at.hour, None, told, posts, hashes(authors) or None))


def total(posts: int, at: datetime = NOON, language: str = "*") -> Row:
    """Posts, tagged or not; in ``*`` of the minute."""
    minute = at.minute if language == "*" else None
    return Row(Place(at.date(), language, ""), at, (at.hour, minute, "", posts, None))


def hashes(authors: int) -> bytes:
    return b"".join(author.to_bytes(4) for author in range(authors))


def batch(*rows: Row, start: int = 0, end: int | None = None) -> Batch:
    places: dict[Place, list[Addition]] = {}
    for row in rows:
        places.setdefault(row.place, []).append(row.addition)
    clock = max((row.at for row in rows), default=None)
    return Batch(start, start + BATCH_BYTES if end is None else end, clock, by_key(places.items()))


def changed(*rows: Row) -> dict[DayLanguage, Changed]:
    """What rows make of a store that is empty."""
    found: dict[DayLanguage, Changed] = {}
    for row in rows:
        of_language = found.setdefault(DayLanguage(row.place.day, row.place.language), Changed({}, set()))
        of_language.counts.setdefault(row.place.key, Count()).add(*row.addition)
        of_language.hours.add(row.addition[0])
    return dict(sorted(found.items()))


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

    def add(self, *rows: Row) -> dict[DayLanguage, Changed]:
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
