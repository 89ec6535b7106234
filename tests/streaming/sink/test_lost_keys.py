"""A Redis that loses some of its keys while the mark stays: DEL, eviction, early expiry."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import redis

import streaming.jobs.state_writer
import streaming.sink.publisher
import streaming.sink.top_k
from contract import redis_names
from contract.pairs import Partner, Partners, decode_partners
from streaming.jobs.state_writer import StateWriter
from streaming.state.sqlite import COUNTS_FILE
from tests.streaming.fake_counts import DAY, NEXT, NOON, CountingProcess, batch, one_post, started, tag, total

MIDNIGHT = NOON + timedelta(hours=12)
LANGUAGES = ("*", "en", "es")
ROWS = [row for of in LANGUAGES for row in (total(90, language=of), tag("tea", 40, language=of, authors=12))]
TWO_COUNTS = [redis_names.counts("test", DAY, language) for language in ("en", "es")]

Lose = Callable[[redis.Redis, list[str]], object]


def evicted(client: redis.Redis, names: list[str]) -> None:
    """Lose keys as an eviction or an early expiry does."""
    for name in names:
        client.pexpire(name, 1)
    while client.exists(*names):
        pass


LOSSES: list[Lose] = [lambda client, names: client.delete(*names), evicted]


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming.sink.publisher, "REBUILD_PAUSE", 0.0)


@pytest.fixture
def counted(redis_client: redis.Redis, tmp_path: Path) -> CountingProcess:
    counted = started(redis_client, tmp_path / COUNTS_FILE)
    counted.write(*ROWS)
    return counted


def held(client: redis.Redis) -> dict[str, object]:
    """What Redis has of the source, by key; without rankings, which contain the time."""
    read = {"zset": lambda name: client.zrange(name, 0, -1, withscores=True), "hash": client.hgetall}
    names = [name for name in client.scan_iter("trendsite:test:2*") if ":rankings:" not in name]
    return {name: read[client.type(name)](name) for name in names}


@pytest.mark.parametrize("lose", LOSSES)
def test_two_counts_lost_while_no_posts_come_are_restored(counted, redis_client, lose: Lose):
    before = held(redis_client)
    lose(redis_client, TWO_COUNTS)
    counted.check_redis()
    assert held(redis_client) == before
    assert counted.rebuilds == 1


@pytest.mark.parametrize("lose", LOSSES)
def test_two_lost_counts_are_complete_after_the_batch_that_writes_them(counted, redis_client, lose: Lose):
    lose(redis_client, TWO_COUNTS)
    counted.write(total(1, language="en"), tag("milk", 1, language="en"))
    for name, scores in zip(TWO_COUNTS, ({"tea": 40, "milk": 1}, {"tea": 40}), strict=True):
        assert dict(redis_client.zrange(name, 0, -1, withscores=True)) == scores
    assert counted.rebuilds == 1


def test_any_lost_key_is_restored(counted, redis_client):
    before, names = held(redis_client), list(redis_client.scan_iter("trendsite:*"))
    assert len(names) > 20
    for name in names:
        redis_client.delete(name)
        counted.check_redis()
        assert held(redis_client) == before, name
        assert set(redis_client.scan_iter("trendsite:*")) == set(names), name


def test_any_lost_counts_are_complete_after_the_batch_that_writes_them(counted, redis_client):
    milk = [row for of in LANGUAGES for row in (total(1, language=of), tag("milk", 1, language=of, authors=1))]
    for name in [name for name in held(redis_client) if name.rpartition(":")[2] in LANGUAGES]:
        scores = dict(redis_client.zrange(name, 0, -1, withscores=True))
        redis_client.delete(name)
        counted.write(*milk)
        assert redis_client.zscore(name, "tea") == scores["tea"], name
        assert redis_client.zscore(name, "milk"), name


def test_the_board_never_sees_a_ranking_of_partial_counts(counted, redis_client):
    redis_client.delete(*TWO_COUNTS)
    with redis_client.pubsub() as subscription:
        subscription.subscribe(redis_names.ranking_channel("test", "day", "en"))
        assert subscription.get_message(timeout=60), "it is subscribed"
        counted.write(total(1, language="en"), tag("milk", 1, language="en"))
        message = subscription.get_message(timeout=60)
    assert message
    assert '"tea"' in message["data"]


def test_the_next_process_notices_keys_lost_while_none_was_running(counted, redis_client):
    before = held(redis_client)
    counted.store.flush()
    counted.store.close()
    redis_client.delete(redis_names.hour_counts("test", DAY, 12, "es"), *TWO_COUNTS)
    started(redis_client, counted.path)
    assert held(redis_client) == before


def test_a_lost_current_day_is_restored(counted, redis_client):
    before = redis_client.hgetall(redis_names.current("test"))
    redis_client.delete(redis_names.current("test"))
    counted.check_redis()
    assert redis_client.hgetall(redis_names.current("test")) == before
    assert counted.rebuilds == 0


def test_a_lost_current_day_of_an_earlier_process_is_restored_too(counted, redis_client):
    counted.store.close()
    again = started(redis_client, counted.path)
    assert again.publisher._view.current()
    redis_client.delete(redis_names.current("test"))
    again.check_redis()
    assert redis_client.hget(redis_names.current("test"), "day") == DAY.isoformat()


def test_lost_keys_of_a_closed_day_are_restored_while_the_store_has_it(counted, redis_client):
    before = held(redis_client)
    counted.store.flush()
    counted.store.retire_days_before(NEXT)
    redis_client.delete(*TWO_COUNTS)
    counted.check_redis()
    assert held(redis_client) == before


def test_lost_keys_of_a_closed_day_without_counts_are_forgotten(counted, redis_client):
    counted.write(total(2, MIDNIGHT), tag("tea", 1, MIDNIGHT))
    counted.store.retire_days_before(NEXT)
    while counted.store.delete_some():
        pass
    redis_client.delete(*TWO_COUNTS)
    counted.check_redis()
    counted.check_redis()
    assert counted.rebuilds == 0
    assert redis_client.zscore(redis_names.counts("test", NEXT, "*"), "tea") == 1


def test_a_key_that_trimming_empties_is_not_lost(counted, redis_client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(redis_names, "DAY_HASHTAGS", 1)
    monkeypatch.setattr(redis_names, "HOUR_HASHTAGS", 1)
    counted.write(total(50, language="en"), tag("milk", 50, language="en"))
    assert not redis_client.exists(redis_names.authors("test", DAY, "en"))
    counted.check_redis()
    counted.write(total(1, language="en"), tag("milk", 1, language="en"))
    assert counted.rebuilds == 0


def test_keys_that_are_lost_with_every_rebuild_do_not_cause_rebuilds_all_the_time(counted, redis_client, monkeypatch):
    monkeypatch.setattr(streaming.sink.publisher, "REBUILD_PAUSE", 20.0)
    seconds = [time.monotonic()]
    # Each reading of the clock is a second later, so a rebuild takes one second.
    counted.publisher._monotonic = lambda: seconds.append(seconds[-1] + 1) or seconds[-1]
    for _ in range(100):
        redis_client.delete(*TWO_COUNTS)
        counted.write(total(1, language="en"), tag("milk", 1, language="en"))
    assert 1 < counted.rebuilds < 40
    while counted.publisher._has_lost_keys:
        counted.check_redis()
    assert redis_client.zscore(TWO_COUNTS[0], "tea") == 40


def test_a_busy_stream_restores_lost_keys_that_it_never_writes(counted, redis_client, monkeypatch):
    monkeypatch.setattr(streaming.jobs.state_writer, "_CHECK_SECONDS", -1.0)
    writer = StateWriter(counted.store, counted.store.position, counted.publisher, 0)
    redis_client.delete(redis_names.counts("test", DAY, "es"))
    writer.submit(one_post(counted.store.position.offset))
    writer._step()
    assert redis_client.zscore(redis_names.counts("test", DAY, "es"), "tea") == 40


def test_lost_pairs_are_restored_from_the_file(counted, redis_client):
    together = batch(tag("tea", 1), tag("milk", 1), start=counted.store.position.offset)
    together.pairs[DAY] = [("tea", "milk", 1), ("milk", "tea", 1)]
    changed = counted.store.add(together)
    counted.publisher.write(together, changed, NOON)
    counted.publisher.note_pairs(counted.store.flush())
    assert counted.publisher.write_some_pairs()
    counted.write(total(1))
    name = redis_names.pairs("test", DAY)
    before = redis_client.hgetall(name)
    assert decode_partners(before["tea"]) == Partners(0, [Partner("milk", 1, 1)])
    redis_client.delete(name)
    counted.check_redis()
    assert redis_client.hgetall(name) == before
    assert 0 < redis_client.ttl(name) <= redis_names.DAY_TTL
