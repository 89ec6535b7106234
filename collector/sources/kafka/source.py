"""A topic of Kafka that other systems write posts to -> posts.

The ingest's thread reads the messages; another thread looks at the topic (:mod:`collector.sources.kafka.watch`). No
group of consumers is joined and no offset is stored in Kafka: the cursor has the places.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, KafkaException, Message, TopicPartition

from collector.sources import TICK_SECONDS, Cursor, PostBatch, SourceState
from collector.sources.fields import AuthorHash
from collector.sources.kafka.places import Places, moment_of
from collector.sources.kafka.watch import Timing, TopicWatch, state_of
from collector.sources.own_format import to_post
from contract.kafka_client import reason_of
from contract.kafka_log import KafkaTopic
from contract.kafka_reader import CONSUMING
from contract.post import MAX_LINE_BYTES, Post

_BATCH_MESSAGES = 1_000
_BEHIND_SECONDS = 60.0
_LOG_SECONDS = 60.0
_OUT_OF_RANGE = (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)

_SETTINGS = {**CONSUMING, "fetch.max.bytes": 8 * 2**20, "fetch.wait.max.ms": 100}

log = logging.getLogger(__name__)


class KafkaSource:
    """Reads all partitions of a topic."""

    name = "kafka"
    kind = "kafka"
    is_live = True
    repeats = False

    def __init__(
        self,
        topic: KafkaTopic,
        hash_author: AuthorHash,
        day_grace: timedelta,
        timing: Timing | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Read ``topic``. A first start begins with the messages of the day that is open with ``day_grace``."""
        self._topic = topic
        self._hash_author = hash_author
        self._now = now
        self._watch = TopicWatch(topic, day_grace, timing or Timing())
        self._places = Places(topic.name)
        self._looked = 0
        self._is_reading = self._is_out_of_range = False
        self._trouble: SourceState | None = None
        self._bad = _BadMessages()

    @property
    def state(self) -> SourceState:
        """The state of the connection, with how far the source is behind."""
        if state := self._watch.failure or self._trouble:
            return state
        look = self._watch.look
        if look is None or not self._is_reading:
            return SourceState("connecting", "connecting")
        detail = f"topic {self._topic.name}"
        since = self._places.behind_since(look)
        behind = (self._now() - since).total_seconds() if since else 0.0
        if behind > _BEHIND_SECONDS:
            detail = f"{detail}; {behind / 60:,.0f} min behind"
        return SourceState("connected", detail)

    def batches(self, cursor: Cursor, stop: threading.Event) -> Iterator[PostBatch]:
        """Yield the posts that others write. The cursor has the next place of each partition.

        Raises:
            Exception: the failure of the watching thread, which is a fault of ours: no broker can cause one.
        """
        self._places = Places.at(self._topic.name, cursor)
        threading.Thread(target=self._watch.run, args=(stop,), name="kafka topic", daemon=True).start()
        # Without error_cb, the library would print what the watch finds out and logs.
        consumer = Consumer(self._topic.settings(error_cb=lambda _: self._watch.ask(), **_SETTINGS))
        try:
            while not stop.is_set():
                yield self._batch(consumer, stop)
        finally:
            consumer.close()

    def _batch(self, consumer: Consumer, stop: threading.Event) -> PostBatch:
        """Return the posts that are there, or that come within a moment."""
        if self._watch.crash:
            raise self._watch.crash
        if self._watch.number != self._looked:
            self._on_look(consumer)
        posts: list[Post] = []
        dropped: Counter[str] = Counter()
        if self._is_reading:
            self._add(self._received(consumer), posts, dropped)
        else:
            stop.wait(TICK_SECONDS)
        gaps, self._places.gaps = self._places.gaps, []
        return PostBatch(posts, self._places.cursor, dropped, now=self._now(), gaps=gaps)

    def _on_look(self, consumer: Consumer) -> None:
        """Read new partitions, a topic that was made anew, and what is left after an error."""
        self._looked, look = self._watch.number, self._watch.look
        if look is None:
            return
        now = self._now()
        if not self._is_reading or self._is_out_of_range or self._trouble or self._places.needs(look):
            places = self._places.resume(look, now)
            consumer.assign([TopicPartition(self._topic.name, number, place) for number, place in places.items()])
            self._is_reading, self._is_out_of_range, self._trouble = True, False, None
        self._places.read_all(look, now)

    def _received(self, consumer: Consumer) -> Sequence[Message]:
        first = consumer.poll(TICK_SECONDS)
        return () if first is None else (first, *consumer.consume(_BATCH_MESSAGES, 0))

    def _add(self, messages: Sequence[Message], posts: list[Post], dropped: Counter[str]) -> None:
        """Add the posts of messages, and note their places."""
        latest: dict[int, Message] = {}
        for message in messages:
            error = message.error()
            if error is None:
                add_posts(message.value(), self._hash_author, posts, dropped)
            elif error.code() != KafkaError._PARTITION_EOF:
                self._on_error(error)
                continue
            latest[message.partition() or 0] = message
        now = self._now()
        for number, message in latest.items():
            is_message = message.error() is None
            kind, milliseconds = message.timestamp() if is_message else (TIMESTAMP_NOT_AVAILABLE, 0)
            moment = now if kind == TIMESTAMP_NOT_AVAILABLE else moment_of(milliseconds, now)
            # At the end of a partition, the place is that of the next message.
            self._places.read(number, (message.offset() or 0) + is_message, moment)
        if dropped:
            self._bad.note(dropped, latest)

    def _on_error(self, error: KafkaError) -> None:
        """Note why a partition cannot be read. The library tries again; the next look reads it anew."""
        self._is_out_of_range = self._is_out_of_range or error.code() in _OUT_OF_RANGE
        if error.code() not in _OUT_OF_RANGE:
            reason = f"{self._topic.name} cannot be read: {reason_of(KafkaException(error))}"
            if self._trouble is None:
                log.warning("Kafka at %s: %s", self._topic.brokers, reason)
            self._trouble = SourceState(state_of(error), reason)
        self._watch.ask()


def add_posts(value: bytes | None, hash_author: AuthorHash, posts: list[Post], dropped: Counter[str]) -> None:
    """Add the posts of a message: one, or one a line. ``dropped`` counts what is none, by reason."""
    if value is None:  # it deletes a key
        dropped["not_a_post"] += 1
        return
    lines = [value] if b"\n" not in value else [line for line in value.split(b"\n") if line.strip()]
    for line in lines or [b""]:
        if len(line) > MAX_LINE_BYTES:
            dropped["too_long"] += 1
        elif post := to_post(line, hash_author, dropped):
            posts.append(post)


class _BadMessages:
    """Logs at most once a minute how many messages had no post, and where the last of them was."""

    def __init__(self) -> None:
        self._dropped: Counter[str] = Counter()
        self._next_at = 0.0

    def note(self, dropped: Counter[str], latest: dict[int, Message]) -> None:
        """Note what a batch dropped, and the last message of each partition in it."""
        self._dropped.update({reason: dropped[reason] for reason in ("malformed", "too_long") if dropped[reason]})
        if self._dropped and monotonic() >= self._next_at:
            where = ", ".join(f"{number}:{message.offset()}" for number, message in sorted(latest.items())[:8])
            what = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in sorted(self._dropped.items()))
            log.warning("dropped what is no post (%s), at or before partition:place %s", what, where)
            self._dropped.clear()
            self._next_at = monotonic() + _LOG_SECONDS
