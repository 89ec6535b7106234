"""Which posts of a log in Kafka may be deleted, and the commits as a real Kafka has them."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from collector.log import Commit, Counts
from collector.log.kafka import KafkaLog
from collector.log.kafka_topics import StreamRecord
from contract.kafka_log import KafkaTopic
from tests.collector.made_up import NOON, steady
from tests.end_to_end.whole_trendsite import wait_until
from tests.torture.brokers import Brokers
from tests.torture.commit_tail import CommitTail, deletable


def record(posts: int, places: dict[int, int], released: int = 0) -> StreamRecord:
    """A commit of a stream of ten bytes a post."""
    return StreamRecord("w", posts, "id", Commit(end=posts * 10, released=released, counts=Counts(posts)), places)


def test_posts_that_are_counted_and_old_may_be_deleted() -> None:
    stream = [record(100, {0: 3}), record(200, {0: 3, 1: 4}), record(300, {0: 6, 1: 4}, released=2_500)]
    assert deletable({"a": stream}, kept_posts=50) == {0: 3, 1: 4}
    assert deletable({"a": stream}, kept_posts=150) == {0: 3}
    assert deletable({"a": stream}, kept_posts=250) == {}


def test_posts_that_are_not_counted_stay_whatever_their_age() -> None:
    stream = [record(100, {0: 3}), record(200, {0: 5}, released=990)]
    assert deletable({"a": stream}, kept_posts=0) == {}


def test_of_several_streams_no_post_is_deleted_that_one_still_needs() -> None:
    ahead = [record(100, {0: 30, 1: 9}), record(900, {0: 60, 1: 9}, released=9_000)]
    behind = [record(10, {0: 7}), record(20, {0: 50}, released=150)]
    assert deletable({"ahead": ahead, "behind": behind}, kept_posts=0) == {0: 7}
    assert deletable({"ahead": ahead, "behind": [record(10, {0: 7})]}, kept_posts=0) == {}


@pytest.fixture
def tail(kafka_topic: KafkaTopic) -> Iterator[CommitTail]:
    tail = CommitTail(kafka_topic)
    tail.start()
    yield tail
    tail.stop()


def commit(log: KafkaLog, first: int, posts: int) -> None:
    log.append(steady(posts, start=first), {})
    log.commit({"at": first}, 0, NOON, date(2000, 1, 1))


def test_commits_are_followed_from_before_their_topic_exists(kafka_topic: KafkaTopic, tail: CommitTail) -> None:
    assert (tail.posts("test"), tail.writer("test")) == (0, "")
    log = KafkaLog(kafka_topic, "test", timedelta(hours=1))
    commit(log, 0, 5)
    wait_until(lambda: tail.posts("test") == 5, "the first commit is seen")
    writer = tail.writer("test")
    log.close()
    successor = KafkaLog(kafka_topic, "test", timedelta(hours=1))
    commit(successor, 10, 2)
    wait_until(lambda: tail.posts("test") == 7, "the successor's commit is seen")
    assert tail.writer("test") != writer
    successor.release(successor.committed.end)
    commit(successor, 20, 1)
    wait_until(lambda: tail.posts("test") == 8, "the last commit is seen")
    assert tail.deletable(1).keys() == successor.status().places.keys() - {max(successor.status().places)}
    successor.close()


def test_brokers_tell_open_transactions_and_delete_as_retention_does(real_kafka: None, tmp_path: Path) -> None:
    brokers = Brokers(tmp_path, 1)
    try:
        brokers.start()
        log = KafkaLog(brokers.topic, "test", timedelta(hours=1))
        commit(log, 0, 5)
        # Kafka answers before each partition knows of the end.
        wait_until(lambda: not brokers.has_open_transaction(), "the transaction is over")
        log._producer.begin_transaction()
        log._send(log._producer, b"{}\n")
        wait_until(brokers.has_open_transaction, "Kafka shows the open transaction")
        log._producer.abort_transaction(60)
        wait_until(lambda: not brokers.has_open_transaction(), "the transaction is over")
        places = log.status().places
        assert brokers.delete_before(places) == ""
        log._beginning.look(log.committed.end)
        assert log.first_offset == log.committed.end
        for proxy in brokers.proxies:
            proxy.reset_all()
        commit(log, 10, 2)
        log.close()
    finally:
        brokers.stop()
