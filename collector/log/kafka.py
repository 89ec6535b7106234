"""The log in Kafka: posts, cursor, clock and day spans become durable in one transaction.

The chunks of posts go to the partitions of the topic, the state of the stream to the topic of commits. A stream has one
writer: ``init_transactions`` ends an open transaction of an earlier one and fences it. What a failed commit left behind
is never guessed: the next attempt connects anew, which decides the open transaction, and reads the last commit.

One thread appends and commits. Another asks for the status and releases. State that both use is replaced as a whole.
"""

import logging
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from time import monotonic

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from msgspec.structs import replace

from collector.log import Commit, LogCorruptionError, LogInUseError, OffsetError
from collector.log.draft import Draft, Releases, stream_status
from collector.log.kafka_tail import Beginning, read_tail
from collector.log.kafka_topics import (
    ANSWER_SECONDS,
    StreamRecord,
    encode_record,
    prepare_topics,
    read_last_record,
    unavailable,
)
from collector.sources import Cursor
from contract.gap import Gap
from contract.kafka_client import reason_of
from contract.kafka_log import Chunk, KafkaTopic, new_stream_id
from contract.kafka_reader import KafkaReadError, chunk_headers
from contract.post import Post
from contract.socket_protocol import StreamStatus

CHUNK_BYTES = 64 * 1024
"""About 250 posts: a message of one post would cost more than twice as much for each post."""

TRANSACTION_SECONDS = 15.0
"""When Kafka aborts the transaction of a collector that died. Readers of other streams wait for it as long."""

TAKEOVER_SECONDS = 15.0
"""How long a fenced collector waits for the first commit of its successor, before it believes that there is none.

Kafka also fences a collector that stood still in the middle of a transaction.
"""

_FIRST_OFFSET_SECONDS = 60.0
_QUEUE_KILOBYTES = 64 * 1024

log = logging.getLogger(__name__)


