"""A Redis that loses everything is rebuilt from the counts file."""

from datetime import timedelta
from pathlib import Path

import pytest
import redis

from contract import redis_names
from streaming.sink.redis_view import RedisView
from streaming.state.sqlite import COUNTS_FILE
from tests.streaming.fake_counts import DAY, NEXT, NOON, CountingProcess, started, tag, total
from tests.streaming.published import dumped, listening, stored, top

MIDNIGHT = NOON + timedelta(hours=12)
LATE = MIDNIGHT - timedelta(seconds=1)
ROWS = (total(90), tag("tea", 40, authors=12))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / COUNTS_FILE


@pytest.fixture
def counted(redis_client: redis.Redis, path: Path) -> CountingProcess:
    return started(redis_client, path)


def counts(client: redis.Redis) -> dict[str, bytes]:
    """Everything but what depends on the time of writing: the rankings, and the record with expiries."""
    timed = redis_names.written_keys("test")
    return {key: content for key, content in dumped(client).items() if "rankings" not in key and key != timed}


def flush_before(monkeypatch: pytest.MonkeyPatch, client: redis.Redis, owner: type, name: str, *moments: int) -> None:
    """Flush Redis right before some of the calls of a method, counted from 0."""
    method = getattr(owner, name)
    calls: list[None] = []

    def flushed_before(*arguments: object) -> object:
        if len(calls) in moments:
            client.flushall()
        calls.append(None)
        return method(*arguments)

    monkeypatch.setattr(owner, name, flushed_before)


def test_a_flushed_redis_is_rebuilt_with_the_next_batch(counted, redis_client):
    counted.write(*ROWS)
    redis_client.flushall()
    with listening(redis_client) as published:
        counted.write(total(1), tag("milk", 7))
        assert 7 not in [r.top[0].posts for r in published() if r.top], "a partial ranking is never published"
    assert (stored(redis_client).posts, top(redis_client)) == (91, [("tea", 40), ("milk", 7)])
    assert counted.rebuilds == 1


def test_a_flushed_redis_is_rebuilt_while_no_posts_come(counted, redis_client):
    counted.write(*ROWS, total(5, language="en"), total(2, MIDNIGHT), tag("tea", 1, MIDNIGHT))
    before = dumped(redis_client)
    counted.check_redis()
    assert counted.rebuilds == 0
    redis_client.flushall()
    counted.check_redis()
    assert dumped(redis_client).keys() == before.keys()
    assert [(p.key, p.posts, p.authors) for p in stored(redis_client).top] == [("tea", 40, 12)]
    assert (stored(redis_client, "en").posts, top(redis_client, day=NEXT)) == (5, [("tea", 1)])
    assert redis_client.hgetall(redis_names.minutes("test", DAY)) == {"720": "90"}
    current = redis_client.hgetall(redis_names.current("test"))
    assert (current["day"], current["clock"]) == ("2026-11-23", "2026-11-23T00:00:00+00:00")
    counted.check_redis()
    assert counted.rebuilds == 1


def test_during_a_rebuild_the_board_keeps_its_day(counted, redis_client):
    counted.write(*ROWS, total(2, MIDNIGHT), tag("tea", 1, MIDNIGHT))
    redis_client.flushall()
    with listening(redis_client) as published:
        counted.check_redis()
        assert {ranking.day for ranking in published()} == {NEXT}
    assert (stored(redis_client).posts, stored(redis_client, day=NEXT).posts) == (90, 2)


def test_the_keys_of_a_rebuilt_redis_expire_like_before(counted, redis_client):
    counted.write(*ROWS)
    lives = {key for key in redis_client.scan_iter() if redis_client.ttl(key) > 0}
    assert lives == set(redis_client.scan_iter())
    redis_client.flushall()
    counted.write(*ROWS)
    assert {key for key in redis_client.scan_iter() if redis_client.ttl(key) > 0} == lives


