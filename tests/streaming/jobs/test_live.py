"""All of streaming on a real Spark and a real Redis, with a fake collector."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import msgspec
import pyarrow.parquet as pq
import pytest
import redis
from pyspark.sql import SparkSession

from contract import redis_names
from contract.closed_day import closed_day_folder, reopened_file
from contract.post import Post
from contract.race import race_file, read_frames
from contract.ranking import decode_ranking
from contract.socket_protocol import DaySpan
from contract.status import StreamingStatus
from streaming.config import StreamingConfig
from streaming.jobs.live import Supervisor
from streaming.session import StartHelpers
from streaming.sink.redis_view import RedisView, connect_redis
from streaming.state.errors import RecoveryError
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore
from tests.streaming.fake_collector import FakeCollector

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PATIENCE_SECONDS = 240


def post(key: str, at: datetime = NOON, language: str = "en") -> Post:
    return Post("a:1", at, language, [key], [key.title()], "ann")


@pytest.fixture
def counting(spark: SparkSession, config: StreamingConfig, redis_client: redis.Redis) -> Callable:
    @contextmanager
    def count() -> Iterator[None]:
        stop = threading.Event()
        with connect_redis(config.redis_url) as view:
            thread = threading.Thread(target=Supervisor(spark, StartHelpers(spark), config, view, stop).run)
            thread.start()
            try:
                yield
            finally:
                stop.set()
                thread.join()

    return count


def until(condition: Callable[[], object]) -> None:
    """Wait for Spark, which takes a minute for a few batches on a slow, busy machine."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, f"it did not happen within {PATIENCE_SECONDS} s"
        time.sleep(0.1)


def counted(client: redis.Redis, day: date = DAY, language: str = "*") -> dict[str, int]:
    message = client.hget(redis_names.rankings("test", day, "day"), language)
    return {place.hashtag: place.posts for place in decode_ranking(message).top} if message else {}


def status(client: redis.Redis) -> StreamingStatus | None:
    message = client.get(redis_names.streaming_status("test"))
    return msgspec.json.decode(message, type=StreamingStatus) if message else None


def test_posts_become_rankings_and_a_restart_continues_from_the_file(counting, collector, redis_client):
    collector.append(post("tea"), post("tea", language="de"), post("cafe"))
    with counting():
        until(lambda: counted(redis_client) == {"Tea": 2, "Cafe": 1})
        until(lambda: counted(redis_client, language="de") == {"Tea": 1})
        until(lambda: collector.released == len(collector.lines))
        redis_client.delete(redis_names.rankings("test", DAY, "day"))
        collector.append(post("cafe"))
        until(lambda: counted(redis_client).get("Cafe") == 2)
    collector.append(post("cafe"), post("milk"))
    with counting():
        until(lambda: counted(redis_client) == {"Cafe": 3, "Tea": 2, "Milk": 1})
        until(lambda: (now := status(redis_client)) and now.behind_bytes == 0 and now.batch > 0)
        assert status(redis_client).rebuilds == 0


def test_a_flushed_redis_is_rebuilt_without_a_restart(counting, collector, redis_client):
    collector.append(post("tea"), post("tea"), post("cafe"))
    with counting():
        until(lambda: counted(redis_client) == {"Tea": 2, "Cafe": 1})
        redis_client.flushall()
        until(lambda: counted(redis_client) == {"Tea": 2, "Cafe": 1})
        collector.append(post("cafe"))
        until(lambda: counted(redis_client) == {"Tea": 2, "Cafe": 2})


def test_a_restart_with_an_empty_redis_shows_the_latest_day_at_once(counting, collector, redis_client, monkeypatch):
    collector.append(post("tea"), post("milk", datetime(2026, 11, 23, tzinfo=UTC)))
    with counting():
        until(lambda: collector.released == len(collector.lines))
    redis_client.flushall()
    shown: list[date] = []
    monkeypatch.setattr(RedisView, "show", lambda _, day, _clock=None: shown.append(day))
    with counting():
        until(lambda: counted(redis_client) == {"Tea": 1})
    assert shown == [NEXT]
    assert redis_client.hget(redis_names.current("test"), "day") == "2026-11-23"


