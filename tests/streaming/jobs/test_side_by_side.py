"""Several streams on one Spark: each is counted, and what fails in one leaves the others alone."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise

import msgspec
import pytest
import redis
from pyspark.sql import SparkSession

import streaming.jobs.side_by_side
from contract import redis_names
from contract.closed_day import closed_day_folder, closed_days
from contract.files import counts_folder
from contract.post import Post
from contract.ranking import decode_ranking
from contract.status import StreamingStatus
from streaming.cluster.check import ClusterError
from streaming.cluster.config import ClusterConfig
from streaming.config import StreamingConfig
from streaming.jobs.live import QueryFailedError
from streaming.jobs.side_by_side import SideBySide
from streaming.sink.redis_view import connect_redis
from streaming.state.sqlite import COUNTS_FILE
from tests.streaming.fake_collector import FakeCollector
from tests.streaming.jobs.test_live import until

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = ("bluesky", "mastodon")


def posts(key: str, number: int, at: datetime = NOON) -> list[Post]:
    return [Post(f"{key}:{n}", at, "en", [key], [key.title()], "ann") for n in range(number)]


@pytest.fixture
def collectors() -> Iterator[dict[str, FakeCollector]]:
    fakes = {name: FakeCollector(name) for name in NAMES}
    yield fakes
    for fake in fakes.values():
        fake.stop()


@pytest.fixture
def configs(config: StreamingConfig, collectors: dict[str, FakeCollector]) -> list[StreamingConfig]:
    return [
        replace(config, source=name, running=NAMES, collector_address=fake.address) for name, fake in collectors.items()
    ]


@pytest.fixture
def counting(spark: SparkSession, configs: list[StreamingConfig], config: StreamingConfig) -> Callable:
    @contextmanager
    def count() -> Iterator[None]:
        stop = threading.Event()
        with connect_redis(config.redis_url) as client:
            thread = threading.Thread(target=SideBySide(spark, configs, client, stop).run)
            thread.start()
            try:
                yield
            finally:
                stop.set()
                thread.join()

    return count


def counted(client: redis.Redis, source: str, day: date = DAY) -> dict[str, int]:
    message = client.hget(redis_names.rankings(source, day, "day"), "*")
    return {place.key: place.posts for place in decode_ranking(message).top} if message else {}


def status(client: redis.Redis, source: str) -> StreamingStatus | None:
    message = client.get(redis_names.streaming_status(source))
    return msgspec.json.decode(message, type=StreamingStatus) if message else None


def problem(client: redis.Redis, source: str) -> str:
    """Return what a source reports, once it reports: the first time a second after its first counts."""
    until(lambda: status(client, source))
    return status(client, source).problem


def test_each_stream_is_counted_under_its_own_name(counting, collectors, redis_client):
    collectors["bluesky"].append(*posts("tea", 3))
    collectors["mastodon"].append(*posts("tea", 2), *posts("milk", 1))
    with counting():
        until(lambda: counted(redis_client, "bluesky") == {"tea": 3})
        until(lambda: counted(redis_client, "mastodon") == {"tea": 2, "milk": 1})
        collectors["mastodon"].append(*posts("tea", 4, NOON.replace(day=23)))
        until(lambda: counted(redis_client, "mastodon", NEXT) == {"tea": 4})
        assert redis_client.hget(redis_names.current("bluesky"), "day") == str(DAY)
        assert redis_client.hget(redis_names.current("mastodon"), "day") == str(NEXT)
        assert redis_names.decode_sources(redis_client.get(redis_names.SOURCES)) == list(NAMES)
        until(lambda: all(collector.released for collector in collectors.values()))
    assert [status(redis_client, name) for name in NAMES] == [None, None]


def test_an_absent_collector_is_waited_for_while_the_other_stream_is_counted(
    counting, collectors, configs, redis_client, caplog
):
    caplog.set_level(logging.INFO)
    collectors["mastodon"].stop()
    collectors["bluesky"].append(*posts("tea", 3))
    with counting():
        until(lambda: counted(redis_client, "bluesky") == {"tea": 3})
        until(lambda: status(redis_client, "mastodon"))
        assert redis_names.decode_sources(redis_client.get(redis_names.SOURCES)) == list(NAMES)
        back = FakeCollector("mastodon", configs[1].collector_address)
        back.append(*posts("milk", 2))
        until(lambda: counted(redis_client, "mastodon") == {"milk": 2})
        back.stop()
    address = f"at 127.0.0.1:{configs[1].collector_address[1]}"
    said = [words for record in caplog.records if address in (words := record.getMessage())]
    are_waiting = [words.startswith("waiting: ") for words in said]
    assert are_waiting[:2] == [True, False]
    assert all(one != other for one, other in pairwise(are_waiting)), "once for each time that it went away"


def test_a_damaged_stream_pauses_alone_and_continues_once_it_is_repaired(
    counting, collectors, config, redis_client, monkeypatch, caplog
):
    monkeypatch.setattr(streaming.jobs.side_by_side, "PAUSE_SECONDS", 0.5)
    damaged = counts_folder(config.data_dir, "mastodon") / COUNTS_FILE
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"no database" * 1_000)
    for collector in collectors.values():
        collector.append(*posts("tea", 3))
    with counting():
        until(lambda: (report := status(redis_client, "mastodon")) and "waits for a person" in report.problem)
        until(lambda: counted(redis_client, "bluesky") == {"tea": 3})
        assert problem(redis_client, "bluesky") == ""
        assert counted(redis_client, "mastodon") == {}
        collectors["bluesky"].append(*posts("milk", 1))
        until(lambda: counted(redis_client, "bluesky") == {"tea": 3, "milk": 1})
        damaged.unlink()
        until(lambda: counted(redis_client, "mastodon") == {"tea": 3})
        until(lambda: problem(redis_client, "mastodon") == "")
    assert len([record for record in caplog.records if "rm -f" in record.getMessage()]) == 1


def test_a_failed_query_is_started_again_while_the_other_stream_is_counted(
    counting, collectors, configs, redis_client, monkeypatch, caplog
):
    for collector in collectors.values():
        collector.append(*posts("tea", 3))
    with counting():
        until(lambda: all(counted(redis_client, name) == {"tea": 3} for name in NAMES))
        until(lambda: collectors["mastodon"].released)
        collectors["mastodon"].lines += b"this is no post\n"
        until(lambda: "counting mastodon failed" in caplog.text)
        assert problem(redis_client, "bluesky") == ""
        until(lambda: problem(redis_client, "mastodon"))
        collectors["bluesky"].append(*posts("milk", 1))
        until(lambda: counted(redis_client, "bluesky") == {"tea": 3, "milk": 1})
        del collectors["mastodon"].lines[-len(b"this is no post\n") :]
        collectors["mastodon"].append(*posts("milk", 2))
        until(lambda: counted(redis_client, "mastodon") == {"tea": 3, "milk": 2})


def test_a_failed_query_ends_the_process_if_no_other_stream_is_counted(spark, configs, collectors, redis_client):
    collectors["bluesky"].append(*posts("tea", 1))
    collectors["bluesky"].lines += b"this is no post\n"
    with pytest.raises(QueryFailedError, match="counting bluesky failed"):
        SideBySide(spark, configs, redis_client, threading.Event()).run()


def test_a_dead_spark_ends_the_process(configs, collectors, redis_client, monkeypatch):
    """Without a session each job fails at once, and none can continue."""
    for collector in collectors.values():
        collector.append(*posts("tea", 1))
    with pytest.raises(AttributeError):
        SideBySide(None, configs, redis_client, threading.Event()).run()


def test_a_collector_of_another_network_is_not_counted(counting, collectors, configs, redis_client, caplog):
    collectors["mastodon"].source = "bluesky"
    for collector in collectors.values():
        collector.append(*posts("tea", 3))
    with counting():
        until(lambda: counted(redis_client, "bluesky") == {"tea": 3})
        until(lambda: (report := status(redis_client, "mastodon")) and "serves bluesky" in report.problem)
        assert counted(redis_client, "bluesky") == {"tea": 3}
    assert len([record for record in caplog.records if "serves bluesky" in record.getMessage()]) == 1


def test_the_day_of_one_stream_closes_while_the_collector_of_the_other_is_away(
    counting, collectors, config, redis_client
):
    for collector in collectors.values():
        collector.append(*posts("tea", 3))
    with counting():
        until(lambda: all(counted(redis_client, name) == {"tea": 3} for name in NAMES))
        collectors["mastodon"].stop()
        collectors["bluesky"].append(*posts("milk", 2, NOON.replace(day=23)))
        collectors["bluesky"].close_day(DAY)
        until(lambda: closed_day_folder(config.data_dir, "bluesky", DAY).exists())
        until(lambda: redis_client.hget(redis_names.current("bluesky"), "day") == str(NEXT))
        until(lambda: DAY in collectors["bluesky"].done)
        assert counted(redis_client, "bluesky", NEXT) == {"milk": 2}
        assert redis_client.hget(redis_names.current("mastodon"), "day") == str(DAY)
    assert [name for name, _, _ in closed_days(config.data_dir)] == ["bluesky"]


def test_a_spark_that_ends_on_its_cluster_ends_counting_with_one_line_even_if_no_post_arrives(
    spark, configs, config, collectors, redis_client, monkeypatch
):
    here = ClusterConfig("127.0.0.1", "127.0.0.1")
    collectors["bluesky"].append(*posts("tea", 3))
    ended, raised, stop = threading.Event(), [], threading.Event()
    monkeypatch.setattr(streaming.jobs.side_by_side, "is_alive", lambda _: not ended.is_set())

    def count() -> None:
        try:
            SideBySide(spark, [replace(of, cluster=here) for of in configs], redis_client, stop).run()
        except ClusterError as error:
            raised.append(str(error))

    thread = threading.Thread(target=count)
    thread.start()
    try:
        until(lambda: counted(redis_client, "bluesky") == {"tea": 3})
        ended.set()
        thread.join(60)
    finally:
        stop.set()
        thread.join()
    assert raised == ["Spark at local[2] ended: its lines above say why. No post is lost: the next start counts on"]