@pytest.mark.parametrize("moment", range(3))
def test_a_redis_flushed_during_a_write_is_rebuilt(counted, redis_client, monkeypatch, moment: int):
    """Redis is flushed before the first or second pipeline of the batch, or before the one after it."""
    counted.write(*ROWS)
    flush_before(monkeypatch, redis_client, redis.client.Pipeline, "execute", moment)
    counted.write(total(1), tag("milk", 7))
    counted.write(total(1))
    assert top(redis_client) == [("tea", 40), ("milk", 7)]
    assert (stored(redis_client).posts, counted.rebuilds) == (92, 1)


def test_a_redis_flushed_during_the_first_write_has_the_batch_all_the_same(counted, redis_client, monkeypatch):
    flush_before(monkeypatch, redis_client, RedisView, "write", 0)
    counted.write(total(1), tag("tea", 1))
    assert top(redis_client) == [("tea", 1)]
    assert redis_client.get(redis_names.marker("test")) == "100"


@pytest.mark.parametrize("moments", [(0, 1), (1,), (2,), (1, 4)])
def test_a_redis_flushed_during_a_rebuild_is_rebuilt_again(
    counted, redis_client, monkeypatch, moments: tuple[int, ...]
):
    counted.write(*ROWS, total(5, language="en"))
    redis_client.flushall()
    flush_before(monkeypatch, redis_client, RedisView, "write", *moments)
    counted.check_redis()
    assert (top(redis_client), stored(redis_client, "en").posts) == ([("tea", 40)], 5)
    assert redis_client.get(redis_names.marker("test")) == "100"


def test_a_redis_that_is_flushed_all_the_time_does_not_stop_counting(counted, redis_client, monkeypatch):
    counted.write(*ROWS)
    redis_client.flushall()
    with monkeypatch.context() as patch:
        flush_before(patch, redis_client, RedisView, "write", *range(1_000))
        counted.check_redis()
    counted.check_redis()
    assert top(redis_client) == [("tea", 40)]


def test_a_restart_continues_without_a_rebuild(redis_client, path):
    for _ in range(3):
        counted = started(redis_client, path)
        counted.write(tag("tea", 1))
        counted.store.flush()
        assert counted.rebuilds == 0
    assert top(redis_client) == [("tea", 3)]


def test_after_a_crash_before_a_flush_counting_again_changes_nothing_in_redis(counted, redis_client, path):
    counted.write(total(5), tag("tea", 1))
    counted.store.flush()
    batches = [(total(2), tag("tea", 1)), (total(3, LATE), tag("milk", 2, LATE, authors=2))]
    for rows in batches:
        counted.write(*rows)
    before = counts(redis_client)
    again = started(redis_client, path)
    assert again.store.position.offset == 100
    for rows in batches:
        again.write(*rows)
        assert counts(redis_client) == before
    assert (top(redis_client), again.rebuilds) == ([("milk", 2), ("tea", 2)], 0)
    again.write(tag("tea", 1))
    assert (top(redis_client), redis_client.get(redis_names.marker("test"))) == ([("tea", 3), ("milk", 2)], "400")


def test_a_redis_behind_the_file_is_rebuilt_at_the_start(counted, redis_client, path):
    counted.write(total(5), tag("tea", 1))
    counted.add(total(1), tag("tea", 1), tag("milk", 1))
    counted.store.flush()
    assert top(redis_client) == [("tea", 1)]
    again = started(redis_client, path)
    assert (top(redis_client), stored(redis_client).posts, again.rebuilds) == ([("tea", 2), ("milk", 1)], 6, 1)
    again.write(tag("tea", 1))
    assert (top(redis_client), again.rebuilds) == ([("tea", 3), ("milk", 1)], 1)


def test_a_redis_restored_to_an_older_state_is_rebuilt(counted, redis_client):
    counted.write(tag("tea", 1))
    older = {key: (redis_client.dump(key), max(redis_client.pttl(key), 0)) for key in redis_client.scan_iter()}
    counted.write(tag("tea", 1), tag("milk", 1))
    redis_client.flushall()
    for key, (content, life) in older.items():
        redis_client.restore(key, life, content)
    counted.check_redis()
    assert (top(redis_client), counted.rebuilds) == ([("tea", 2), ("milk", 1)], 1)
