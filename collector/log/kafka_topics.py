"""The two topics of a log in Kafka: created if missing, checked at each start, and the last commit in them.

The posts lie in the topic that LOG_URL names, and must stay until their day is counted and closed. The state of each
stream lies in a second topic: one message for each commit, of which Kafka keeps at least the last of each source.
"""

import errno
import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import msgspec
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType  # type: ignore[attr-defined]

from collector.log import Commit
from contract.environment import SettingError
from contract.kafka_client import connected, reason_of
from contract.kafka_log import KafkaTopic, PlaceRange
from contract.kafka_reader import KafkaReadError, TopicReader

ANSWER_SECONDS = 10.0
_DAY = timedelta(days=1)
_RETENTION = timedelta(days=7)
_PARTITIONS = 4
_BROKERS_REPLICATION = -1
_MESSAGES_BACK = 64
_POLL_SECONDS = 0.1

MAX_MESSAGE_BYTES = 256 * 1024
"""A message has a chunk of posts, at most 128 KiB (a line may have 64), and its headers."""

# By default a message has the time of the collector's clock. Kafka refuses times of the future, and deletes by them.
_OWN_TIME = {"message.timestamp.type": "LogAppendTime"}
_POSTS = {
    **_OWN_TIME,
    "cleanup.policy": "delete",
    "retention.ms": str(_RETENTION // timedelta(milliseconds=1)),
    "retention.bytes": "-1",
}
# Small segments, because Kafka compacts only those that it no longer writes.
_COMMITS = {
    **_OWN_TIME,
    "cleanup.policy": "compact",
    "segment.bytes": str(16 * 2**20),
    "min.cleanable.dirty.ratio": "0.1",
}


class StreamRecord(msgspec.Struct, frozen=True):
    """A message of the topic of commits: the state of a stream, with the place of each partition after its chunks.

    ``writer`` is the process that wrote it, ``serial`` counts the stream's records, ``stream_id`` is that of
    contract.socket_protocol.
    """

    writer: str
    serial: int
    stream_id: str
    commit: Commit = Commit()
    places: dict[int, int] = {}


def unavailable(log: KafkaTopic, reason: str) -> OSError:
    """Return the error of a log that cannot be reached now. To try again may help."""
    return OSError(errno.EHOSTUNREACH, reason, f"Kafka at {log.brokers}")


def prepare_topics(log: KafkaTopic, day_grace: timedelta) -> None:
    """Create the topics that are missing, and check those that are there.

    Raises:
        SettingError: a topic would lose posts or commits. The message has the setting of the topic that is needed.
        OSError: Kafka cannot be reached.
    """
    checks = {
        log.name: partial(check_posts_topic, log, day_grace=day_grace),
        log.commits: partial(check_commits_topic, log),
    }
    try:
        admin = connected(log, ANSWER_SECONDS)
        existing = admin.list_topics(timeout=ANSWER_SECONDS).topics
        _create(admin, [topic for topic in _topics(log) if topic.topic not in existing])
        resources = {name: ConfigResource(ResourceType.TOPIC, name) for name in checks if name in existing}
        described = (
            admin.describe_configs(list(resources.values()), request_timeout=ANSWER_SECONDS) if resources else {}
        )
        configs = {name: described[of].result() for name, of in resources.items()}
    except KafkaException as error:
        raise unavailable(log, reason_of(error)) from error
    for name, config in configs.items():
        checks[name]({setting: entry.value for setting, entry in config.items()})


def _topics(log: KafkaTopic) -> list[NewTopic]:
    return [
        NewTopic(log.name, _PARTITIONS, _BROKERS_REPLICATION, config=_POSTS),
        NewTopic(log.commits, 1, _BROKERS_REPLICATION, config=_COMMITS),
    ]


def _create(admin: AdminClient, topics: list[NewTopic]) -> None:
    """Create topics, and wait until the brokers know them.

    Raises:
        KafkaException: Kafka refuses, or does not answer.
    """
    for created in admin.create_topics(topics, operation_timeout=ANSWER_SECONDS).values() if topics else ():
        _wait_for_creation(created)
    deadline = time.monotonic() + ANSWER_SECONDS
    while not all(_has_leaders(admin, topic.topic) for topic in topics):
        if time.monotonic() > deadline:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "the topics were not created in time"))
        time.sleep(_POLL_SECONDS)


