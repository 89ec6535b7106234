"""The whole of streaming on a real Spark and a real Redis, fed by a stand-in collector."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import msgspec
import pyarrow.parquet as pq
import pytest
import redis
from pyspark.sql import SparkSession

from contract import redis_names
from contract.closed_day import closed_day_folder
from contract.post import Post
from contract.race import race_file, read_frames
from contract.ranking import decode_ranking
from contract.socket_protocol import DaySpan
from contract.status import StreamingStatus
from streaming.collector_client import CollectorClient
from streaming.config import Config
from streaming.counting import Counting
from streaming.counts_file import STORE
from streaming.counts_snapshot import Snapshot
from streaming.counts_store import CountsStore
from streaming.recovery import RecoveryError
from streaming.redis_connection import connect
from streaming.redis_view import RedisView
from tests.streaming.stand_in_collector import StandInCollector

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def post(key: str, at: datetime = NOON, language: str = "en") -> Post:
    return Post("a:1", at, language, [key], [key.title()], "ann")


@pytest.fixture
def counting(spark: SparkSession, config: Config, redis_client: redis.Redis) -> Callable:
    @contextmanager
    def count() -> Iterator[None]:
        stop = threading.Event()
        with CollectorClient(config.collector_address, attempts=1) as client, connect(config.redis_url) as view:
            thread = threading.Thread(target=Counting(spark, config, client, view, stop).run)
            thread.start()
            try:
                yield
            finally:
                stop.set()
                thread.join()

    return count


def until(condition: Callable[[], object]) -> None:
    """Wait for what Spark does in its own time."""
    waiting = threading.Event()
    for _ in range(600):
        if condition():
            return
        waiting.wait(0.1)
    raise AssertionError("it did not happen within a minute")


def counted(client: redis.Redis, day: date = DAY, language: str = "*") -> dict[str, int]:
    message = client.hget(redis_names.rankings("test", day, "day"), language)
    return {place.hashtag: place.posts for place in decode_ranking(message).top} if message else {}


def status(client: redis.Redis) -> StreamingStatus | None:
    message = client.get(redis_names.STREAMING_STATUS)
    return msgspec.json.decode(message, type=StreamingStatus) if message else None


def test_posts_become_rankings_and_a_restart_goes_on_from_the_store(counting, collector, redis_client):
    collector.append(post("tea"), post("tea", language="de"), post("cafe"))
    with counting():
        until(lambda: counted(redis_client) == {"Tea": 2, "Cafe": 1})
        assert counted(redis_client, language="de") == {"Tea": 1}
        until(lambda: collector.released == len(collector.lines))
        redis_client.delete(redis_names.rankings("test", DAY, "day"))
        collector.append(post("cafe"))
        until(lambda: counted(redis_client).get("Cafe") == 2)
    collector.append(post("cafe"), post("milk"))
    with counting():
        until(lambda: counted(redis_client) == {"Cafe": 3, "Tea": 2, "Milk": 1})
        until(lambda: (now := status(redis_client)) and now.behind_bytes == 0 and now.batch > 0)
        assert status(redis_client).rebuilds == 0


def test_a_flushed_redis_fills_again_without_a_restart(counting, collector, redis_client):
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
    monkeypatch.setattr(RedisView, "show", lambda _, day: shown.append(day))
    with counting():
        until(lambda: counted(redis_client) == {"Tea": 1})
    assert shown == [NEXT]
    assert redis_client.hget(redis_names.CURRENT, "day") == "2026-11-23"


def test_a_closed_day_is_left_for_the_archive_and_the_next_day_goes_on(
    counting, collector: StandInCollector, redis_client, config: Config
):
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    late = midnight - timedelta(seconds=1)
    collector.append(post("tea"), post("milk", midnight), post("tea", late))
    folder = closed_day_folder(config.data_dir, "test", DAY)
    with counting():
        until(lambda: counted(redis_client) == {"Tea": 2} and counted(redis_client, NEXT) == {"Milk": 1})
        assert redis_client.hget(redis_names.CURRENT, "day") == "2026-11-23"
        assert not folder.exists()
        collector.append(post("milk", midnight + timedelta(hours=1)))
        collector.close_day(DAY)
        until(folder.exists)
        collector.append(post("milk", midnight + timedelta(hours=2)))
        until(lambda: counted(redis_client, NEXT) == {"Milk": 3})
        until(lambda: collector.released == len(collector.lines))
    hours = [0] * 12 + [1] + [0] * 10 + [1]
    assert [tuple(row.values()) for row in pq.read_table(folder).to_pylist()] == [
        ("*", "", "", 2, None, hours, [(12 * 60, 1), (23 * 60 + 59, 1)], None),
        ("*", "tea", "Tea", 2, 1, hours, None, hours),
        ("en", "", "", 2, None, hours, None, None),
        ("en", "tea", "Tea", 2, 1, hours, None, hours),
    ]
    with Snapshot(config.data_dir / "counts" / "test" / STORE) as snapshot:
        assert snapshot.days() == [NEXT]
    assert redis_client.hgetall(redis_names.minutes("test", NEXT)) == {"0": "1", "60": "1", "120": "1"}
    race = read_frames(race_file(config.data_dir, "test", NEXT), "en")
    assert [(frame.at.hour, frame.posts) for frame in race] == [(0, 1), (1, 2), (2, 3)]


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


def test_a_late_first_post_of_an_earlier_day_is_counted_though_what_came_before_it_is_gone(
    counting, collector, redis_client, config
):
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
def test_a_spool_that_does_not_fit_the_store_is_told_at_once(
    config: Config, collector: StandInCollector, redis_client, *, first: int, end: int, message: str
):
    store = CountsStore(config.data_dir / "counts" / "test" / STORE)
    store.begin(500, DAY)
    store.close()
    collector.days[DAY] = DaySpan(0)
    collector.lines += b"\n" * end
    collector.first_offset = first
    with CollectorClient(config.collector_address, attempts=1) as client, pytest.raises(RecoveryError, match=message):
        Counting(None, config, client, redis_client, threading.Event()).run()


def test_a_spool_that_is_moved_away_while_it_is_counted_is_told(spark, config, collector, redis_client):
    collector.append(post("tea"), post("tea"))
    stop, told = threading.Event(), []

    def count() -> None:
        with CollectorClient(config.collector_address, attempts=1) as client:
            try:
                Counting(spark, config, client, redis_client, stop).run()
            except RecoveryError as error:
                told.append(str(error))

    thread = threading.Thread(target=count)
    thread.start()
    until(lambda: collector.released)
    del collector.lines[5:]
    thread.join(60)
    stop.set()
    assert "but the stream of test ends at 5" in told[0]


def test_a_day_whose_first_posts_are_gone_is_not_counted_without_them(config: Config, collector, redis_client):
    collector.append(post("tea"), post("tea"))
    collector.first_offset = 1
    lost = pytest.raises(RecoveryError, match="needs posts from offset 0 on, but its spool begins at 1")
    with CollectorClient(config.collector_address, attempts=1) as client, lost:
        Counting(None, config, client, redis_client, threading.Event()).run()
