"""How fast Kafka's source reads a topic on one core, against a bare consumer of the same client library."""

import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.harness import BenchmarkError
from benchmarks.results import Figure, Target, at_least
from collector.author_keys import derived_hash
from contract.kafka_log import KafkaTopic

NAME = "kafka"
POSTS, SHORT_POSTS = 400_000, 100_000

_SECONDS = 60.0
_PATIENCE_SECONDS = 200.0
_AT_ONCE = 1_000


def measure(short: bool) -> list[Figure]:
    """Return the figures of one post in a message, and of 50."""
    posts = SHORT_POSTS if short else POSTS
    with _kafka() as address:
        alone = _measure(KafkaTopic(address, "one"), posts, 1, "one in a message", at_least(50_000))
        return [*alone, *_measure(KafkaTopic(address, "many"), posts, 50, "50 in a message", None)]


@contextmanager
def _kafka() -> Iterator[str]:
    """Run a real Kafka; yield its address."""
    try:
        server: Any = import_module("tests.kafka.server")
    except ImportError as error:
        raise BenchmarkError(f"it needs the packages for tests and Kafka: {error}") from None
    with tempfile.TemporaryDirectory() as folder:
        try:
            kafka = server.KafkaServer(Path(folder))
            kafka.start()
        except server.ServerMissingError as error:
            raise BenchmarkError(str(error)) from None
        try:
            yield kafka.address
        finally:
            kafka.kill()


def _measure(topic: KafkaTopic, posts: int, in_message: int, how: str, target: Target | None) -> list[Figure]:
    """Return the rates in posts per second of this process's CPU time, the client library's threads included."""
    _fill(topic, posts, in_message)
    bare = _bare_rate(topic, posts, in_message)
    source = _source_rate(topic, posts)
    return [
        Figure(NAME, f"{how}: read by the source, on one core", source, "posts/s", target),
        Figure(NAME, f"{how}: read by a bare consumer, on one core", bare, "posts/s"),
        Figure(NAME, f"{how}: cost of a post, by that of the bare consumer", bare / source, "times"),
    ]


def _fill(topic: KafkaTopic, posts: int, in_message: int) -> None:
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

    admin = AdminClient(topic.settings())  # without a name it would end before its answer
    admin.create_topics([NewTopic(topic.name, 1, 1)])[topic.name].result(_SECONDS)
    producer = Producer(topic.settings(**{"compression.type": "lz4", "linger.ms": 20}))
    for first in range(0, posts, in_message):
        producer.produce(topic.name, b"\n".join(map(_line, range(first, first + in_message))))
        if first % 10_000 == 0:
            producer.flush(_SECONDS)
    if producer.flush(_SECONDS):
        raise BenchmarkError("Kafka did not accept the posts in time")


def _line(number: int) -> bytes:
    """Return a post in our own format: a fifth has hashtags."""
    post = {
        "id": f"made-up-{number}",
        "created_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "lang": ("en", "ja", "es", "iw", None)[number % 5],
        "hashtags": [f"Tag{number % 97}", "Grüße"] if number % 5 == 0 else [],
        "author": str(2_244_994_945 + number % 700),
    }
    return json.dumps(post, ensure_ascii=False).encode()


def _source_rate(topic: KafkaTopic, posts: int) -> float:
    from collector.sources.kafka.source import KafkaSource

    source = KafkaSource(topic, derived_hash(bytes(32)), timedelta(hours=1))
    stop = threading.Event()
    read = 0
    began, deadline = time.process_time(), time.monotonic() + _PATIENCE_SECONDS
    for batch in source.batches(None, stop):
        read += len(batch.posts)
        if read >= posts or time.monotonic() > deadline:
            stop.set()
    spent = time.process_time() - began
    if read != posts:
        raise BenchmarkError(f"the source read {read} of {posts} posts: {source.state.detail}")
    return posts / spent


def _bare_rate(topic: KafkaTopic, posts: int, in_message: int) -> float:
    from confluent_kafka import Consumer, TopicPartition

    messages, deadline = 0, time.monotonic() + _PATIENCE_SECONDS
    began = time.process_time()
    consumer = Consumer(topic.settings(**{"group.id": "bare", "isolation.level": "read_committed"}))
    consumer.assign([TopicPartition(topic.name, 0, 0)])
    while messages < posts // in_message and time.monotonic() < deadline:
        messages += sum(message.value() is not None for message in consumer.consume(_AT_ONCE, 0.1))
    consumer.close()
    spent = time.process_time() - began
    if messages != posts // in_message:
        raise BenchmarkError(f"the bare consumer read {messages} of {posts // in_message} messages")
    return posts / spent
