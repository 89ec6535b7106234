"""Where a stream of Kafka stands: the next place of each partition, and what is missing. Pure.

The places are the cursor, so they are committed with the posts. Kafka does not know them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from collector.sources import Cursor
from contract.gap import Gap

DELETED = "Kafka deleted messages before they were read"
MADE_ANEW = "the topic was made anew"
SHORTENED = "the topic lost messages"


class Bounds(NamedTuple):
    """The messages that a partition has are in places [``low``, ``high``); a first start begins at ``begin``."""

    low: int
    high: int
    begin: int


@dataclass(frozen=True)
class TopicLook:
    """A topic at one moment. A topic that is made anew has another ``id``; it is empty if the brokers give none."""

    id: str
    partitions: Mapping[int, Bounds]


class _Cursor(msgspec.Struct):
    """The cursor: the next place of each partition, and until when everything of it is read."""

    topic: str
    id: str
    places: dict[str, tuple[int, datetime]] = msgspec.field(default_factory=dict)


@dataclass
class _Partition:
    """``until`` is when the partition was last read to its end, or the time of the last message read."""

    place: int
    until: datetime
    lacks_messages: bool = False


@dataclass
class Places:
    """The places of one topic."""

    topic: str
    id: str | None = None
    gaps: list[Gap] = field(default_factory=list)
    """Gaps that were found since the caller last took them."""

    _partitions: dict[int, _Partition] = field(default_factory=dict)
    _reading: frozenset[int] = frozenset()

    @classmethod
    def at(cls, topic: str, cursor: Cursor) -> "Places":
        """Return the places at a cursor. That of another topic is none."""
        try:
            known = msgspec.convert(cursor, _Cursor)
            partitions = {int(number): _Partition(*of) for number, of in known.places.items()}
        except (msgspec.ValidationError, ValueError):
            return cls(topic)
        return cls(topic, known.id, _partitions=partitions) if known.topic == topic else cls(topic)

    @property
    def cursor(self) -> Cursor:
        """The cursor to commit; None before the topic was seen."""
        if self.id is None:
            return None
        places = {str(number): [of.place, of.until.isoformat()] for number, of in sorted(self._partitions.items())}
        return {"topic": self.topic, "id": self.id, "places": places}

    def needs(self, look: TopicLook) -> bool:
        """Return whether a look shows partitions, or a topic, that are not read yet."""
        return look.id != self.id or look.partitions.keys() != self._reading

    def resume(self, look: TopicLook, now: datetime) -> dict[int, int]:
        """Return the place to read each partition from."""
        if self.id and look.id and look.id != self.id:
            self.gaps.append(Gap(min((of.until for of in self._partitions.values()), default=now), now, MADE_ANEW))
            self._partitions = {number: _Partition(of.low, now) for number, of in look.partitions.items()}
        is_first = self.id is None
        self.id, self._reading = look.id, frozenset(look.partitions)
        return {number: self._resumed(number, of, now, is_first) for number, of in look.partitions.items()}

    def _resumed(self, number: int, bounds: Bounds, now: datetime, is_first: bool) -> int:
        partition = self._partitions.get(number)
        if partition is None:
            partition = self._partitions[number] = _Partition(bounds.begin if is_first else bounds.low, now)
        elif partition.place > bounds.high:
            self.gaps.append(Gap(partition.until, now, SHORTENED))
            partition.place, partition.until = bounds.high, now
        # The cursor stays until the first message says when the gap ends: a crash before finds it again.
        partition.lacks_messages = partition.place < bounds.low
        return max(partition.place, bounds.low)

    def read(self, number: int, place: int, moment: datetime) -> None:
        """Note that the messages of a partition before ``place`` are read, the last one of ``moment``."""
        partition = self._partitions[number]
        if partition.lacks_messages:
            self.gaps.append(Gap(partition.until, max(partition.until, moment), DELETED))
            partition.lacks_messages = False
        partition.place, partition.until = place, max(partition.until, moment)

    def read_all(self, look: TopicLook, now: datetime) -> None:
        """Note which partitions are read to their end at a look: nothing of them is missing until now."""
        for number, bounds in look.partitions.items():
            partition = self._partitions.get(number)
            if partition is not None and partition.place >= bounds.high:
                partition.until = max(partition.until, now)

    def behind_since(self, look: TopicLook) -> datetime | None:
        """Return until when everything is read; None if nothing waits. Another thread may ask."""
        highs = {number: bounds.high for number, bounds in look.partitions.items()}
        waiting = (of.until for number, of in list(self._partitions.items()) if of.place < highs.get(number, 0))
        return min(waiting, default=None)


def moment_of(milliseconds: int, now: datetime) -> datetime:
    """Return the time of a message, in UTC, as its producer or broker set it; never after ``now``."""
    if not 0 <= milliseconds <= now.timestamp() * 1_000:
        return now
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)
