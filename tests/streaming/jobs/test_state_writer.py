"""The state writer with a real store and a real Redis, and batches as Spark submits them."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from math import inf
from pathlib import Path
from time import monotonic, sleep

import pyarrow as pa
import pytest

import streaming.jobs.state_writer
import streaming.sink.publisher
import streaming.state.store
from contract import redis_names
from contract.pairs import Partner, decode_partners
from contract.post import Post, encode_posts
from streaming.aggregate.deltas import BrokenBatchError, batch_of, batch_rows
from streaming.jobs.state_writer import StateWriter
from streaming.sink.publisher import RankingPublisher
from streaming.source.lines import parse
from streaming.state.errors import GapError
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE
from tests.streaming.fake_counts import DAY, NEXT, NOON, CountingProcess, one_post, tag

MIDNIGHT = NOON + timedelta(hours=12)
PATIENCE_SECONDS = 240


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits long, and nothing happens because a test is slow."""
    monkeypatch.setattr(streaming.jobs.state_writer, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(streaming.jobs.state_writer, "FLUSH_SECONDS", 3_600.0)
    monkeypatch.setattr(streaming.jobs.state_writer, "FIRST_BATCH_SECONDS", 3_600.0)


@pytest.fixture
def counted(redis_client, tmp_path: Path) -> CountingProcess:
    return CountingProcess(redis_client, tmp_path / "counts" / COUNTS_FILE)


@contextmanager
def running(counted: CountingProcess, stream_end: int = 0) -> Iterator[StateWriter]:
    writer = StateWriter(counted.store, counted.store.position, counted.publisher, stream_end)
    writer.start()
    try:
        yield writer
    finally:
        writer.stop()


def until(condition: Callable[[], object]) -> None:
    end = monotonic() + PATIENCE_SECONDS
    while not condition():
        assert monotonic() < end, f"it did not happen within {PATIENCE_SECONDS} s"
        sleep(0.01)


def days(path: Path) -> list[date]:
    with Snapshot(path) as snapshot:
        return snapshot.days()


def durable(path: Path) -> int:
    with Snapshot(path) as snapshot:
        return snapshot.position.offset


def stored(client) -> float | None:
    return client.zscore(redis_names.counts("test", DAY, "*"), "tea")


def test_batches_are_counted_one_after_the_other_and_written_to_redis(counted, redis_client):
    with running(counted) as writer:
        for start in range(0, 500, 100):
            writer.submit(one_post(start))
        until(lambda: writer.counted.offset == 500)
    assert (stored(redis_client), counted.rebuilds, writer.failure) == (5, 0, None)
    assert redis_client.get(redis_names.marker("test")) == "500"


def test_a_repeated_batch_changes_nothing(counted, redis_client):
    with running(counted) as writer:
        for start in (0, 100, 0, 100, 200):
            writer.submit(one_post(start))
        until(lambda: writer.counted.offset == 300)
    assert (stored(redis_client), writer.failure) == (3, None)


def test_a_redis_that_lacks_what_the_file_has_is_rebuilt_at_the_start(redis_client, tmp_path):
    killed = CountingProcess(redis_client, tmp_path / COUNTS_FILE)
    killed.add(tag("tea", 2))
    killed.store.flush()
    with running(CountingProcess(redis_client, tmp_path / COUNTS_FILE)):
        until(lambda: redis_client.get(redis_names.marker("test")) == "100")
    assert stored(redis_client) == 2


def test_an_empty_redis_waits_for_the_first_batch_so_that_counts_never_step_back(redis_client, tmp_path, monkeypatch):
    killed = CountingProcess(redis_client, tmp_path / COUNTS_FILE)
    killed.add(tag("tea", 2))
    killed.store.flush()
    again = CountingProcess(redis_client, tmp_path / COUNTS_FILE)
    rebuilt_at: list[int] = []
    rebuild = RankingPublisher.rebuild
    monkeypatch.setattr(
        RankingPublisher, "rebuild", lambda self: rebuilt_at.append(again.store.position.offset) or rebuild(self)
    )
    with running(again, stream_end=200) as writer:
        writer.submit(one_post(100))
        until(lambda: redis_client.get(redis_names.marker("test")) == "200")
    assert (stored(redis_client), rebuilt_at) == (3, [200])


def test_an_empty_redis_is_rebuilt_if_no_batch_comes(redis_client, tmp_path, monkeypatch):
    monkeypatch.setattr(streaming.jobs.state_writer, "FIRST_BATCH_SECONDS", 0.1)
    killed = CountingProcess(redis_client, tmp_path / COUNTS_FILE)
    killed.add(tag("tea", 2))
    killed.store.flush()
    with running(CountingProcess(redis_client, tmp_path / COUNTS_FILE), stream_end=200):
        until(lambda: redis_client.get(redis_names.marker("test")) == "100")
    assert stored(redis_client) == 2


def test_a_batch_is_soon_durable(counted, monkeypatch):
    monkeypatch.setattr(streaming.jobs.state_writer, "FLUSH_SECONDS", 0.0)
    with running(counted) as writer:
        writer.submit(one_post(0))
        until(lambda: writer.durable.offset == 100)
        assert durable(counted.path) == 100


def test_after_a_crash_counting_continues_from_the_file_while_redis_stays_ahead(counted, redis_client, tmp_path):
    with running(counted) as writer:
        writer.submit(one_post(0))
        until(lambda: writer.counted.offset == 100)
        assert (writer.durable.offset, durable(counted.path)) == (0, 0)
        shutil.copytree(counted.path.parent, tmp_path / "killed")
    killed = CountingProcess(redis_client, tmp_path / "killed" / COUNTS_FILE)
    with running(killed) as writer:
        for start in (0, 100):
            writer.submit(one_post(start))
        until(lambda: writer.counted.offset == 200)
    assert (stored(redis_client), killed.rebuilds) == (2, 0)


def test_a_full_store_is_flushed_at_once(counted, monkeypatch):
    # A post has three: all posts, those of its language, and those with its hashtag, which both share.
    monkeypatch.setattr(streaming.state.store, "MAX_UNFLUSHED_COUNTS", 2)
    with running(counted) as writer:
        writer.submit(one_post(0))
        until(lambda: writer.durable.offset == 100)


def test_a_clean_stop_flushes_everything(counted):
    with running(counted) as writer:
        writer.submit(one_post(0))
        until(lambda: writer.counted.offset == 100)
        assert durable(counted.path) == 0
    assert durable(counted.path) == 100


def test_a_flushed_redis_is_rebuilt_while_no_posts_come(counted, redis_client):
    with running(counted) as writer:
        writer.submit(one_post(0))
        until(lambda: writer.counted.offset == 100)
        redis_client.flushall()
        until(lambda: stored(redis_client) == 1)


@pytest.mark.parametrize(
    ("rows", "failure"),
    [
        (one_post(300), GapError),
        (pa.concat_tables([one_post(0), one_post(300)]), BrokenBatchError),
    ],
)
def test_a_batch_that_cannot_be_counted_stops_the_writer(counted, redis_client, rows, failure: type[Exception]):
    with running(counted) as writer:
        writer.submit(rows)
        until(lambda: writer.failure)
        for start in range(0, 900, 100):
            writer.submit(one_post(start))
    assert durable(counted.path) == 0, "a failed batch does not become durable"
    assert isinstance(writer.failure, failure)
    assert (stored(redis_client), writer.counted.offset) == (None, 0)


def test_a_stop_releases_a_caller_that_waits_to_submit(counted, monkeypatch):
    is_busy, may_continue = threading.Event(), threading.Event()

    def busy(*_: object) -> None:
        is_busy.set()
        assert may_continue.wait(PATIENCE_SECONDS)

    monkeypatch.setattr(counted.publisher, "write", busy)
    with running(counted) as writer:
        writer.submit(one_post(0))
        assert is_busy.wait(PATIENCE_SECONDS)
        writer.submit(one_post(100))
        waiting = threading.Thread(target=writer.submit, args=(one_post(200),))
        waiting.start()
        stopping = threading.Thread(target=writer.stop)
        stopping.start()
        waiting.join(PATIENCE_SECONDS)
        assert not waiting.is_alive()
        may_continue.set()
        stopping.join(PATIENCE_SECONDS)
    assert writer.counted.offset == 100, "a waiting batch is read again later"


def test_closed_days_are_deleted_and_count_no_more_posts(counted, redis_client):
    with running(counted) as writer:
        writer.submit(one_post(0))
        writer.submit(one_post(100, "milk", MIDNIGHT))
        until(lambda: writer.counted.offset == 200)
        writer.retire_days_before(NEXT)
        until(lambda: days(counted.path) == [NEXT])
        writer.submit(one_post(200))
        until(lambda: writer.counted.offset == 300)
        writer.retire_days_before(DAY)
    assert (days(counted.path), writer.counted.first_day, stored(redis_client)) == ([NEXT], NEXT, 1)


def test_closed_days_left_by_an_earlier_process_are_deleted(counted, redis_client):
    with running(counted) as writer:
        writer.submit(one_post(0))
        writer.submit(one_post(100, "milk", MIDNIGHT))
        until(lambda: writer.counted.offset == 200)
    CountingProcess(redis_client, counted.path).store.retire_days_before(NEXT)
    assert days(counted.path) == [DAY, NEXT]
    with running(CountingProcess(redis_client, counted.path)):
        until(lambda: days(counted.path) == [NEXT])


def test_the_latest_day_stays_although_closed_so_a_flushed_redis_shows_it_again(counted, redis_client, monkeypatch):
    monkeypatch.setattr(streaming.jobs.state_writer, "FLUSH_SECONDS", 0.0)
    with running(counted) as writer:
        writer.submit(one_post(0))
        until(lambda: writer.durable.offset == 100)
        writer.retire_days_before(NEXT)
        until(lambda: writer.durable.first_day == NEXT)
        redis_client.flushall()
        until(lambda: stored(redis_client) == 1)
    assert redis_client.hget(redis_names.current("test"), "day") == str(DAY)
    redis_client.flushall()
    with running(CountingProcess(redis_client, counted.path)):
        until(lambda: stored(redis_client) == 1)


def test_a_day_without_posts_is_shown_while_no_batch_waits(counted, redis_client):
    with running(counted) as writer:
        writer.submit(one_post(0))
        until(lambda: writer.counted.offset == 100)
        writer.show(NEXT)
        until(lambda: redis_client.hget(redis_names.current("test"), "day") == str(NEXT))
        clock = redis_client.hget(redis_names.current("test"), "clock")
        writer.show(DAY)
        writer.submit(one_post(100))
        until(lambda: writer.counted.offset == 200)
    assert redis_client.hmget(redis_names.current("test"), "day", "clock") == [str(NEXT), clock]


def test_pairs_reach_redis_with_a_flush_and_after_a_crash_at_the_next_start(redis_client, tmp_path, monkeypatch):
    name, path = redis_names.pairs("test", DAY), tmp_path / COUNTS_FILE
    monkeypatch.setattr(streaming.jobs.state_writer, "FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(streaming.sink.publisher, "PAIRS_AT_ONCE", 1)
    with running(CountingProcess(redis_client, path)) as writer:
        writer.submit(together(0))
        until(lambda: redis_client.hexists(name, "tea"))
    # Killed between a commit and the write to Redis.
    killed = CountingProcess(redis_client, path)
    killed.store.add(batch_of(together(100)))
    killed.store.flush()
    with running(CountingProcess(redis_client, path)):
        until(lambda: decode_partners(redis_client.hget(name, "tea")).partners == [Partner("milk", 2, 2)])


def together(start: int) -> pa.Table:
    """The rows of a batch of one post with two hashtags, of 100 bytes."""
    return batch_rows(parse(encode_posts([Post("a:1", NOON, "en", ["tea", "milk"])])), start, start + 100)


def test_a_flush_is_written_ahead_while_no_batch_waits(counted, monkeypatch):
    monkeypatch.setattr(streaming.state.store, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(streaming.jobs.state_writer, "EARLY_SECONDS", streaming.jobs.state_writer.FLUSH_SECONDS)
    with running(counted) as writer:
        writer.submit(one_post(0))
        until(lambda: writer.counted.offset == 100 and not any(counted.store._unwritten.values()))
        assert (writer.durable.offset, durable(counted.path)) == (0, 0)
    assert (durable(counted.path), writer.failure) == (100, None)


def test_the_last_pairs_of_a_day_reach_redis_before_its_counts_are_deleted(counted, redis_client, monkeypatch):
    monkeypatch.setattr(StateWriter, "_use_pause", lambda _: False)
    with running(counted) as writer:
        writer.submit(together(0))
        writer.submit(one_post(100, "milk", MIDNIGHT))
        until(lambda: writer.counted.offset == 200)
        writer._flushed_at = -inf
        until(lambda: writer.durable.offset == 200)
        writer.retire_days_before(NEXT)
        until(lambda: days(counted.path) == [NEXT])
    assert redis_client.hexists(redis_names.pairs("test", DAY), "tea")
