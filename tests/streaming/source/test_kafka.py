"""Counting from a real Kafka: every committed post once, in batches and tasks of any size."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
from confluent_kafka.admin import AdminClient

import streaming.source.kafka as kafka_source
from benchmarks.harness import wait_until
from collector.log.kafka import KafkaLog
from contract.kafka_log import Chunk, KafkaTopic, PlaceRange
from contract.kafka_reader import ChunkReader, KafkaReadError
from contract.post import Post, encode_posts
from contract.socket_protocol import StreamStatus
from streaming.aggregate.deltas import MicroBatch, batch_of, delta_rows, group_deltas, reason_unread
from streaming.jobs.stream_job import _posts_from
from streaming.source.kafka import KafkaRanges, KafkaStreamReader, chunk_rows
from streaming.source.lines import parse
from tests.collector.log.test_kafka import delete_everything
from tests.kafka.server import PASSWORD
from tests.streaming.fake_collector import SECRET, FakeCollector
from tests.streaming.fake_counts import by_place
from tests.streaming.jobs.test_stream_job import count, counted, made_up

LONG_AGO = date(2000, 1, 1)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class CollectorOfKafka(FakeCollector):
    """A fake collector whose posts are in Kafka. Like the real one, it serves none itself."""

    def __init__(self, topic: KafkaTopic, source: str = "test") -> None:
        self.log = KafkaLog(topic, source, timedelta(hours=1))
        super().__init__(source)

    def commit(self, *posts: Post) -> None:
        self.lines += encode_posts(list(posts))
        self.log.append(posts, {})
        self.log.commit({"at": len(self.lines)}, 0, posts[-1].created_at, LONG_AGO)

    def status(self) -> StreamStatus:
        return self.log.status()

    def stop(self) -> None:
        super().stop()
        self.log.close()


@pytest.fixture
def collector(kafka_topic: KafkaTopic) -> Iterator[CollectorOfKafka]:
    fake = CollectorOfKafka(kafka_topic)
    yield fake
    fake.stop()


@pytest.fixture(autouse=True)
def own_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_source, "_readers", {})
    monkeypatch.setattr("streaming.source.collector.MAX_WAIT_SECONDS", 0.0)


def posts(number: int, first: int = 0) -> list[Post]:
    return [Post(f"a:{n}", NOON, "en", [f"k{n % 3}"], [f"K{n % 3}"], f"by{n}") for n in range(first, first + number)]


def reader(topic: KafkaTopic, collector: CollectorOfKafka, start: int = 0, max_bytes: int = 2**24) -> KafkaStreamReader:
    return KafkaStreamReader(topic, collector.address, SECRET, start, max_bytes)


def batches(source: KafkaStreamReader) -> Iterator[MicroBatch]:
    """The batches until the end of the stream, planned and read as by Spark."""
    start = source.initialOffset()
    while (end := source.latestOffset(start, None)) != start:
        rows = [batch for task in source.partitions(start, end) for batch in source.read(task)]
        yield batch_of(pa.Table.from_batches(rows))
        start = end
    source.stop()


def test_a_batch_has_every_post_of_its_range_once(kafka_topic, collector):
    collector.commit(*posts(1_500))
    collector.commit(*posts(10, 2_000))
    (batch,) = batches(reader(kafka_topic, collector))
    assert (batch.start, batch.end, batch.clock) == (0, len(collector.lines), NOON)
    assert batch.deltas == group_deltas(delta_rows(parse(bytes(collector.lines))))


def test_a_backlog_takes_batches_that_end_where_a_chunk_ends(kafka_topic, collector):
    for first in range(0, 3_000, 500):
        collector.commit(*posts(500, first))
    found = list(batches(reader(kafka_topic, collector, max_bytes=100_000)))
    assert len(found) >= 3
    assert [batch.start for batch in found] == [0, *(batch.end for batch in found[:-1])]
    assert found[-1].end == len(collector.lines)
    assert sum(batch.end - batch.start for batch in found) == len(collector.lines)


def test_counting_continues_at_any_commit(kafka_topic, collector):
    collector.commit(*posts(700))
    middle = len(collector.lines)
    collector.commit(*posts(40, 700))
    (batch,) = batches(reader(kafka_topic, collector, start=middle))
    assert (batch.start, batch.end) == (middle, len(collector.lines))
    assert list(batches(reader(kafka_topic, collector, start=batch.end))) == []


def test_a_large_batch_is_a_task_for_each_partition(kafka_topic, collector, monkeypatch):
    collector.commit(*posts(3_000))
    source = reader(kafka_topic, collector)
    start = source.initialOffset()
    end = source.latestOffset(start, None)
    (alone,) = source.partitions(start, end)
    monkeypatch.setattr(kafka_source, "BYTES_PER_TASK", 1_000)
    tasks = source.partitions(start, end)
    assert len(tasks) == len(alone.ranges) == 4
    rows = [list(source.read(task)) for task in tasks]
    whole = batch_of(pa.Table.from_batches([batch for task in reversed(rows) for batch in task]))
    of_one = batch_of(pa.Table.from_batches(source.read(alone)))
    in_any_order = [
        {place: sorted(deltas, key=str) for place, deltas in by_place(batch.deltas).items()}
        for batch in (whole, of_one)
    ]
    assert (whole.start, whole.end) == (of_one.start, of_one.end)
    assert sum_of_posts(whole) == sum_of_posts(of_one), in_any_order
    with pytest.raises(Exception, match="a batch of the bytes"):
        batch_of(pa.Table.from_batches([batch for task in rows[1:3] for batch in task]))
    source.stop()


def sum_of_posts(batch: MicroBatch) -> dict:
    return {place: sum(delta[3] for delta in deltas) for place, deltas in by_place(batch.deltas).items()}


def test_aborted_posts_and_those_of_other_streams_are_not_read(kafka_topic, collector):
    other = CollectorOfKafka(kafka_topic, "other")
    collector.commit(*posts(10))
    other.commit(*posts(300, 500))
    producer = collector.log._producer
    producer.begin_transaction()
    collector.log._send(producer, encode_posts(posts(900, 1_000)))
    producer.abort_transaction(60)
    collector.commit(*posts(5, 3_000))
    (batch,) = batches(reader(kafka_topic, collector))
    assert batch.deltas == group_deltas(delta_rows(parse(bytes(collector.lines))))
    other.stop()


def test_posts_that_retention_has_deleted_stop_counting(kafka_topic, collector):
    collector.commit(*posts(3_000))
    admin = AdminClient(kafka_topic.settings())
    from confluent_kafka import TopicPartition

    deleted = admin.delete_records([TopicPartition(kafka_topic.name, 0, 1), TopicPartition(kafka_topic.name, 1, 1)])
    for future in deleted.values():
        future.result(60)
    (rows,) = reader(kafka_topic, collector).read(KafkaRanges("test", 0, 10, [PlaceRange(0, 0, 1)]))
    assert "cannot be read: " in reason_unread(pa.Table.from_batches([rows]))
    collector.log._look_at_topic()
    first = collector.log.first_offset
    assert 0 < first == collector.status().first_offset < len(collector.lines)
    (batch,) = batches(reader(kafka_topic, collector, start=first))
    assert (batch.start, batch.end) == (first, len(collector.lines))


def test_counting_goes_on_after_a_pause_in_which_retention_deleted_all(kafka_topic, collector):
    for number in range(6):
        collector.commit(*posts(10, 100 * number))
    source = reader(kafka_topic, collector)
    counted = source.latestOffset(source.initialOffset(), None)
    delete_everything(kafka_topic)
    for number in range(6):
        collector.commit(*posts(10, 1_000 + 100 * number))
        (task,) = source.partitions(counted, end := source.latestOffset(counted, None))
        batch = batch_of(pa.Table.from_batches(source.read(task)))
        assert (batch.start, batch.end) == (counted["offset"], end["offset"])
        assert batch.end == len(collector.lines)
        counted = end
    source.stop()


def test_planning_waits_for_brokers_that_are_away(kafka_topic, kafka_server, collector, monkeypatch, caplog):
    monkeypatch.setattr(kafka_source, "TASK_PATIENCE_SECONDS", 1.0)
    collector.commit(*posts(3_000))
    source = reader(kafka_topic, collector, max_bytes=1_000)
    start = source.initialOffset()
    stale = kafka_source._reader_of(kafka_topic, "test")
    # A slow Kafka may have been waited for already.
    caplog.clear()
    kafka_server.kill()
    try:
        with ThreadPoolExecutor(1) as other:
            planned = other.submit(source.latestOffset, start, None)
            wait_until(lambda: "cannot be read" in caplog.text, "the wait is logged")
            kafka_server.start()
            assert planned.result(240)["offset"] > 1_000
    finally:
        if kafka_server.pid is None:
            kafka_server.start()
    assert kafka_source._reader_of(kafka_topic, "test") is not stale
    assert caplog.text.count("waiting: ") == 1
    source.stop()


def test_a_topic_with_other_posts_than_those_counted_is_refused(kafka_topic, collector):
    collector.commit(*posts(10))
    source = reader(kafka_topic, collector)
    with pytest.raises(KafkaReadError, match="is not the one that was counted"):
        list(source.read(KafkaRanges("test", 50, 90, [PlaceRange(part, 0, 1) for part in range(1)])))
    source.stop()


def test_ranges_that_do_not_touch_are_named_one_by_one():
    line = encode_posts(posts(1))
    size = len(line)
    chunks = [Chunk(0, 0, 0, line), Chunk(1, 0, size, line), Chunk(0, 1, 5 * size, line)]
    rows = chunk_rows(chunks).select(["start", "end"]).to_pylist()
    assert {(row["start"], row["end"]) for row in rows} == {(0, 2 * size), (5 * size, 6 * size)}


def test_places_are_found_among_many_chunks(kafka_topic, collector):
    for first in range(30):
        collector.commit(*posts(3, first * 10))
    chunk_reader = ChunkReader(kafka_topic, "test")
    ranges = chunk_reader.bounds()
    chunks = sorted(chunk_reader.read(ranges), key=lambda chunk: chunk.start)
    for chunk in chunks[::7]:
        places = chunk_reader.places_at(chunk.start, ranges)
        before = [PlaceRange(part, 0, place) for part, place in places.items()]
        assert {found.start for found in chunk_reader.read(before)} == {
            c.start for c in chunks if c.start < chunk.start
        }
        assert chunk_reader.boundary(chunk.start, ranges) == (chunk.start, places)
    chunk_reader.close()


def test_spark_reads_with_tls_and_a_password_and_shows_it_nowhere(spark, config, secure_kafka, tmp_path, caplog):
    from streaming.source.kafka import KafkaDataSource

    spark.dataSource.register(KafkaDataSource)
    topic = secure_kafka.topic()
    collector = CollectorOfKafka(topic)
    collector.commit(*made_up(3_000))
    of_kafka = replace(
        config, data_dir=tmp_path, log_topic=topic, max_batch_bytes=100_000, collector_address=collector.address
    )
    assert len(count(spark, of_kafka, len(collector.lines))) > 2
    assert sum(counted(tmp_path)["*", ""][0:1]) == 3_000
    plan = _posts_from(spark, of_kafka, 0).load()._jdf.queryExecution().toString()
    assert PASSWORD not in f"{plan}{of_kafka}{caplog.text}"
    collector.stop()


def test_spark_counts_the_same_from_kafka_as_from_the_socket(spark, config, kafka_topic, collector, tmp_path):
    from streaming.source.kafka import KafkaDataSource

    spark.dataSource.register(KafkaDataSource)
    socket = FakeCollector()
    made = made_up(3_000)
    for first in range(0, 3_000, 1_000):
        collector.commit(*made[first : first + 1_000])
        socket.append(*made[first : first + 1_000])
    of_kafka = replace(config, data_dir=tmp_path / "kafka", log_topic=kafka_topic, max_batch_bytes=100_000)
    assert len(count(spark, of_kafka, len(collector.lines))) > 2
    of_socket = replace(config, data_dir=tmp_path / "socket", collector_address=socket.address)
    count(spark, of_socket, len(socket.lines))
    socket.stop()
    assert counted(of_kafka.data_dir) == counted(of_socket.data_dir)
