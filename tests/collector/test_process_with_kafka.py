"""The collector's process with its log in Kafka: killed at any moment, replaced, and without the broker."""

import signal
from pathlib import Path

from contract.kafka_log import KafkaTopic
from contract.kafka_reader import ChunkReader
from tests.collector.intake.test_ingest import replayed
from tests.collector.made_up import replay_of, write_recording
from tests.collector.test_process import Collector, replay_settings
from tests.parallel import find_free_port

POSTS = 30_000


def settings(path: Path, topic: KafkaTopic) -> dict[str, str]:
    return replay_settings(path) | {"LOG_URL": f"kafka://{topic.brokers}/{topic.name}"}


def content(topic: KafkaTopic, source: str) -> bytes:
    reader = ChunkReader(topic, source)
    chunks = sorted(reader.read(reader.bounds()), key=lambda chunk: chunk.start)
    reader.close()
    return b"".join(chunk.lines for chunk in chunks)


def test_a_replay_killed_repeatedly_writes_the_same_bytes_to_kafka(tmp_path, kafka_topic):
    path = write_recording(tmp_path / "day.ndjson", POSTS)
    expected, _ = replayed(path, tmp_path / "expected")
    reached = 0
    for part in range(1, 4):
        collector = Collector(tmp_path / "var", find_free_port(), **settings(path, kafka_topic))
        now_reached = collector.wait_for_bytes(max(reached + 1, len(expected) * part // 6))
        collector.end(signal.SIGKILL)
        assert now_reached >= reached
        reached = now_reached
    collector = Collector(tmp_path / "var", find_free_port(), **settings(path, kafka_topic))
    collector.wait_for_bytes(len(expected))
    collector.wait_for_closed_days()
    code, log = collector.end()
    assert (code, f"end of day.ndjson, {POSTS} posts" in log) == (0, True)
    assert content(kafka_topic, replay_of(path).name) == expected


def test_a_collector_that_another_one_replaced_ends_with_one_line(tmp_path, kafka_topic):
    # It would fence a successor that has not committed yet, if it did not wait.
    first = Collector(tmp_path / "one", find_free_port(), LOG_URL=f"kafka://{kafka_topic.brokers}/{kafka_topic.name}")
    first.wait_for_bytes(1_000)
    second = Collector(tmp_path / "two", find_free_port(), LOG_URL=f"kafka://{kafka_topic.brokers}/{kafka_topic.name}")
    second.wait_for_bytes(2_000)
    code, log = first.ended()
    assert code == 1
    assert log.splitlines()[-1] == (
        f"collector: another collector writes simulator to the topic {kafka_topic.name}: stop one of them"
    )
    assert second.end()[0] == 0


def test_without_a_broker_the_start_ends_with_one_line(tmp_path):
    unused_port = find_free_port()
    collector = Collector(tmp_path / "var", find_free_port(), LOG_URL=f"kafka://127.0.0.1:{unused_port}/posts")
    code, log = collector.ended()
    assert code == 1
    assert log.splitlines()[-1].startswith(f"collector: Kafka at 127.0.0.1:{unused_port}: ")
