"""The thread between Spark and Redis, with a real store, a real Redis, and batches as Spark hands them over."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

import streaming.applier
import streaming.counts_store
from contract import redis_names
from contract.post import Post, encode_posts
from streaming.applier import Applier
from streaming.batch import BrokenBatchError, batch_rows
from streaming.counts_file import STORE
from streaming.counts_snapshot import Snapshot
from streaming.counts_store import GapError
from streaming.posts import parse
from streaming.rankings import RankingSink
from tests.streaming.made_up_counts import DAY, NEXT, NOON, Counted, tag

MIDNIGHT = NOON + timedelta(hours=12)
PATIENCE_SECONDS = 30


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming.applier, "_LOOK_SECONDS", 0.01)


@pytest.fixture
def counted(redis_client, tmp_path: Path) -> Counted:
    return Counted(redis_client, tmp_path / "counts" / STORE)


def posts(start: int, key: str = "tea", at=NOON) -> pa.Table:
    """A batch of one post, of 100 bytes."""
    line = encode_posts([Post("a:1", at, "en", [key], [key])])
    return batch_rows(parse(line), start, start + 100)


@contextmanager
def applying(counted: Counted, stream_end: int = 0) -> Iterator[Applier]:
    applier = Applier(counted.store, counted.store.position, counted.sink, stream_end)
    applier.start()
    try:
        yield applier
    finally:
        applier.stop()


def until(condition: Callable[[], object]) -> None:
    waiting = threading.Event()
    for _ in range(PATIENCE_SECONDS * 100):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("it did not happen")


def days(path: Path) -> list[date]:
    with Snapshot(path) as snapshot:
        return snapshot.days()


def kept(path: Path) -> int:
    with Snapshot(path) as snapshot:
        return snapshot.position.offset


def stored(client) -> float | None:
    return client.zscore(redis_names.counts("test", DAY, "*"), "tea")


def test_batches_are_counted_one_after_the_other_and_brought_to_redis(counted, redis_client):
    with applying(counted) as applier:
        for start in range(0, 500, 100):
            applier.take(posts(start))
        until(lambda: applier.counted.offset == 500)
    assert (stored(redis_client), counted.rebuilds, applier.failure) == (5, 0, None)
    assert redis_client.get(redis_names.marker("test")) == "500"


def test_a_batch_that_comes_again_changes_nothing(counted, redis_client):
    with applying(counted) as applier:
        for start in (0, 100, 0, 100, 200):
            applier.take(posts(start))
        until(lambda: applier.counted.offset == 300)
    assert (stored(redis_client), applier.failure) == (3, None)


def test_a_redis_that_lacks_what_the_file_has_is_filled_at_the_start(redis_client, tmp_path):
    killed = Counted(redis_client, tmp_path / STORE)
    killed.add(tag("tea", 2))
    killed.store.keep()
    with applying(Counted(redis_client, tmp_path / STORE)):
        until(lambda: redis_client.get(redis_names.marker("test")) == "100")
    assert stored(redis_client) == 2


def test_an_empty_redis_is_not_filled_with_less_than_a_killed_run_has_shown(redis_client, tmp_path, monkeypatch):
    killed = Counted(redis_client, tmp_path / STORE)
    killed.add(tag("tea", 2))
    killed.store.keep()
    again = Counted(redis_client, tmp_path / STORE)
    filled_at: list[int] = []
    fill = RankingSink.fill
    monkeypatch.setattr(RankingSink, "fill", lambda sink: filled_at.append(again.store.position.offset) or fill(sink))
    with applying(again, stream_end=200) as applier:
        applier.take(posts(100))
        until(lambda: redis_client.get(redis_names.marker("test")) == "200")
    assert (stored(redis_client), filled_at) == (3, [200])


def test_an_empty_redis_does_not_wait_for_ever_for_posts_to_count(redis_client, tmp_path, monkeypatch):
    monkeypatch.setattr(streaming.applier, "FIRST_BATCH_SECONDS", 0.1)
    killed = Counted(redis_client, tmp_path / STORE)
    killed.add(tag("tea", 2))
    killed.store.keep()
    with applying(Counted(redis_client, tmp_path / STORE), stream_end=200):
        until(lambda: redis_client.get(redis_names.marker("test")) == "100")
    assert stored(redis_client) == 2


def test_what_is_counted_is_soon_in_the_file(counted, monkeypatch):
    monkeypatch.setattr(streaming.applier, "KEEP_SECONDS", 0.0)
    with applying(counted) as applier:
        applier.take(posts(0))
        until(lambda: applier.kept.offset == 100)
        assert kept(counted.path) == 100


def test_a_killed_process_goes_on_from_what_the_file_has_and_redis_stays_ahead(counted, redis_client, tmp_path):
    with applying(counted) as applier:
        applier.take(posts(0))
        until(lambda: applier.counted.offset == 100)
        assert (applier.kept.offset, kept(counted.path)) == (0, 0)
        shutil.copytree(counted.path.parent, tmp_path / "killed")
    killed = Counted(redis_client, tmp_path / "killed" / STORE)
    with applying(killed) as applier:
        for start in (0, 100):
            applier.take(posts(start))
        until(lambda: applier.counted.offset == 200)
    assert (stored(redis_client), killed.rebuilds) == (2, 0)


def test_a_store_that_is_full_is_kept_at_once(counted, monkeypatch):
    monkeypatch.setattr(streaming.counts_store, "MOST_CHANGED", 3)
    with applying(counted) as applier:
        applier.take(posts(0))
        until(lambda: applier.kept.offset == 100)


def test_who_stops_in_order_leaves_everything_in_the_file(counted):
    with applying(counted) as applier:
        applier.take(posts(0))
        until(lambda: applier.counted.offset == 100)
        assert kept(counted.path) == 0
    assert kept(counted.path) == 100


def test_a_redis_that_loses_everything_is_filled_while_no_posts_come(counted, redis_client):
    with applying(counted) as applier:
        applier.take(posts(0))
        until(lambda: applier.counted.offset == 100)
        redis_client.flushall()
        until(lambda: stored(redis_client) == 1)


@pytest.mark.parametrize(
    ("rows", "failure"),
    [
        (posts(300), GapError),
        (pa.concat_tables([posts(0), posts(300)]), BrokenBatchError),
    ],
)
def test_what_cannot_be_counted_stops_everything_and_is_told(counted, redis_client, rows, failure: type[Exception]):
    with applying(counted) as applier:
        applier.take(rows)
        until(lambda: applier.failure)
        for start in range(0, 900, 100):
            applier.take(posts(start))
    assert kept(counted.path) == 0, "nothing that failed is kept"
    assert isinstance(applier.failure, failure)
    assert (stored(redis_client), applier.counted.offset) == (None, 0)


def test_whoever_brings_more_batches_than_may_wait_is_let_go_by_a_stop(counted, monkeypatch):
    at_it, may_go_on = threading.Event(), threading.Event()

    def busy(*_: object) -> None:
        at_it.set()
        assert may_go_on.wait(PATIENCE_SECONDS)

    monkeypatch.setattr(counted.sink, "write", busy)
    with applying(counted) as applier:
        applier.take(posts(0))
        assert at_it.wait(PATIENCE_SECONDS)
        applier.take(posts(100))
        waiting = threading.Thread(target=applier.take, args=(posts(200),))
        waiting.start()
        stopping = threading.Thread(target=applier.stop)
        stopping.start()
        waiting.join(PATIENCE_SECONDS)
        assert not waiting.is_alive()
        may_go_on.set()
        stopping.join(PATIENCE_SECONDS)
    assert applier.counted.offset == 100, "what waited comes again"


def test_days_that_are_done_go_and_count_no_more(counted, redis_client):
    with applying(counted) as applier:
        applier.take(posts(0))
        applier.take(posts(100, "milk", MIDNIGHT))
        until(lambda: applier.counted.offset == 200)
        applier.end_days_before(NEXT)
        until(lambda: days(counted.path) == [NEXT])
        applier.take(posts(200))
        until(lambda: applier.counted.offset == 300)
        applier.end_days_before(DAY)
    assert (days(counted.path), applier.counted.first_day, stored(redis_client)) == ([NEXT], NEXT, 1)


def test_what_the_process_before_did_not_come_to_remove_is_removed(counted, redis_client):
    with applying(counted) as applier:
        applier.take(posts(0))
        until(lambda: applier.counted.offset == 100)
    Counted(redis_client, counted.path).store.end_days_before(NEXT)
    assert days(counted.path) == [DAY]
    with applying(Counted(redis_client, counted.path)):
        until(lambda: days(counted.path) == [])
