"""A task that does not reach the brokers says so in its row, and the driver runs it again."""

import pyarrow as pa

from benchmarks.harness import wait_until
from contract.kafka_log import KafkaTopic, PlaceRange
from streaming.aggregate.deltas import reason_unread
from streaming.source import kafka
from streaming.source.kafka import KafkaRanges, KafkaStreamReader
from tests.parallel import find_free_port


def test_brokers_that_do_not_answer_are_named_with_the_machine_that_asked(monkeypatch):
    monkeypatch.setattr(kafka, "TASK_PATIENCE_SECONDS", 0.5)
    broker = f"127.0.0.1:{find_free_port()}"
    reader = KafkaStreamReader(KafkaTopic(broker, "posts"), ("127.0.0.1", 1), "", start=0, max_bytes=1_000)

    def reason() -> str:
        (rows,) = reader.read(KafkaRanges("test", 0, 100, [PlaceRange(0, 0, 5)]))
        return reason_unread(pa.Table.from_batches([rows]))

    # The client reports a refused connection a moment later. That may be too late for the first task.
    wait_until(lambda: broker in reason(), "the broker is named")
    assert "let that machine connect to Kafka" in reason()