def _has_leaders(admin: AdminClient, topic: str) -> bool:
    """Return whether each partition of a topic can be read and written. Just after its creation this takes a moment."""
    found = admin.list_topics(topic, ANSWER_SECONDS).topics[topic]
    if found.error is not None or not found.partitions or any(of.leader < 0 for of in found.partitions.values()):
        return False
    places = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in found.partitions}  # type: ignore[no-untyped-call]
    try:
        for place in admin.list_offsets(places, request_timeout=ANSWER_SECONDS).values():
            place.result()
    except KafkaException:
        return False
    return True


def check_posts_topic(log: KafkaTopic, config: Mapping[str, str], day_grace: timedelta) -> None:
    """Check that a topic keeps the posts of open days.

    Raises:
        SettingError: it does not.
    """
    # A day, its grace, and a day in which counting may stand still.
    needed = 2 * _DAY + day_grace
    retention, size = int(config["retention.ms"]), int(config["retention.bytes"])
    if config["cleanup.policy"] != "delete":
        raise _refused(log.name, "keeps only the last post of each source", "cleanup.policy=delete")
    if 0 <= retention < needed // timedelta(milliseconds=1):
        what = f"deletes posts after {timedelta(milliseconds=retention)}, but open days need {needed}"
        raise _refused(log.name, what, f"retention.ms={_POSTS['retention.ms']}")
    if size >= 0:
        raise _refused(log.name, f"deletes posts beyond {size} bytes, whatever their age", "retention.bytes=-1")
    if int(config["max.message.bytes"]) < MAX_MESSAGE_BYTES:
        raise _refused(log.name, "refuses messages of our size", f"max.message.bytes={MAX_MESSAGE_BYTES}")
    _check_clock(log.name, config)


def check_commits_topic(log: KafkaTopic, config: Mapping[str, str]) -> None:
    """Check that a topic keeps the last commit of each source for ever.

    Raises:
        SettingError: it does not.
    """
    if config["cleanup.policy"] != "compact":
        raise _refused(log.commits, "deletes the state of a stream that pauses", "cleanup.policy=compact")
    _check_clock(log.commits, config)


def _check_clock(topic: str, config: Mapping[str, str]) -> None:
    """Check that a wrong clock of the collector's machine has no effect on a topic."""
    if config["message.timestamp.type"] != "LogAppendTime":
        what = "refuses or deletes messages by the clock of the collector's machine"
        raise _refused(topic, what, "message.timestamp.type=LogAppendTime")


def read_last_record(log: KafkaTopic, source: str) -> StreamRecord | None:
    """Return the state of a stream at its last commit; None for a new stream.

    Raises:
        OSError: Kafka cannot be read.
    """
    reader = TopicReader(log, log.commits, source, ANSWER_SECONDS)
    try:
        places = reader.bounds()[0]
        back = _MESSAGES_BACK
        while True:
            low = max(places.low, places.high - back)
            record = None
            for message in reader.read([PlaceRange(places.partition, low, places.high)]):
                record = message.value()
            if record is not None or low == places.low:
                return None if record is None else _decoder.decode(record)
            back *= 4
    except KafkaReadError as error:
        raise unavailable(log, str(error)) from error
    finally:
        reader.close()


def encode_record(record: StreamRecord) -> bytes:
    """Return a record as the value of its message."""
    return _encoder.encode(record)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(StreamRecord)


def _wait_for_creation(created: object) -> None:
    try:
        created.result()  # type: ignore[attr-defined]
    except KafkaException as error:
        # Another collector of this topic may have been faster.
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise


def _refused(topic: str, what: str, setting: str) -> SettingError:
    return SettingError(
        f"LOG_URL names a topic that loses data: {topic} {what}: kafka-configs.sh --bootstrap-server HOST:PORT --alter "
        f"--entity-type topics --entity-name {topic} --add-config {setting}"
    )
