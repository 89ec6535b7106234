"""The log in Kafka, on a real one: what is committed is there once, whatever dies."""

import contextlib
import time
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from collector.intake.filters import read_duplicates
from collector.log import LogInUseError, OffsetError
from collector.log import kafka as kafka_module
from collector.log.kafka import KafkaLog, cut_lines
from contract.environment import SettingError
from contract.kafka_log import KafkaTopic
from contract.kafka_reader import ChunkReader, KafkaReadError
from contract.post import encode_posts
from tests.collector.made_up import NOON, post, steady
from tests.kafka.server import KafkaServer

LONG_AGO = date(2000, 1, 1)
GRACE = timedelta(hours=1)
PATIENCE_SECONDS = 60


def opened(topic: KafkaTopic, source: str = "test") -> KafkaLog:
    return KafkaLog(topic, source, GRACE)


def add(log: KafkaLog, posts, open_from: date = LONG_AGO) -> bytes:
    log.append(posts, {})
    log.commit({"at": posts[-1].id}, 0, posts[-1].created_at, open_from)
    return encode_posts(posts)


def commit_at_last(log: KafkaLog, cursor: dict[str, int]) -> None:
    """Commit as ingest does: again and again, until Kafka accepts it."""
    deadline = time.monotonic() + 2 * PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            return log.commit(cursor, 0, NOON, LONG_AGO)
        time.sleep(0.1)
    raise AssertionError("Kafka did not come back")


def content(topic: KafkaTopic, source: str = "test") -> bytes:
    """What a reader of committed messages finds, in the order of the stream; each chunk follows the one before."""
    reader = ChunkReader(topic, source)
    chunks = sorted(reader.read(reader.bounds()), key=lambda chunk: chunk.start)
    reader.close()
    assert all(before.end == after.start for before, after in pairwise(chunks))
    return b"".join(chunk.lines for chunk in chunks)


