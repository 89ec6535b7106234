"""The source on a real Kafka: each message once, whatever happens to the topic and the brokers."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from collector.sources import Cursor, PostBatch, SourceState
from collector.sources.kafka.places import DELETED, MADE_ANEW
from collector.sources.kafka.source import KafkaSource, add_posts
from collector.sources.kafka.watch import Timing
from contract.backoff import Backoff
from contract.kafka_log import KafkaTopic
from contract.post import Post
from tests.collector.made_up import HASH_AUTHOR
from tests.collector.sources.kafka.topic import add_partitions, line, make, remove, transaction, write
from tests.kafka.server import STRANGER, KafkaServer, SecureKafkaServer

GRACE = timedelta(hours=1)
PATIENCE_SECONDS = 120.0
HURRIED = Timing(answer=5.0, look=0.3, least=0.05, backoff=Backoff(0.1, 0.5))


class Reading:
    """What a source yields, until it is closed."""

    def __init__(self, topic: KafkaTopic, cursor: Cursor = None) -> None:
        self.source = KafkaSource(topic, HASH_AUTHOR, GRACE, HURRIED)
        self._stop = threading.Event()
        self._batches = self.source.batches(cursor, self._stop)
        self.posts: list[Post] = []
        self.dropped: Counter[str] = Counter()
        self.gaps: list = []
        self.cursor = cursor

    def until(self, condition: Callable[["Reading"], object]) -> "Reading":
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition(self):
            assert time.monotonic() < deadline, (len(self.posts), self.dropped, self.source.state)
            self.until_next()
        return self

    def until_posts(self, count: int) -> "Reading":
        return self.until(lambda _: len(self.posts) >= count)

    def until_next(self) -> None:
        self._add(next(self._batches))

    def _add(self, batch: PostBatch) -> None:
        self.posts += batch.posts
        self.dropped.update(batch.dropped)
        self.gaps += batch.gaps
        self.cursor = batch.cursor

    @property
    def numbers(self) -> list[int]:
        return sorted(int(post.id[1:]) for post in self.posts)

    def close(self) -> Cursor:
        self._stop.set()
        self._batches.close()
        return self.cursor


def test_every_message_is_read_once_over_restarts(kafka_topic):
    make(kafka_topic)
    write(kafka_topic, [line(n) for n in range(30)], 0)
    first = Reading(kafka_topic).until_posts(10)
    cursor = first.close()
    write(kafka_topic, [line(n) for n in range(30, 70)], 1)
    second = Reading(kafka_topic, cursor).until_posts(70 - len(first.posts)).until(is_connected)
    assert sorted(first.numbers + second.numbers) == list(range(70))
    assert second.source.state.detail == f"topic {kafka_topic.name}"
    third = Reading(kafka_topic, second.close()).until(is_idle)
    assert (third.posts, third.gaps) == ([], [])
    third.close()


def is_connected(reading: Reading) -> bool:
    return reading.source.state.state == "connected"


def is_idle(reading: Reading) -> bool:
    return is_connected(reading) and reading.source._looked > 3


def test_a_first_start_begins_with_the_messages_of_the_day(kafka_topic):
    make(kafka_topic, 1)
    yesterday = int((datetime.now(UTC) - timedelta(days=2)).timestamp() * 1_000)
    from confluent_kafka import Producer

    producer = Producer(kafka_topic.settings())
    for number in range(5):
        producer.produce(kafka_topic.name, line(number), partition=0, timestamp=yesterday + number)
    producer.flush(PATIENCE_SECONDS)
    write(kafka_topic, [line(n) for n in range(5, 8)])
    reading = Reading(kafka_topic).until_posts(3)
    assert reading.numbers == [5, 6, 7]
    reading.close()


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
def test_compressed_batches_are_read(kafka_topic, compression):
    make(kafka_topic, 1)
    write(kafka_topic, [line(n) for n in range(200)], compression_type=compression, linger_ms=50)
    reading = Reading(kafka_topic).until_posts(200)
    assert reading.numbers == list(range(200))
    reading.close()


def test_what_is_no_post_is_dropped_and_counted_and_stops_nothing(kafka_topic, caplog):
    make(kafka_topic, 1, max_message_bytes="20000000")
    bad = [
        *(b"", b" \n\n", b"null", b"[]", b"{}", b"7", b'"text"', b"\xff\xfe\x00", line(1)[:-1]),
        *(b"[" * 50_000, b'{"a":' * 10_000, line(2, hashtags=None)[:-20], line(3, created_at="soon")),
        *(line(4, id=None), line(5, id=" "), line(6, created_at=1_700_000_000)),
    ]
    large = [line(7, text="x" * 70_000), b"x" * 5_000_000]
    write(kafka_topic, [*bad, None, None, *large, line(8)], message_max_bytes=20_000_000)
    reading = Reading(kafka_topic).until_posts(1)
    assert reading.numbers == [8]
    assert reading.dropped == {"malformed": len(bad), "not_a_post": 2, "too_long": 2}
    assert caplog.text.count("dropped what is no post") == 1
    assert "text" not in caplog.text.replace("no text", "")
    reading.close()


def test_bad_fields_cost_only_themselves():
    posts: list[Post] = []
    dropped: Counter[str] = Counter()
    add_posts(line(1, hashtags=["Tea", 7, "#"], lang=["xx", "de"], author={}, extra=1), HASH_AUTHOR, posts, dropped)
    assert [(post.hashtags, post.author) for post in posts] == [(["tea"], None)]
    assert dropped == {"unusable_hashtag": 2}


def test_a_message_may_have_several_posts_one_a_line():
    posts: list[Post] = []
    dropped: Counter[str] = Counter()
    add_posts(b"\n".join([line(1), b"", b"{", line(2), b""]), HASH_AUTHOR, posts, dropped)
    assert [post.id for post in posts] == ["p1", "p2"]
    assert dropped == {"malformed": 1}


def test_an_author_is_hashed_with_the_key_of_the_day():
    posts: list[Post] = []
    of_a_day = line(1, author="alice", created_at="2026-03-04T23:59:59Z")
    add_posts(of_a_day, lambda account, day: f"<{account} {day:%F}>", posts, Counter())
    assert posts[0].author == "<alice 2026-03-04>"


def test_aborted_transactions_do_not_count_and_open_ones_wait(kafka_topic):
    make(kafka_topic, 1)
    with transaction(kafka_topic, f"{kafka_topic.name}-a") as producer:
        for number in range(5):
            producer.produce(kafka_topic.name, line(number), partition=0)
        producer.flush(PATIENCE_SECONDS)  # otherwise nothing of it reaches the broker
        producer.abort_transaction(PATIENCE_SECONDS)
    with transaction(kafka_topic, f"{kafka_topic.name}-b") as producer:
        for number in range(5, 9):
            producer.produce(kafka_topic.name, line(number), partition=0)
        producer.flush(PATIENCE_SECONDS)
        write(kafka_topic, [line(9)])
        reading = Reading(kafka_topic).until(is_idle)
        assert reading.posts == []
        producer.commit_transaction(PATIENCE_SECONDS)
    reading.until_posts(5)
    assert reading.numbers == [5, 6, 7, 8, 9]
    # At the end the cursor is after the marker, which retention may delete without a loss.
    reading.until(lambda reading: reading.cursor["places"]["0"][0] == 12)
    assert reading.source._places.behind_since(reading.source._watch.look) is None
    reading.close()


def test_new_partitions_are_read_while_running(kafka_topic):
    make(kafka_topic, 1)
    write(kafka_topic, [line(0)])
    reading = Reading(kafka_topic).until_posts(1)
    add_partitions(kafka_topic, 3)
    write(kafka_topic, [line(1)], 2)
    write(kafka_topic, [line(2)], 1)
    assert reading.until_posts(3).numbers == [0, 1, 2]
    assert reading.gaps == []
    reading.close()


def test_a_topic_that_does_not_exist_yet_is_waited_for(kafka_topic, caplog):
    reading = Reading(kafka_topic).until(lambda reading: reading.source.state.state == "blocked")
    assert f"there is no topic {kafka_topic.name}: create it, or correct KAFKA_URL" in reading.source.state.detail
    time.sleep(1)
    reading.until_next()
    assert caplog.text.count("there is no topic") == 1
    assert kafka_topic.name not in AdminClient(kafka_topic.settings()).list_topics(timeout=PATIENCE_SECONDS).topics
    make(kafka_topic, 1)
    write(kafka_topic, [line(0)])
    reading.until_posts(1).until(is_connected)
    reading.close()


def delete_before(topic: KafkaTopic, place: int) -> None:
    admin = AdminClient(topic.settings())
    for deleted in admin.delete_records([TopicPartition(topic.name, 0, place)]).values():
        deleted.result(PATIENCE_SECONDS)


def test_messages_that_retention_deleted_are_a_gap(kafka_topic):
    began = datetime.now(UTC)
    make(kafka_topic, 1)
    write(kafka_topic, [line(n) for n in range(5)])
    cursor = Reading(kafka_topic).until_posts(5).close()
    write(kafka_topic, [line(n) for n in range(5, 20)])
    delete_before(kafka_topic, 12)
    reading = Reading(kafka_topic, cursor).until_posts(8)
    assert reading.numbers == list(range(12, 20))
    (gap,) = reading.gaps
    assert gap.reason == DELETED
    assert began - timedelta(seconds=1) <= gap.start <= gap.end <= datetime.now(UTC)
    again = Reading(kafka_topic, reading.close()).until(is_idle)
    assert (again.posts, again.gaps) == ([], [])
    again.close()


def test_a_topic_that_is_made_anew_while_running_is_read_from_its_beginning(kafka_topic):
    make(kafka_topic, 1)
    write(kafka_topic, [line(n) for n in range(8)])
    reading = Reading(kafka_topic).until_posts(8)
    remove(kafka_topic)
    reading.until(lambda reading: not is_connected(reading))
    make(kafka_topic, 2)
    write(kafka_topic, [line(n) for n in range(8, 11)])
    write(kafka_topic, [line(n) for n in range(11, 14)], 1)
    assert reading.until_posts(14).numbers == list(range(14))
    assert [gap.reason for gap in reading.gaps] == [MADE_ANEW]
    reading.close()


def test_a_topic_that_was_made_anew_while_stopped_is_read_from_its_beginning(kafka_topic):
    make(kafka_topic, 1)
    write(kafka_topic, [line(n) for n in range(8)])
    cursor = Reading(kafka_topic).until_posts(8).close()
    remove(kafka_topic)
    make(kafka_topic, 1)
    write(kafka_topic, [line(n) for n in range(8, 30)])
    reading = Reading(kafka_topic, cursor).until_posts(22)
    assert reading.numbers == list(range(8, 30))
    assert [gap.reason for gap in reading.gaps] == [MADE_ANEW]
    reading.close()


def is_waiting(state: SourceState) -> bool:
    return state.state == "connecting" and "; next try in " in state.detail


def test_a_broker_that_is_killed_and_comes_back_loses_and_repeats_nothing(kafka_server: KafkaServer, kafka_topic):
    make(kafka_topic, 1)
    write(kafka_topic, [line(n) for n in range(8)])
    reading = Reading(kafka_topic).until_posts(8)
    kafka_server.kill()
    reading.until(lambda reading: is_waiting(reading.source.state))
    assert kafka_topic.brokers not in reading.source.state.detail
    kafka_server.start()
    write(kafka_topic, [line(n) for n in range(8, 12)])
    reading.until_posts(12).until(is_connected)
    assert reading.numbers == list(range(12))
    assert reading.gaps == []
    reading.close()


def test_posts_are_read_with_tls_and_a_password(secure_kafka: SecureKafkaServer):
    topic = secure_kafka.topic()
    make(topic, 1)
    write(topic, [line(n) for n in range(8)])
    reading = Reading(topic).until_posts(8)
    reading.close()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sasl_password": "wrong"}, "SASL authentication error"),
        ({"sasl_username": STRANGER, "sasl_mechanism": "PLAIN"}, "give this user the rights"),
    ],
)
def test_a_refused_user_is_one_line(secure_kafka: SecureKafkaServer, changes, said, caplog):
    refused = secure_kafka.topic(**changes)
    make(KafkaTopic(secure_kafka.secure_address, refused.name, secure_kafka.topic().properties))
    reading = Reading(refused).until(lambda reading: reading.source.state.state == "blocked")
    assert said in reading.source.state.detail
    time.sleep(1)
    lines = [record.message for record in caplog.records if record.name.startswith("collector")]
    assert len(lines) == 1
    assert "Sesame" not in f"{lines}{reading.source.state}"
    reading.close()


def test_places_never_go_back(kafka_topic):
    make(kafka_topic, 1)
    write(kafka_topic, [line(n) for n in range(3_000)], linger_ms=5)
    reading = Reading(kafka_topic)
    seen = []
    while len(reading.posts) < 3_000:
        reading.until_next()
        seen.append(reading.cursor["places"]["0"][0] if reading.cursor else 0)
    assert all(before <= after for before, after in pairwise(seen))
    assert seen[-1] == 3_000
    reading.close()
