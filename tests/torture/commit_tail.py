"""The commits in Kafka as they come: how many posts are in the stream, who wrote them, and what may be deleted."""

import contextlib
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from collector.log.kafka_topics import StreamRecord
from contract.kafka_log import KafkaTopic

_POLL_SECONDS = 0.5


class CommitTail:
    """Reads the topic of commits in its own thread, and again from its beginning after an error."""

    def __init__(self, topic: KafkaTopic) -> None:
        """Prepare to read the commits of ``topic``, which may be created later."""
        self._topic = topic
        self._records: dict[str, list[StreamRecord]] = defaultdict(list)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Start reading."""
        self._thread.start()

    def stop(self) -> None:
        """Stop reading."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def posts(self, source: str) -> int:
        """Return the posts in a stream."""
        records = self._records.get(source)
        return records[-1].commit.counts.posts if records else 0

    def writer(self, source: str) -> str:
        """Return the process that wrote the last commit of a stream, empty before the first."""
        records = self._records.get(source)
        return records[-1].writer if records else ""

    def deletable(self, kept_posts: int) -> dict[int, int]:
        """Return the place of each partition before which all posts are counted, and not of the last of a stream."""
        return deletable(self._records, kept_posts)

    def _run(self) -> None:
        while not self._stop.wait(_POLL_SECONDS):
            settings = {"group.id": "torture", "isolation.level": "read_committed", "enable.auto.commit": False}
            consumer = Consumer(self._topic.settings(**settings))
            consumer.assign([TopicPartition(self._topic.commits, 0, OFFSET_BEGINNING)])
            with contextlib.closing(consumer):
                self._read(consumer)

    def _read(self, consumer: Consumer) -> None:
        while not self._stop.is_set():
            message = consumer.poll(_POLL_SECONDS)
            if message is None:
                continue
            if message.error() is not None:
                return
            self._note((message.key() or b"").decode(), msgspec.json.decode(message.value() or b"", type=StreamRecord))

    def _note(self, source: str, record: StreamRecord) -> None:
        records = self._records[source]
        if not records or record.serial > records[-1].serial:
            records.append(record)


def deletable(records: Mapping[str, Sequence[StreamRecord]], kept_posts: int) -> dict[int, int]:
    """Return the place of each partition before which all posts are released, but not the last of a stream.

    ``records`` are the commits of each stream in order. Its last ``kept_posts`` stay.
    """
    of_streams: list[dict[int, int]] = []
    for of_stream in records.values():
        last = of_stream[-1].commit
        old = [
            record.places
            for record in of_stream
            if record.commit.end <= last.released and record.commit.counts.posts <= last.counts.posts - kept_posts
        ]
        of_streams.append(old[-1] if old else {})
    partitions = set.intersection(*map(set, of_streams)) if of_streams else set()
    return {partition: min(places[partition] for places in of_streams) for partition in sorted(partitions)}