def set_config(topic: KafkaTopic, name: str, **config: str) -> None:
    entries = [
        ConfigEntry(key.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
        for key, value in config.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
    admin = AdminClient(topic.settings())
    admin.incremental_alter_configs([resource])[resource].result(PATIENCE_SECONDS)
    # The controller has it. The broker that a collector asks may not have it yet.
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not {entry.name: entry.value for entry in entries}.items() <= config_of(admin, resource).items():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def config_of(admin: AdminClient, resource: ConfigResource) -> dict[str, str]:
    found = admin.describe_configs([resource])[resource].result(PATIENCE_SECONDS)
    return {name: entry.value for name, entry in found.items()}


def test_committed_posts_survive_a_restart(kafka_topic):
    log = opened(kafka_topic)
    log.append(steady(2), {"malformed": 3})
    log.commit({"at": 7}, 1, NOON, LONG_AGO)
    before, status = log.committed, log.status()
    log.close()
    again = opened(kafka_topic)
    assert (again.committed, again.status()) == (before, status)
    assert (before.cursor, before.skip, before.counts.dropped) == ({"at": 7}, 1, {"malformed": 3})
    assert content(kafka_topic) == encode_posts(steady(2))
    assert sum(status.places.values()) > 0
    again.close()


def test_the_chunks_of_a_large_commit_lie_in_all_partitions(kafka_topic):
    log = opened(kafka_topic)
    expected = add(log, steady(3_000)) + add(log, steady(3, start=5_000))
    assert set(log.status().places) == {0, 1, 2, 3}
    assert content(kafka_topic) == expected
    log.close()


def test_a_day_closes_and_leaves_the_status_once_a_reader_has_recorded_it(kafka_topic):
    log = opened(kafka_topic)
    add(log, steady(2))
    add(log, [post(86_400)], open_from=NOON.date() + timedelta(days=1))
    end = log.committed.days[NOON.date()].closed_offset
    assert end == log.committed.end
    log.release(end, [NOON.date()])
    assert list(log.status().days) == [NOON.date() + timedelta(days=1)]
    add(log, [post(86_401)])
    log.close()
    again = opened(kafka_topic)
    assert (list(again.status().days), again.committed.released) == ([NOON.date() + timedelta(days=1)], end)
    again.close()


def test_several_streams_share_a_topic(kafka_topic):
    ours, others = opened(kafka_topic), opened(kafka_topic, "other")
    expected = add(ours, steady(3))
    theirs = add(others, steady(5)) + add(others, steady(2, start=9))
    expected += add(ours, steady(1, start=7))
    for log in (ours, others):
        log.close()
    assert (content(kafka_topic), content(kafka_topic, "other")) == (expected, theirs)
    again = opened(kafka_topic)
    assert again.committed == ours.committed
    again.close()


def test_a_collector_that_was_replaced_stops_and_adds_nothing(kafka_topic):
    zombie = opened(kafka_topic)
    expected = add(zombie, steady(2))
    zombie.append(steady(2, start=50), {})
    successor = opened(kafka_topic)
    with pytest.raises(OSError, match="Kafka at"):
        zombie.commit({"at": "zombie"}, 0, NOON, LONG_AGO)
    with pytest.raises(LogInUseError, match="another collector writes test"):
        zombie.commit({"at": "zombie"}, 0, NOON, LONG_AGO)
    zombie.close()
    expected += add(successor, steady(1, start=70))
    assert content(kafka_topic) == expected
    successor.close()


def test_a_fenced_collector_waits_for_the_first_commit_of_its_successor(kafka_topic, monkeypatch):
    stood_still = opened(kafka_topic)
    expected = add(stood_still, steady(2))
    stranger = stood_still._fence()
    stood_still.append(steady(3, start=50), {})
    for _ in range(2):
        with pytest.raises(OSError, match="Kafka at"):
            stood_still.commit(None, 0, NOON, LONG_AGO)
    # No successor has committed: this one was fenced because it stood still.
    monkeypatch.setattr(stood_still, "_reconnects_at", 0.0)
    stood_still.commit(None, 0, NOON, LONG_AGO)
    assert content(kafka_topic) == expected + encode_posts(steady(3, start=50))
    stood_still.close()
    del stranger


def test_posts_of_a_transaction_that_was_never_committed_do_not_exist(kafka_topic, monkeypatch):
    dying = opened(kafka_topic)
    expected = add(dying, steady(2))
    dying.append(steady(9, start=30), {})

    class DiedError(Exception):
        pass

    class Dying:
        def __init__(self, producer: Producer) -> None:
            self._producer = producer

        def __getattr__(self, name: str):
            return getattr(self._producer, name)

        def commit_transaction(self, _: float) -> None:
            raise DiedError

    dying._producer = Dying(dying._producer)
    with pytest.raises(DiedError):
        dying.commit(None, 0, NOON, LONG_AGO)
    successor = opened(kafka_topic)
    assert successor.committed == dying.committed
    expected += add(successor, steady(4, start=60))
    assert content(kafka_topic) == expected
    successor.close()


@pytest.mark.parametrize("was_committed", [True, False])
def test_a_commit_without_an_answer_happens_once(kafka_topic, was_committed):
    log = opened(kafka_topic)
    producer = log._producer

    class Silent:
        def __getattr__(self, name: str):
            return getattr(producer, name)

        def commit_transaction(self, seconds: float) -> None:
            from confluent_kafka import KafkaError, KafkaException

            if was_committed:
                producer.commit_transaction(seconds)
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "no answer"))

    log._producer = Silent()
    log.append(steady(5), {"late": 1})
    with pytest.raises(OSError, match="no answer"):
        log.commit({"at": 5}, 0, NOON, LONG_AGO)
    log.commit({"at": 5}, 0, NOON, LONG_AGO)
    assert (log.committed.counts.posts, log.committed.counts.dropped) == (5, {"late": 1})
    assert content(kafka_topic) == encode_posts(steady(5))
    expected = encode_posts(steady(5)) + add(log, steady(2, start=40))
    assert content(kafka_topic) == expected
    log.close()


def test_a_broker_that_is_killed_and_comes_back_loses_and_repeats_nothing(
    kafka_server: KafkaServer, kafka_topic, monkeypatch
):
    log = opened(kafka_topic)
    expected = add(log, steady(20))
    monkeypatch.setattr(kafka_module, "ANSWER_SECONDS", 0.5)
    kafka_server.kill()
    log.append(steady(30, start=100), {})
    with pytest.raises(OSError, match="Kafka at") as refused:
        log.commit({"at": 30}, 0, NOON, LONG_AGO)
    assert refused.value.strerror
    assert log.committed.end == len(expected)
    kafka_server.start()
    monkeypatch.undo()
    commit_at_last(log, {"at": 30})
    expected += encode_posts(steady(30, start=100))
    assert content(kafka_topic) == expected
    log.close()
    again = opened(kafka_topic)
    assert again.committed == log.committed
    again.close()


def test_posts_after_a_pause_in_which_retention_deleted_all_are_there_from_the_first_one_on(kafka_topic):
    log = opened(kafka_topic)
    for number in range(6):
        add(log, steady(3, start=10 * number))
    deleted = log.committed.end
    delete_everything(kafka_topic)
    for number in range(3):
        log._looks_again_at = 0.0
        add(log, steady(3, start=100 + 10 * number))
        assert log.first_offset == deleted
    log.close()
    again = opened(kafka_topic)
    assert (again.first_offset, again.status().first_offset) == (deleted, deleted)
    assert content(kafka_topic) == b"".join(encode_posts(steady(3, start=100 + 10 * number)) for number in range(3))
    again.close()