class KafkaLog:
    """The stream of one source, in a topic."""

    def __init__(self, topic: KafkaTopic, source: str, day_grace: timedelta) -> None:
        """Open the log, and fence the collector that wrote it before.

        Raises:
            SettingError: the topic would lose posts.
            LogInUseError: another collector took it over meanwhile.
            OSError: Kafka cannot be reached.
        """
        self.source = source
        self._topic = topic
        self._writer = secrets.token_hex(8)
        prepare_topics(topic, day_grace)
        self._producer: Producer | None = self._fence()
        last = read_last_record(topic, source) or StreamRecord("", 0, new_stream_id())
        self._tail: list[Chunk] = []
        self._record = last
        self._attempt: StreamRecord | None = None
        self._releases = Releases(last.commit.released)
        self._draft = Draft(last.commit)
        self._next_partition = last.serial
        self._beginning = Beginning(topic, source)
        self._looks_again_at = self._reconnects_at = 0.0
        # From here on an earlier collector finds out that it is replaced.
        self._attempt_commit(b"", last.commit)

    def close(self) -> None:
        """Close the connections. Uncommitted posts are lost."""
        self._discard_producer()

    @property
    def committed(self) -> Commit:
        """The stream's state at its last commit."""
        return self._record.commit

    @property
    def pending_bytes(self) -> int:
        """The number of bytes that wait for the next commit."""
        return self._draft.size

    @property
    def disk_bytes(self) -> int:
        """The number of bytes that the topic has of this stream, before compression."""
        return self._record.commit.end - self.first_offset

    @property
    def first_offset(self) -> int:
        """The offset from which on the topic has every byte, as of the last minute."""
        return self._beginning.first_offset

    def append(self, posts: Sequence[Post], dropped: Mapping[str, int], gaps: Sequence[Gap] = ()) -> None:
        """Add posts, counts of dropped ones, and gaps to the next commit."""
        if self._attempt is not None:
            raise RuntimeError("a failed commit must be repeated before more is appended")
        self._draft.append(posts, dropped, gaps)

    def commit(self, cursor: Cursor, skip: int, clock: datetime | None, open_from: date) -> None:
        """Make everything appended durable, together with the place to resume from. Close days before ``open_from``.

        Do nothing if nothing is new.

        Raises:
            OSError: Kafka does not accept it now. Call again with the same arguments.
            LogInUseError: another collector has replaced this one.
        """
        data, commit = self._draft.commit_of(cursor, skip, clock, open_from, self._releases)
        if self._attempt is not None or commit != replace(self.committed, crc=commit.crc):
            self._attempt_commit(data, commit)
            self._tail = []
            self._draft = Draft(self.committed)

    def release(self, offset: int, done: Collection[date] = ()) -> None:
        """Note that the reader needs nothing below ``offset`` and has recorded the closed days ``done``.

        Raises:
            OffsetError: the offset is beyond the stream's end.
        """
        self._releases.note(self.committed, offset, done)

    def status(self) -> StreamStatus:
        """Return where the stream stands."""
        record = self._record
        status = stream_status(self.source, self.first_offset, record.commit, self._releases, record.stream_id)
        status.places = record.places
        return status

    def lines_between(self, start: int, end: int) -> tuple[int, int]:  # noqa: ARG002 - the interface's signature
        """Refuse: posts are read from Kafka, not from the collector."""
        raise OffsetError(f"the posts of this stream are in Kafka, topic {self._topic.name}: set LOG_URL")

    def tail_start(self, lines: int) -> int:
        """Return an offset with at least ``lines`` lines after it; the first line's, if there are fewer.

        Raises:
            OSError: Kafka cannot be read.
        """
        try:
            self._tail = read_tail(self._topic, self.source, self._record.places, self.first_offset, lines)
        except KafkaReadError as error:
            raise unavailable(self._topic, str(error)) from error
        return self._tail[0].start if self._tail else self.committed.end

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Return the bytes of [start, end) in chunks, after ``tail_start`` returned ``start``. A commit ends this."""
        return (chunk.lines for chunk in self._tail if start <= chunk.start < end)

    def damage_at(self, offset: int, what: str) -> LogCorruptionError:
        """Return the error for damage at ``offset``; ``what`` completes "The file ..."."""
        return LogCorruptionError(
            f"the topic {self._topic.name} {what} (offset {offset}): set LOG_URL to a topic of another name, and "
            f"{self.source} begins anew"
        )

    def _attempt_commit(self, data: bytes, commit: Commit) -> None:
        """Commit ``data`` and the state after it, unless an attempt before this one did.

        Raises:
            OSError, LogInUseError: as commit.
        """
        try:
            if self._producer is None and self._connect_again():
                return
            producer = self._producer
            if producer is None:
                raise unavailable(self._topic, "no connection")
            last = self._record
            self._attempt = replace(last, writer=self._writer, serial=last.serial + 1, commit=commit)
            producer.begin_transaction()
            self._attempt = replace(self._attempt, places=last.places | self._send(producer, data))
            producer.produce(self._topic.commits, encode_record(self._attempt), self.source, 0)
            producer.commit_transaction(ANSWER_SECONDS)
        except KafkaException as error:
            self._discard_producer()
            if error.args[0].fatal():
                self._reconnects_at = monotonic() + TAKEOVER_SECONDS
            raise unavailable(self._topic, reason_of(error)) from error
        self._record, self._attempt = self._attempt, None
        if monotonic() > self._looks_again_at:
            self._look_at_topic()

    def _send(self, producer: Producer, data: bytes) -> dict[int, int]:
        """Send chunks to the partitions in turn. Return the place after the last one in each of these partitions.

        Raises:
            KafkaException: a chunk was not accepted.
        """
        places: dict[int, int] = {}

        def note(error: KafkaError | None, message: Message) -> None:
            if error is None:
                partition = message.partition() or 0
                places[partition] = max(places.get(partition, 0), (message.offset() or 0) + 1)

        start = self.committed.end
        sent, partitions = set(), self._beginning.partitions
        for lines in cut_lines(data, CHUNK_BYTES):
            partition = partitions[self._next_partition % len(partitions)]
            self._next_partition += 1
            producer.produce(self._topic.name, lines, self.source, partition, note, headers=chunk_headers(start))
            sent.add(partition)
            start += len(lines)
        if producer.flush(ANSWER_SECONDS) or sent != set(places):
            raise KafkaException(KafkaError(KafkaError._MSG_TIMED_OUT, "posts were not accepted in time"))
        return places

    def _connect_again(self) -> bool:
        """Connect after a failure. Return whether the attempt that failed was committed all the same.

        Raises:
            LogInUseError: another collector has committed since.
            KafkaException, OSError: Kafka cannot be reached.
        """
        # First, so that a collector that was replaced does not fence its successor.
        self._own(read_last_record(self._topic, self.source))
        if monotonic() < self._reconnects_at:
            raise unavailable(self._topic, "another collector may have taken over")
        self._producer = self._fence()
        last = self._own(read_last_record(self._topic, self.source))
        was_committed = last is not None and self._attempt is not None and last.serial == self._attempt.serial
        if was_committed and last is not None:
            self._record = last
        self._attempt = None
        return was_committed

    def _own(self, record: StreamRecord | None) -> StreamRecord | None:
        """Return the last record if this process wrote it, or continues what it found at its start."""
        if record is not None and record.writer not in (self._writer, self._record.writer):
            raise LogInUseError(
                f"another collector writes {self.source} to the topic {self._topic.name}: stop one of them"
            )
        return record

    def _fence(self) -> Producer:
        """Return a producer, after the transaction of an earlier one is decided.

        Raises:
            OSError: Kafka cannot be reached.
        """
        milliseconds = round(TRANSACTION_SECONDS * 1000)
        producer = Producer(
            self._topic.settings(
                **{
                    "transactional.id": f"{self._topic.name}.{self.source}",
                    "transaction.timeout.ms": milliseconds,
                    "delivery.timeout.ms": milliseconds,
                    "compression.type": "lz4",
                    "linger.ms": 0,
                    "queue.buffering.max.kbytes": _QUEUE_KILOBYTES,
                }
            )
        )
        try:
            producer.init_transactions(ANSWER_SECONDS)
        except KafkaException as error:
            raise unavailable(self._topic, reason_of(error)) from error
        return producer

    def _discard_producer(self) -> None:
        """Forget a connection with what it still wants to send. Its transaction is decided by the next one."""
        if self._producer is not None:
            self._producer.purge()
            self._producer.flush(0)
            self._producer = None

    def _look_at_topic(self) -> None:
        """Note the partitions and what retention has left."""
        self._looks_again_at = monotonic() + _FIRST_OFFSET_SECONDS
        try:
            self._beginning.look(self.committed.end)
        except KafkaReadError as error:
            if not self._beginning.partitions:
                raise unavailable(self._topic, str(error)) from error


def cut_lines(data: bytes, size: int) -> Iterator[bytes]:
    """Yield whole lines: as many as fit into ``size`` bytes, and at least one."""
    start = 0
    while start < len(data):
        end = data.rfind(b"\n", start, start + size) + 1 or data.index(b"\n", start) + 1
        yield data[start:end]
        start = end