def test_a_closed_day_is_written_for_the_archive_and_the_next_day_continues(
    counting, collector: FakeCollector, redis_client, config: StreamingConfig
):
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    late = midnight - timedelta(seconds=1)
    collector.append(post("tea"), post("milk", midnight), post("tea", late))
    folder = closed_day_folder(config.data_dir, "test", DAY)
    with counting():
        until(lambda: counted(redis_client) == {"Tea": 2} and counted(redis_client, NEXT) == {"Milk": 1})
        assert redis_client.hget(redis_names.current("test"), "day") == "2026-11-23"
        assert not folder.exists()
        collector.append(post("milk", midnight + timedelta(hours=1)))
        collector.close_day(DAY)
        until(folder.exists)
        collector.append(post("milk", midnight + timedelta(hours=2)))
        until(lambda: counted(redis_client, NEXT) == {"Milk": 3})
        until(lambda: collector.released == len(collector.lines) and collector.done == {DAY})
        # The collector forgets written days, and counting continues.
        collector.close_day(NEXT)
        until(lambda: collector.done == {DAY, NEXT} and collector.days == {})
        until(closed_day_folder(config.data_dir, "test", NEXT).exists)
    hours = [0] * 12 + [1] + [0] * 10 + [1]
    assert [tuple(row.values()) for row in pq.read_table(folder).to_pylist()] == [
        ("*", "", "", 2, None, hours, [(12 * 60, 1), (23 * 60 + 59, 1)], None),
        ("*", "tea", "Tea", 2, 1, hours, None, hours),
        ("en", "", "", 2, None, hours, None, None),
        ("en", "tea", "Tea", 2, 1, hours, None, hours),
    ]
    with Snapshot(config.data_dir / "counts" / "test" / COUNTS_FILE) as snapshot:
        assert DAY not in snapshot.days()
    assert redis_client.hgetall(redis_names.minutes("test", NEXT)) == {"0": "1", "60": "1", "120": "1"}
    race = read_frames(race_file(config.data_dir, "test", NEXT), "en")
    assert [(frame.at.hour, frame.posts) for frame in race] == [(0, 1), (1, 2), (2, 3)]


def test_the_latest_day_is_written_for_the_archive_and_shown_until_the_clock_leaves_it(
    counting, collector: FakeCollector, redis_client, config: StreamingConfig
):
    collector.append(post("tea"), post("cafe"), post("tea"))
    folder = closed_day_folder(config.data_dir, "test", DAY)
    with counting():
        until(lambda: counted(redis_client) == {"Tea": 2, "Cafe": 1})
        collector.clock = NOON
        collector.close_day(DAY)
        until(lambda: (now := status(redis_client)) and folder.exists() and now.day is None)
    redis_client.flushall()
    collector.days.clear()
    with counting():
        until(lambda: counted(redis_client) == {"Tea": 2, "Cafe": 1})
        assert redis_client.hget(redis_names.current("test"), "day") == str(DAY)
        collector.clock = datetime(2026, 11, 23, 1, tzinfo=UTC)
        until(lambda: redis_client.hget(redis_names.current("test"), "day") == str(NEXT))
        collector.append(post("milk", datetime(2026, 11, 23, 2, tzinfo=UTC)))
        until(lambda: counted(redis_client, NEXT) == {"Milk": 1})


def test_a_source_that_began_anew_is_counted_again_although_its_day_was_closed(
    counting, collector: FakeCollector, redis_client, config: StreamingConfig
):
    far = date(2038, 1, 19)
    spam = post("spam", datetime(2038, 1, 19, tzinfo=UTC))
    collector.append(post("tea"), post("tea"), spam, spam)
    collector.close_day(DAY)
    closed = closed_day_folder(config.data_dir, "test", DAY)
    with counting():
        until(lambda: closed.exists() and counted(redis_client, far) == {"Spam": 2})
        assert redis_client.hget(redis_names.current("test"), "day") == str(far)
        until(lambda: collector.released == len(collector.lines) and collector.done == {DAY})
        collector.begin_anew("anew", post("tea"), post("tea"), post("cafe"))
        until(lambda: counted(redis_client) == {"Tea": 2, "Cafe": 1})
        assert redis_client.hget(redis_names.current("test"), "day") == str(DAY)
        assert not closed.exists()
        assert reopened_file(config.data_dir, "test", DAY).exists()
    collector.append(post("cafe"))
    with counting():
        until(lambda: counted(redis_client) == {"Tea": 2, "Cafe": 2})
        collector.close_day(DAY)
        until(closed.exists)
    posts = pq.read_table(closed, filters=[("language", "=", "*")])["posts"].to_pylist()
    assert posts == [4, 2, 2]


