"""A topic of a real Kafka as other systems use it: made, written to, deleted."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic, sleep

from confluent_kafka import KafkaError, Message, Producer
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from contract.kafka_log import KafkaTopic

SECONDS = 60.0


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
    _wait_for_partitions(admin, topic, partitions)


def remove(topic: KafkaTopic) -> None:
    """Delete a topic, and wait until it is gone."""
    admin = AdminClient(topic.settings())
    admin.delete_topics([topic.name])[topic.name].result(SECONDS)
    _wait_for_partitions(admin, topic, 0)


def add_partitions(topic: KafkaTopic, total: int) -> None:
    """Give a topic more partitions, and wait until they can be used."""
    admin = AdminClient(topic.settings())
    admin.create_partitions([NewPartitions(topic.name, total)])[topic.name].result(SECONDS)
    _wait_for_partitions(admin, topic, total)


def _wait_for_partitions(admin: AdminClient, topic: KafkaTopic, number: int) -> None:
    """Wait until the broker knows that a topic has so many partitions. Its controller answered before."""
    deadline = monotonic() + SECONDS
    while _led_partitions(admin, topic) != number:
        assert monotonic() < deadline, topic.name
        sleep(0.05)


def _led_partitions(admin: AdminClient, topic: KafkaTopic) -> int:
    found = admin.list_topics(timeout=SECONDS).topics.get(topic.name)  # all, since to ask for one would make it
    return sum(partition.leader >= 0 for partition in found.partitions.values()) if found else 0


def write(topic: KafkaTopic, values: Sequence[bytes | None], partition: int = 0, **settings: object) -> None:
    """Write messages, and wait until the brokers have them."""
    producer = Producer(topic.settings(**{name.replace("_", "."): value for name, value in settings.items()}))
    refused: list[KafkaError] = []

    def note(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            refused.append(error)

    for value in values:
        producer.produce(topic.name, value, b"a key", partition, note, headers=[("a", b"header")])
    assert (producer.flush(SECONDS), refused) == (0, [])


@contextmanager
def transaction(topic: KafkaTopic, name: str) -> Iterator[Producer]:
    """Begin a transaction. The caller ends it."""
    producer = Producer(topic.settings(**{"transactional.id": name}))
    producer.init_transactions(SECONDS)
    producer.begin_transaction()
    yield producer
