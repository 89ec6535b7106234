"""A topic of a real Kafka as other systems use it: made, written to, deleted."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from contract.kafka_log import KafkaTopic

SECONDS = 20.0


def line(number: int, **changes: object) -> bytes:
    """A post in our own format."""
    values = {"id": f"p{number}", "created_at": datetime.now(UTC).isoformat(), "lang": "en", "hashtags": ["Tea"]}
    return json.dumps(values | changes).encode()


def make(topic: KafkaTopic, partitions: int = 2, **config: str) -> None:
    """Make a topic, and wait until it can be used."""
    settings = {name.replace("_", "."): value for name, value in config.items()}
    admin = AdminClient(topic.settings())  # without a name it would end before its answer
    made = admin.create_topics([NewTopic(topic.name, partitions, 1, config=settings)])
    made[topic.name].result(SECONDS)


def remove(topic: KafkaTopic) -> None:
    """Delete a topic."""
    admin = AdminClient(topic.settings())
    admin.delete_topics([topic.name])[topic.name].result(SECONDS)


def add_partitions(topic: KafkaTopic, total: int) -> None:
    """Give a topic more partitions."""
    admin = AdminClient(topic.settings())
    admin.create_partitions([NewPartitions(topic.name, total)])[topic.name].result(SECONDS)


def write(topic: KafkaTopic, values: Sequence[bytes | None], partition: int = 0, **settings: object) -> None:
    """Write messages, and wait until the brokers have them."""
    producer = Producer(topic.settings(**{name.replace("_", "."): value for name, value in settings.items()}))
    for value in values:
        producer.produce(topic.name, value, b"a key", partition, headers=[("a", b"header")])
    assert producer.flush(SECONDS) == 0


@contextmanager
def transaction(topic: KafkaTopic, name: str) -> Iterator[Producer]:
    """Begin a transaction. The caller ends it."""
    producer = Producer(topic.settings(**{"transactional.id": name}))
    producer.init_transactions(SECONDS)
    producer.begin_transaction()
    yield producer