def test_a_backlog_of_days_is_closed_one_by_one(counting, collector, redis_client, config):
    days = [DAY + timedelta(days=number) for number in range(3)]
    for day in days:
        collector.append(post(f"on{day.day}", datetime.combine(day, NOON.timetz())))
        collector.close_day(day)
    with counting():
        until(lambda: all(closed_day_folder(config.data_dir, "test", day).exists() for day in days))
    for day in days:
        keys = pq.read_table(closed_day_folder(config.data_dir, "test", day))["key"].to_pylist()
        assert keys == ["", f"on{day.day}", "", f"on{day.day}"]


def test_a_late_first_post_of_an_earlier_day_is_counted_after_a_release(counting, collector, redis_client, config):
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    collector.append(post("milk", midnight), post("milk", midnight))
    with counting():
        until(lambda: collector.released == len(collector.lines))
        collector.first_offset = collector.released
        collector.append(post("tea", midnight - timedelta(seconds=1)), post("milk", midnight))
        until(lambda: counted(redis_client) == {"Tea": 1})
        collector.close_day(DAY)
        collector.append(post("milk", midnight))
        until(lambda: counted(redis_client, NEXT) == {"Milk": 4})
        collector.close_day(NEXT)
        until(closed_day_folder(config.data_dir, "test", NEXT).exists)
    for day, posts in ((DAY, [1, 1]), (NEXT, [4, 4])):
        table = pq.read_table(closed_day_folder(config.data_dir, "test", day), filters=[("language", "=", "*")])
        assert table["posts"].to_pylist() == posts


@pytest.mark.parametrize(
    ("first", "end", "message"),
    [
        (0, 499, "has counted up to offset 500, but the stream of test ends at 499"),
        (501, 900, "needs posts from offset 500 on, but its spool begins at 501"),
    ],
)
def test_a_spool_that_does_not_match_the_counts_is_an_error_at_once(
    config: StreamingConfig, collector: FakeCollector, redis_client, *, first: int, end: int, message: str
):
    store = CountsStore(config.data_dir / "counts" / "test" / COUNTS_FILE)
    store.begin(500, DAY)
    store.close()
    collector.days[DAY] = DaySpan(0)
    collector.lines += b"\n" * end
    collector.first_offset = first
    with pytest.raises(RecoveryError, match=message):
        Supervisor(None, StartHelpers(None), config, redis_client, threading.Event()).run()


def test_a_spool_that_is_moved_away_during_counting_is_an_error(spark, config, collector, redis_client):
    collector.append(post("tea"), post("tea"))
    stop, errors = threading.Event(), []

    def count() -> None:
        try:
            Supervisor(spark, StartHelpers(spark), config, redis_client, stop).run()
        except RecoveryError as error:
            errors.append(str(error))

    thread = threading.Thread(target=count)
    thread.start()
    until(lambda: collector.released)
    collector.begin_anew("")
    thread.join(PATIENCE_SECONDS)
    stop.set()
    assert "but the stream of test ends at 0" in errors[0]


def test_the_running_source_is_stored_and_keys_of_earlier_versions_are_deleted(
    config: StreamingConfig, collector, redis_client
):
    for key in redis_names.OLD_KEYS:
        redis_client.set(key, "old")
    stop = threading.Event()
    thread = threading.Thread(target=Supervisor(None, StartHelpers(None), config, redis_client, stop).run)
    thread.start()
    until(lambda: redis_client.exists(redis_names.streaming_status("test")))
    assert redis_names.decode_sources(redis_client.get(redis_names.SOURCES)) == ["test"]
    assert not redis_client.exists(*redis_names.OLD_KEYS)
    stop.set()
    thread.join()
    assert not redis_client.exists(redis_names.streaming_status("test"))


def test_a_day_without_its_first_posts_is_not_counted(config: StreamingConfig, collector, redis_client):
    collector.append(post("tea"), post("tea"))
    collector.first_offset = 1
    lost = pytest.raises(RecoveryError, match="needs posts from offset 0 on, but its spool begins at 1")
    with lost:
        Supervisor(None, StartHelpers(None), config, redis_client, threading.Event()).run()
