"""Reads a log in Kafka (contract.kafka_log). Only committed transactions are read.

Import this only if a log is in Kafka: otherwise the client library is not installed.
"""

from collections.abc import Iterator, Sequence
from time import monotonic

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from contract.kafka_client import Faults, connected
from contract.kafka_log import Chunk, KafkaTopic, PlaceRange

PATIENCE_SECONDS = 60.0
"""How long a reader waits for the next message before it gives up."""

_LOOK_SECONDS = 0.5
_MESSAGES_AT_ONCE = 500
_OFFSET = "offset"

CONSUMING = {
    "group.id": "trendsite",  # the library wants one, but nothing joins it
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "isolation.level": "read_committed",
    # A place that the topic does not have is an error, not a reason to read elsewhere.
    "auto.offset.reset": "error",
    "queued.max.messages.kbytes": 16_384,
}
"""Settings of every consumer: it reads committed messages, from where it is told, and stores no offset in Kafka."""


class KafkaReadError(RuntimeError):
    """Kafka cannot be read. The message is one line."""


class PlacesDeletedError(KafkaReadError):
    """Retention has deleted a place where reading was to begin."""


def chunk_headers(start: int) -> list[tuple[str, str | bytes | None]]:
    """Return the headers of the message of a chunk that begins at offset ``start``."""
    return [(_OFFSET, str(start).encode())]


def chunk_of(message: Message) -> Chunk:
    """Return the chunk in a message.

    Raises:
        KafkaReadError: the message is not a chunk.
    """
    try:
        start = int(dict(message.headers() or ())[_OFFSET] or b"")
    except (KeyError, ValueError):
        where = f"message {message.offset()} in partition {message.partition()} of {message.topic()}"
        raise KafkaReadError(f"{where} is no chunk of posts: only collectors may write to this topic") from None
    return Chunk(message.partition() or 0, message.offset() or 0, start, message.value() or b"")


class TopicReader:
    """Reads the messages of one key in one topic. For one thread."""

    def __init__(self, log: KafkaTopic, topic: str, key: str, patience: float = PATIENCE_SECONDS) -> None:
        """Read ``topic`` from the brokers of ``log``. Connect with the first question."""
        self._log = log
        self._topic = topic
        self._key = key.encode()
        self._patience = patience
        # The library sends one request at a time: one that waits for more delays the next range.
        settings = {**CONSUMING, "fetch.wait.max.ms": 5}
        self._faults = Faults()
        self._consumer = Consumer(log.settings(error_cb=self._faults.note, **settings))

    def close(self) -> None:
        """Close the connections."""
        self._consumer.close()

    def bounds(self) -> list[PlaceRange]:
        """Return the places that each partition has, those of transactions that are not decided included.

        Raises:
            KafkaReadError: no answer, or there is no such topic.
        """
        try:
            admin = connected(self._log, self._patience)
            found = self._consumer.list_topics(self._topic, self._patience).topics[self._topic]
            if found.error is not None:
                raise KafkaReadError(f"{self._topic} cannot be read: {found.error.str()}")
            partitions = sorted(found.partitions)
            lows = self._places(admin, partitions, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
            highs = self._places(admin, partitions, OffsetSpec.latest())  # type: ignore[no-untyped-call]
        except KafkaException as error:
            raise self._error(error) from error
        return [PlaceRange(*of) for of in zip(partitions, lows, highs, strict=True)]

    def _places(self, admin: AdminClient, partitions: Sequence[int], of: OffsetSpec) -> list[int]:
        wanted = {TopicPartition(self._topic, partition): of for partition in partitions}
        # A reader of committed messages gets the place before the first transaction that is not decided, also if
        # committed messages of our key lie behind it.
        found = admin.list_offsets(
            wanted, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=self._patience
        )
        return [int(found[partition].result().offset) for partition in wanted]

    def read(self, ranges: Sequence[PlaceRange]) -> Iterator[Message]:
        """Yield the messages of our key in some ranges, those of each partition in order.

        Raises:
            PlacesDeletedError: retention has deleted the beginning of a range.
            KafkaReadError: no answer.
        """
        highs = {of.partition: of.high for of in ranges if of.low < of.high}
        try:
            self._consumer.assign(
                [TopicPartition(self._topic, of.partition, of.low) for of in ranges if of.low < of.high]
            )
            while highs:
                message = self._next()
                partition, place = message.partition() or 0, message.offset() or 0
                if partition not in highs:
                    continue
                is_message = message.error() is None
                if is_message and place < highs[partition] and message.key() == self._key:
                    yield message
                # At the end of a partition, the place is that of the next message.
                if place + is_message >= highs[partition]:
                    del highs[partition]
        except KafkaException as error:
            raise self._error(error) from error
        finally:
            # Otherwise the library would read on.
            self._consumer.unassign()

    def _next(self) -> Message:
        """Return the next message, or the notice that a partition has ended."""
        deadline = monotonic() + self._patience
        while (message := self._consumer.poll(_LOOK_SECONDS)) is None:
            if self._faults.refusal or monotonic() > deadline:
                silence = KafkaError(KafkaError._TIMED_OUT, f"no message in {self._patience:.0f} s")
                raise self._error(KafkaException(silence))
        error = message.error()
        if error is not None and error.code() == KafkaError._AUTO_OFFSET_RESET:
            raise PlacesDeletedError(f"{self._topic} cannot be read: {error.str()}")
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            raise self._error(KafkaException(error))
        return message

    def _error(self, error: KafkaException) -> KafkaReadError:
        return KafkaReadError(f"{self._topic} cannot be read: {self._faults.explained(error)}")


class ChunkReader:
    """Reads the chunks of one stream. For one thread."""

    def __init__(self, log: KafkaTopic, source: str, patience: float = PATIENCE_SECONDS) -> None:
        """Read the stream of ``source``."""
        self._messages = TopicReader(log, log.name, source, patience)

    def close(self) -> None:
        """Close the connections."""
        self._messages.close()

    def bounds(self) -> list[PlaceRange]:
        """Return the places that each partition has."""
        return self._messages.bounds()

    def read(self, ranges: Sequence[PlaceRange]) -> Iterator[Chunk]:
        """Yield the chunks in some ranges, those of each partition in order.

        Raises:
            PlacesDeletedError: retention has deleted the beginning of a range.
            KafkaReadError: no answer, or something else is in the topic.
        """
        return map(chunk_of, self._messages.read(ranges))

    def first(self, places: PlaceRange) -> Chunk | None:
        """Return the first chunk in a range."""
        return next(self.read([places]), None)

    def places_at(self, offset: int, ranges: Sequence[PlaceRange]) -> dict[int, int]:
        """Return a place for each partition: chunks before it begin below ``offset``, those after it do not."""
        return {of.partition: self._place_at(offset, of) for of in ranges}

    def boundary(self, offset: int, ranges: Sequence[PlaceRange]) -> tuple[int | None, dict[int, int]]:
        """Return where the first chunk at or after ``offset`` begins, and the place of each partition there.

        None if no chunk of the ranges begins there.
        """
        places = self.places_at(offset, ranges)
        following = [self.first(PlaceRange(of.partition, places[of.partition], of.high)) for of in ranges]
        return min((chunk.start for chunk in following if chunk is not None), default=None), places

    def _place_at(self, offset: int, places: PlaceRange) -> int:
        partition, low, high = places
        while low < high:
            middle = (low + high) // 2
            chunk = self.first(PlaceRange(partition, middle, high))
            if chunk is None or chunk.start >= offset:
                high = middle
            else:
                low = chunk.place + 1
        return low
