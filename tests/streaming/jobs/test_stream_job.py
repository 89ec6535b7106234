"""The query on a real Spark: the counts are the same for all sizes of batches. And the lag of counting."""

import random
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark import SparkContext
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession

from contract.post import Post
from contract.socket_protocol import ReadRequest, Request
from streaming.aggregate.deltas import batch_of, batch_rows
from streaming.config import StreamingConfig
from streaming.jobs.stream_job import NEARLY_UP_TO_DATE_BYTES, LagMonitor, start_query
from streaming.source.lines import parse
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore
from tests.streaming.fake_collector import SECRET, FakeCollector

DAY = date(2026, 11, 22)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
PATIENCE_SECONDS = 240


def made_up(count: int) -> list[Post]:
    choice = random.Random(1)
    posts = []
    for number in range(count):
        written = choice.choice([["Tea"], ["TEA"], ["CupOfTea", "tea"], ["cupoftea"], [f"rare{number}"], []])
        keys = [spelling.casefold() for spelling in written]
        at = MIDNIGHT + timedelta(seconds=choice.randrange(86_400))
        posts.append(Post(f"m:{number}", at, choice.choice(["en", "de"]), keys, written, f"{number:016x}"))
    return posts


def count(session: SparkSession, config: StreamingConfig, end: int) -> list[int]:
    """Count up to ``end`` into the store in DATA_DIR, as a process does; return the number of tasks of each batch."""
    store = CountsStore(config.data_dir / COUNTS_FILE)
    position = store.position or store.begin(0, DAY)
    batches, tasks, whole = [], [], threading.Event()

    def submit(rows: pa.Table) -> None:
        tasks.append(len(set(rows["start"].to_pylist())))
        batches.append(store.add(batch_of(rows)))
        if store.position.offset == end:
            whole.set()

    query = start_query(session, config, position.offset, submit, ending := threading.Event())
    assert whole.wait(PATIENCE_SECONDS)
    ending.set()
    query.stop()
    store.flush()
    store.close()
    assert None not in batches, "no batch is repeated"
    return tasks


def counted(data_dir: Path) -> dict[tuple[str, str], tuple]:
    with Snapshot(data_dir / COUNTS_FILE) as snapshot:
        return {
            (language, key): (count.posts, count.hours, count.spellings, count.minutes, count.authors_of_day())
            for language in snapshot.languages(DAY)
            for key, count in snapshot.counts(DAY, language)
        }


def test_counts_do_not_depend_on_the_sizes_of_batches_and_runs(spark, config, collector):
    posts = made_up(3_000)
    collector.append(*posts[:2_000])
    cut = replace(config, data_dir=config.data_dir / "cut", max_batch_bytes=60_000)
    many = count(spark, cut, len(collector.lines))
    collector.append(*posts[2_000:])
    more = count(spark, cut, len(collector.lines))
    whole = replace(config, data_dir=config.data_dir / "whole", max_batch_bytes=2**24)
    assert count(spark, whole, len(collector.lines)) == [1]
    assert (len(many) > 3, len(more) > 1) == (True, True)
    assert counted(cut.data_dir) == counted(whole.data_dir)
    assert counted(whole.data_dir)["*", "tea"][0] == sum("tea" in post.hashtags for post in posts)


def file_of(data_dir: Path) -> list[str]:
    """The whole counts file as text."""
    with closing(sqlite3.connect(data_dir / COUNTS_FILE)) as database:
        return list(database.iterdump())


def test_counts_are_the_same_bytes_for_any_number_of_tasks(spark, tmp_path, collector, monkeypatch):
    collector.append(*made_up(2_400))
    # Spaces make the batch large, and no more posts.
    collector.lines = collector.lines.replace(b"\n", b" " * 7_000 + b"\n")
    end = len(collector.lines)
    for cores in (2, 4):
        monkeypatch.setattr(SparkContext, "defaultParallelism", cores)
        collector.drops = cores
        config = StreamingConfig(tmp_path / f"{cores}", collector.address, "", "local[2]", "", 2 * end, SECRET)
        assert count(spark, config, end) == [cores]
    store = CountsStore(tmp_path / "1" / COUNTS_FILE)
    store.begin(0, DAY)
    store.add(batch_of(batch_rows(parse(bytes(collector.lines)), 0, end)))
    store.flush()
    store.close()
    assert file_of(tmp_path / "4") == file_of(tmp_path / "2") == file_of(tmp_path / "1")


def test_a_batch_that_fails_ends_the_query(spark, config, collector):
    collector.append(*made_up(3))

    def refuse(rows: pa.Table) -> None:
        raise OSError("not submitted")

    query = start_query(spark, config, 0, refuse, threading.Event())
    with pytest.raises(StreamingQueryException, match="not submitted"):
        query.awaitTermination(PATIENCE_SECONDS)


class SlowCollector(FakeCollector):
    """Delays its response to a read."""

    def __init__(self) -> None:
        self.was_requested, self.may_respond = threading.Event(), threading.Event()
        super().__init__()

    def respond(self, request: Request) -> bytes:
        if isinstance(request, ReadRequest):
            self.was_requested.set()
            self.may_respond.wait(PATIENCE_SECONDS)
        return super().respond(request)


def test_a_stop_during_a_batch_is_not_a_failure(spark, config, caplog, capfd):
    slow, submitted, ending = SlowCollector(), [], threading.Event()
    slow.append(*made_up(3))
    query = start_query(spark, replace(config, collector_address=slow.address), 0, submitted.append, ending)
    assert slow.was_requested.wait(PATIENCE_SECONDS)
    ending.set()
    query.stop()
    slow.may_respond.set()
    slow.stop()
    assert (query.exception(), submitted) == (None, [])
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    assert "StackOverflowError" not in capfd.readouterr().err


def test_a_batch_that_fails_with_a_long_message_ends_the_query_with_a_short_one(spark, config, collector):
    collector.append(*made_up(3))

    def refuse(rows: pa.Table) -> None:
        raise OSError("not submitted\n" + "\tat some.java.Frame\n" * 10_000)

    query = start_query(spark, config, 0, refuse, threading.Event())
    with pytest.raises(StreamingQueryException, match="BatchError: not submitted"):
        query.awaitTermination(PATIENCE_SECONDS)


BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)
FAR = 10 * NEARLY_UP_TO_DATE_BYTES


def seconds(lag: LagMonitor) -> tuple[float, float]:
    return (lag.advanced_at - BEGAN).total_seconds(), (lag.caught_up_at - BEGAN).total_seconds()


def observe(*counted_and_end: tuple[int, int]) -> LagMonitor:
    lag = LagMonitor(BEGAN)
    for second, (counted, end) in enumerate(counted_and_end, 1):
        lag.observe(counted, end, BEGAN + timedelta(seconds=second))
    return lag


def test_a_quiet_stream_that_is_fully_counted_has_advanced_and_caught_up_now():
    assert seconds(observe((100, 100), (100, 100), (100, 100))) == (3, 3)


def test_counting_that_does_not_move_while_bytes_wait_has_not_advanced():
    assert seconds(observe((100, 100), (100, 150), (100, 300))) == (1, 3)


def test_counting_that_moves_far_behind_has_not_caught_up():
    assert seconds(observe((100, 100), (100, FAR), (200, FAR), (300, FAR))) == (4, 1)