def delete_everything(topic: KafkaTopic) -> None:
    reader = ChunkReader(topic, "test")
    ends = [TopicPartition(topic.name, of.partition, of.high) for of in reader.bounds()]
    reader.close()
    admin = AdminClient(topic.settings())  # without a name it would end before its answers come
    for deleted in admin.delete_records(ends).values():
        deleted.result(PATIENCE_SECONDS)


def test_the_window_of_duplicates_is_read_from_the_topic(kafka_topic):
    log = opened(kafka_topic)
    for start in range(0, 3_000, 300):
        add(log, steady(300, start=start) if start else steady(300))
    log.append([post(9_000 + n) for n in range(40)], {})
    log.commit(None, 0, NOON, LONG_AGO)
    log.close()
    again = opened(kafka_topic)
    assert again.tail_start(50) > again.tail_start(400) > again.tail_start(10_000) == 0
    start = again.tail_start(50)
    assert b"".join(again.read(start, again.committed.end)) == content(kafka_topic)[start:]
    assert read_duplicates(again).without_duplicates([post(9_001), post(1)]) == [post(1)]
    again.close()


def test_the_socket_serves_no_posts_that_are_in_kafka(kafka_topic):
    log = opened(kafka_topic)
    add(log, steady(2))
    with pytest.raises(OffsetError, match="set LOG_URL"):
        log.lines_between(0, log.committed.end)
    log.close()


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"retention_ms": "86400000"}, "deletes posts after 1 day, 0:00:00, but open days need 2 days, 1:00:00"),
        ({"retention_bytes": "1000000"}, "deletes posts beyond 1000000 bytes"),
        ({"cleanup_policy": "compact"}, "keeps only the last post"),
        ({"max_message_bytes": "1000"}, "refuses messages of our size"),
        ({"message_timestamp_type": "CreateTime"}, "refuses or deletes messages by the clock of the collector's"),
    ],
)
def test_a_topic_that_would_lose_posts_is_refused_with_the_command_that_mends_it(kafka_topic, config, said):
    opened(kafka_topic).close()
    set_config(kafka_topic, kafka_topic.name, **config)
    with pytest.raises(
        SettingError, match=f"{said}.*kafka-configs.sh.*--add-config {next(iter(config)).replace('_', '.')}="
    ):
        opened(kafka_topic)


def test_a_topic_of_commits_that_deletes_is_refused(kafka_topic):
    opened(kafka_topic).close()
    set_config(kafka_topic, kafka_topic.commits, cleanup_policy="delete")
    with pytest.raises(SettingError, match=r"cleanup\.policy=compact"):
        opened(kafka_topic)


@pytest.mark.parametrize("hours", [80, -400])
def test_a_wrong_clock_of_the_collector_neither_stops_it_nor_shortens_the_retention(kafka_topic, hours):
    opened(kafka_topic).close()
    clock = Producer(kafka_topic.settings())
    moment, results = round((time.time() + hours * 3_600) * 1_000), []
    for topic in (kafka_topic.name, kafka_topic.commits):
        clock.produce(topic, b"{}", b"other", 0, lambda *result: results.append(result), timestamp=moment)
    clock.flush(PATIENCE_SECONDS)
    for error, message in results:
        assert error is None
        assert abs(message.timestamp()[1] / 1_000 - time.time()) < 60
    assert len(results) == 2


def test_something_else_in_the_topic_is_refused(kafka_topic):
    opened(kafka_topic).close()
    stranger = Producer(kafka_topic.settings())
    stranger.produce(kafka_topic.name, b"{}", b"test", 0)
    stranger.flush(PATIENCE_SECONDS)
    with pytest.raises(KafkaReadError, match="only collectors may write"):
        content(kafka_topic)


def test_a_log_with_tls_and_a_password_refuses_a_wrong_one_and_commits_with_the_right_one(secure_kafka):
    topic = secure_kafka.topic()
    expected = add(log := opened(topic), steady(400))
    assert content(topic) == expected
    log.close()
    wrong = replace(topic, properties=tuple(secure_kafka.properties(sasl_password="wrong").items()))
    with pytest.raises(OSError, match="SASL authentication error") as refused:
        opened(wrong)
    assert refused.value.filename == f"Kafka at {secure_kafka.secure_address}"
    assert opened(topic).committed == log.committed


def test_lines_are_cut_into_chunks_of_whole_lines():
    assert list(cut_lines(b"aa\nbb\ncccccc\nd\n", 6)) == [b"aa\nbb\n", b"cccccc\n", b"d\n"]
    assert list(cut_lines(b"", 6)) == []
