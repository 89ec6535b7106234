"""A store's counts in Redis, and what is published of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import takewhile
from pathlib import Path

import pytest
import redis

from contract import redis_names
from contract.ranking import Ranking, Window, decode_ranking
from streaming.changes import KEPT_HASHTAGS, KEPT_HASHTAGS_OF_AN_HOUR
from streaming.counts_file import STORE
from streaming.redis_view import RedisView, Shown
from tests.streaming.made_up_counts import DAY, NEXT, NOON, NOW, Counted, started, tag, total

MIDNIGHT = NOON + timedelta(hours=12)
LATE = MIDNIGHT - timedelta(seconds=1)
ROWS = (total(90), tag("tea", 40, authors=12))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / STORE


@pytest.fixture
def counted(redis_client: redis.Redis, path: Path) -> Counted:
    return started(redis_client, path)


def stored(client: redis.Redis, language: str = "*", day: date = DAY, window: Window = "day") -> Ranking:
    return decode_ranking(client.hget(redis_names.rankings("test", day, window), language))


def top(client: redis.Redis, **where: object) -> list[tuple[str, int]]:
    return [(place.hashtag, place.posts) for place in stored(client, **where).top]


def dumped(client: redis.Redis) -> dict[str, bytes]:
    return {key: client.dump(key) for key in client.scan_iter()}


@contextmanager
def listening(client: redis.Redis) -> Iterator[Callable[[], list[Ranking]]]:
    """Gives a function that returns the rankings published so far, each checked against its Redis channel."""
    with client.pubsub() as subscription:
        subscription.psubscribe(redis_names.RANKING_CHANNELS)

        def published() -> list[Ranking]:
            end = redis_names.ranking_channel("day", "end")
            client.publish(end, "")
            messages = (m for m in subscription.listen() if m["type"] == "pmessage")
            until_end = list(takewhile(lambda m: m["channel"] != end, messages))
            rankings = [decode_ranking(m["data"]) for m in until_end]
            for message, ranking in zip(until_end, rankings, strict=True):
                assert redis_names.window_and_language(message["channel"]) == (ranking.window, *ranking.languages)
            return rankings

        yield published


def flushing(monkeypatch: pytest.MonkeyPatch, client: redis.Redis, owner: type, name: str, *moments: int) -> None:
    """Let Redis lose everything right before some of the calls of a method, counted from 0."""
    method = getattr(owner, name)
    calls: list[None] = []

    def flushed_before(*arguments: object) -> object:
        if len(calls) in moments:
            client.flushall()
        calls.append(None)
        return method(*arguments)

    monkeypatch.setattr(owner, name, flushed_before)


def test_a_batch_becomes_a_ranking_of_the_day(counted, redis_client):
    counted.write(total(9), tag("tea", 3, spelling="Tea", authors=2), tag("cafe", 5))
    ranking = stored(redis_client)
    assert (ranking.day, ranking.languages, ranking.window) == (DAY, ["*"], "day")
    assert (ranking.posts, ranking.as_of, ranking.final) == (9, NOW, False)
    assert [(p.rank, p.hashtag, p.key, p.posts, p.authors) for p in ranking.top] == [
        (1, "cafe", "cafe", 5, None),
        (2, "Tea", "tea", 3, 2),
    ]
    shown = {"source": "test", "day": "2026-11-22", "clock": "2026-11-22T12:00:00+00:00"}
    assert redis_client.hgetall(redis_names.CURRENT) == shown


def test_a_batch_becomes_a_ranking_of_the_last_hour(counted, redis_client):
    before, clock = NOON - timedelta(minutes=1), NOON + timedelta(minutes=20)
    counted.write(total(9, before), tag("tea", 9, before))
    counted.write(total(8, clock), tag("cafe", 7, clock))
    ranking = stored(redis_client, window="hour")
    assert (ranking.day, ranking.window, ranking.posts) == (DAY, "hour", 8 + 6)
    assert [(p.hashtag, p.posts, p.authors) for p in ranking.top] == [("cafe", 7, None), ("tea", 6, None)]


def test_authors_of_the_day_and_of_each_hour_stand_in_redis_where_they_are_told(counted, redis_client):
    counted.write(tag("tea", 9, authors=5), tag("milk", 3))
    counted.write(tag("tea", 9, NOON + timedelta(hours=1), authors=7))
    assert redis_client.zrange(redis_names.authors("test", DAY, "*"), 0, -1, withscores=True) == [("tea", 7)]
    for hour, authors in ((12, 5), (13, 7)):
        name = redis_names.hour_authors("test", DAY, hour, "*")
        assert redis_client.zrange(name, 0, -1, withscores=True) == [("tea", authors)]
        assert 0 < redis_client.ttl(name) <= redis_names.HOUR_TTL


def test_the_shown_spelling_may_change_with_the_counts(counted, redis_client):
    counted.write(tag("tea", 1, spelling="TEA"))
    counted.write(tag("tea", 1, spelling="Tea"))
    counted.write(tag("tea", 1, spelling="Tea"))
    assert top(redis_client) == [("Tea", 3)]


def test_a_batch_is_three_round_trips(counted, redis_client, monkeypatch: pytest.MonkeyPatch):
    counted.write(total(9), tag("tea", 3), tag("tea", 3, language="en"))
    trips = []
    execute, command = redis.client.Pipeline.execute, redis_client.execute_command
    monkeypatch.setattr(redis.client.Pipeline, "execute", lambda self: trips.append(len(self)) or execute(self))
    monkeypatch.setattr(redis_client, "execute_command", lambda *told, **_: trips.append(1) or command(*told))
    counted.write(total(1), tag("tea", 1))
    assert len(trips) == 3


def test_a_batch_that_comes_again_changes_nothing(counted, redis_client):
    counted.write(total(9), tag("tea", 3, authors=2))
    before = counted.store.position
    changed = counted.add(total(1), tag("tea", 1))
    assert counted.sink.write(changed, before, counted.store.position)
    written = dumped(redis_client)
    assert counted.sink.write(changed, before, counted.store.position)
    assert dumped(redis_client) == written
    assert (top(redis_client), counted.rebuilds) == ([("tea", 4)], 0)


def test_counting_that_begins_again_lowers_neither_a_count_nor_the_clock(counted, redis_client, tmp_path):
    counted.write(total(9), tag("tea", 8, authors=7))
    current = redis_client.hgetall(redis_names.CURRENT)
    again = started(redis_client, tmp_path / "again")
    early = NOON - timedelta(minutes=1)
    again.write(total(2, early), tag("tea", 1, early, authors=1))
    again.write(total(1, NOON.replace(second=0)), tag("tea", 1, authors=1))
    assert [(p.key, p.posts, p.authors) for p in stored(redis_client).top] == [("tea", 8, 7)]
    assert stored(redis_client).posts == 9
    assert redis_client.zscore(redis_names.hour_counts("test", DAY, 12, "*"), "tea") == 8
    assert redis_client.hgetall(redis_names.minutes("test", DAY)) == {"719": "2", "720": "9"}
    assert redis_client.hgetall(redis_names.CURRENT) == current


def test_the_posts_of_each_minute_stand_in_redis(counted, redis_client):
    counted.write(total(9), total(4, language="en"))
    counted.write(total(1), total(2, NOON + timedelta(minutes=1)))
    name = redis_names.minutes("test", DAY)
    assert redis_client.hgetall(name) == {"720": "10", "721": "2"}
    assert 0 < redis_client.ttl(name) <= redis_names.DAY_TTL


def test_equal_counts_are_ordered_by_key_and_only_ten_are_shown(counted, redis_client):
    counted.write(total(30), *[tag(f"tag{number:02}", 1) for number in range(20)], tag("zebra", 2))
    assert top(redis_client) == [("zebra", 2), *((f"tag{number:02}", 1) for number in range(9))]


def test_a_place_tells_where_its_hashtag_was_before(counted, redis_client):
    counted.write(tag("tea", 3), tag("cafe", 2))
    counted.write(tag("cafe", 7), tag("milk", 5))
    assert [(p.key, p.previous_rank, p.is_new) for p in stored(redis_client).top] == [
        ("cafe", 2, False),
        ("milk", None, True),
        ("tea", 1, False),
    ]


def test_each_changed_ranking_is_published_on_the_channel_of_its_window_and_language(counted, redis_client):
    with listening(redis_client) as published:
        counted.write(total(1), tag("tea", 1), tag("tea", 1, language="en"))
        assert [(r.window, *r.languages, r.posts) for r in published()] == [
            ("day", "*", 1),
            ("day", "en", 0),
            ("hour", "*", 1),
            ("hour", "en", 0),
        ]
        counted.write()
        assert published() == []


def test_a_hashtag_that_changes_no_place_is_not_published(counted, redis_client):
    counted.write(total(9), *[tag(f"tag{number}", 5) for number in range(10)])
    with listening(redis_client) as published:
        counted.write(tag("rare", 1))
        assert published() == []


def test_more_authors_alone_are_a_change(counted, redis_client):
    counted.write(tag("tea", 5, authors=1))
    with listening(redis_client) as published:
        counted.write(tag("tea", 0, authors=2))
        assert [(r.window, r.top[0].authors) for r in published()] == [("day", 2)]


def test_late_posts_of_yesterday_are_stored_and_not_shown_as_today(counted, redis_client):
    counted.write(total(1, MIDNIGHT), tag("tea", 1, MIDNIGHT))
    with listening(redis_client) as published:
        counted.write(total(7, LATE), tag("milk", 7, LATE))
        assert [(r.window, r.day, r.posts) for r in published()] == [("hour", NEXT, 8)]
    assert top(redis_client, day=DAY) == [("milk", 7)]
    current = redis_client.hgetall(redis_names.CURRENT)
    assert (current["day"], current["clock"]) == ("2026-11-23", "2026-11-23T00:00:00+00:00")


def test_a_batch_over_midnight_shows_the_new_day(counted, redis_client):
    with listening(redis_client) as published:
        counted.write(total(7, LATE), tag("milk", 7, LATE), total(1, MIDNIGHT), tag("tea", 1, MIDNIGHT))
        assert [(r.window, r.day) for r in published()] == [("day", NEXT), ("hour", NEXT)]


def test_at_the_turn_of_the_day_every_language_of_the_last_hour_gets_a_ranking(counted, redis_client):
    late = MIDNIGHT - timedelta(minutes=10)
    rows = [
        row
        for language in ("*", "de", "en")
        for row in (total(9, late, language), tag("tea", 6, late, language=language))
    ]
    counted.write(*rows, total(5, late - timedelta(hours=1), "ja"))
    counted.write(total(1, MIDNIGHT), total(1, MIDNIGHT, "de"))
    hours = redis_client.hgetall(redis_names.rankings("test", NEXT, "hour"))
    assert {language: decode_ranking(message).posts for language, message in hours.items()} == {
        "*": 10,
        "de": 10,
        "en": 9,
    }
    assert {(place.key, place.posts) for place in decode_ranking(hours["en"]).top} == {("tea", 6)}


def test_once_a_minute_the_last_hour_shrinks_in_every_language(counted, redis_client):
    before, clock = NOON - timedelta(minutes=1), NOON + timedelta(minutes=30)
    counted.write(*[row for of in ("*", "en") for row in (total(60, before, of), tag("tea", 60, before, language=of))])
    for seconds, posts in ((0, 30), (29, 30), (60, 29)):
        counted.write(total(1, clock + timedelta(seconds=seconds), "de"))
        assert top(redis_client, language="en", window="hour") == [("tea", posts)]


def test_a_flushed_redis_is_filled_from_the_store_with_the_next_batch(counted, redis_client):
    counted.write(*ROWS)
    redis_client.flushall()
    with listening(redis_client) as published:
        counted.write(total(1), tag("milk", 7))
        assert 7 not in [r.top[0].posts for r in published() if r.top], "half a ranking is never shown"
    assert (stored(redis_client).posts, top(redis_client)) == (91, [("tea", 40), ("milk", 7)])
    assert counted.rebuilds == 1


def test_a_flushed_redis_is_filled_while_no_posts_come(counted, redis_client):
    counted.write(*ROWS, total(5, language="en"), total(2, MIDNIGHT), tag("tea", 1, MIDNIGHT))
    before = dumped(redis_client)
    counted.look()
    assert counted.rebuilds == 0
    redis_client.flushall()
    counted.look()
    assert dumped(redis_client).keys() == before.keys()
    assert [(p.key, p.posts, p.authors) for p in stored(redis_client).top] == [("tea", 40, 12)]
    assert (stored(redis_client, "en").posts, top(redis_client, day=NEXT)) == (5, [("tea", 1)])
    assert redis_client.hgetall(redis_names.minutes("test", DAY)) == {"720": "90"}
    current = redis_client.hgetall(redis_names.CURRENT)
    assert (current["day"], current["clock"]) == ("2026-11-23", "2026-11-23T00:00:00+00:00")
    counted.look()
    assert counted.rebuilds == 1


def test_while_a_flushed_redis_is_filled_the_board_stays_at_its_day(counted, redis_client):
    counted.write(*ROWS, total(2, MIDNIGHT), tag("tea", 1, MIDNIGHT))
    redis_client.flushall()
    with listening(redis_client) as published:
        counted.look()
        assert {ranking.day for ranking in published()} == {NEXT}
    assert (stored(redis_client).posts, stored(redis_client, day=NEXT).posts) == (90, 2)


def test_what_a_filled_redis_holds_expires_like_before(counted, redis_client):
    counted.write(*ROWS)
    lives = {key for key in redis_client.scan_iter() if redis_client.ttl(key) > 0}
    assert lives == set(redis_client.scan_iter()) - {redis_names.CURRENT}
    redis_client.flushall()
    counted.write(*ROWS)
    assert {key for key in redis_client.scan_iter() if redis_client.ttl(key) > 0} == lives


@pytest.mark.parametrize("moment", range(3))
def test_a_redis_flushed_while_a_batch_is_written_is_filled(counted, redis_client, monkeypatch, moment: int):
    """It loses everything before the first or second of the batch's pipelines, or before the one after it."""
    counted.write(*ROWS)
    flushing(monkeypatch, redis_client, redis.client.Pipeline, "execute", moment)
    counted.write(total(1), tag("milk", 7))
    counted.write(total(1))
    assert top(redis_client) == [("tea", 40), ("milk", 7)]
    assert (stored(redis_client).posts, counted.rebuilds) == (92, 1)


def test_a_redis_flushed_while_the_first_batch_is_written_holds_it_all_the_same(counted, redis_client, monkeypatch):
    flushing(monkeypatch, redis_client, RedisView, "write", 0)
    counted.write(total(1), tag("tea", 1))
    assert top(redis_client) == [("tea", 1)]
    assert redis_client.get(redis_names.marker("test")) == "100"


@pytest.mark.parametrize("moments", [(0, 1), (1,), (2,), (1, 4)])
def test_a_redis_flushed_while_it_is_filled_is_filled_again(
    counted, redis_client, monkeypatch, moments: tuple[int, ...]
):
    counted.write(*ROWS, total(5, language="en"))
    redis_client.flushall()
    flushing(monkeypatch, redis_client, RedisView, "write", *moments)
    counted.look()
    assert (top(redis_client), stored(redis_client, "en").posts) == ([("tea", 40)], 5)
    assert redis_client.get(redis_names.marker("test")) == "100"


def test_a_restart_goes_on_without_filling_again(redis_client, path):
    for _ in range(3):
        counted = started(redis_client, path)
        counted.write(tag("tea", 1))
        counted.store.keep()
        assert counted.rebuilds == 0
    assert top(redis_client) == [("tea", 3)]


def test_killed_before_the_file_had_it_what_is_counted_again_changes_nothing_in_redis(counted, redis_client, path):
    counted.write(total(5), tag("tea", 1))
    counted.store.keep()
    batches = [(total(2), tag("tea", 1)), (total(3, LATE), tag("milk", 2, LATE, authors=2))]
    for rows in batches:
        counted.write(*rows)
    before = {key: content for key, content in dumped(redis_client).items() if "rankings" not in key}
    again = started(redis_client, path)
    assert again.store.position.offset == 100
    for rows in batches:
        again.write(*rows)
        assert {key: content for key, content in dumped(redis_client).items() if "rankings" not in key} == before
    assert (top(redis_client), again.rebuilds) == ([("milk", 2), ("tea", 2)], 0)
    again.write(tag("tea", 1))
    assert (top(redis_client), redis_client.get(redis_names.marker("test"))) == ([("tea", 3), ("milk", 2)], "400")


def test_a_redis_that_lacks_what_the_file_has_is_filled_at_the_start(counted, redis_client, path):
    counted.write(total(5), tag("tea", 1))
    counted.add(total(1), tag("tea", 1), tag("milk", 1))
    counted.store.keep()
    assert top(redis_client) == [("tea", 1)]
    again = started(redis_client, path)
    assert (top(redis_client), stored(redis_client).posts, again.rebuilds) == ([("tea", 2), ("milk", 1)], 6, 1)
    again.write(tag("tea", 1))
    assert (top(redis_client), again.rebuilds) == ([("tea", 3), ("milk", 1)], 1)


def test_a_redis_that_was_put_back_to_an_older_state_is_filled(counted, redis_client):
    counted.write(tag("tea", 1))
    older = {key: (redis_client.dump(key), max(redis_client.pttl(key), 0)) for key in redis_client.scan_iter()}
    counted.write(tag("tea", 1), tag("milk", 1))
    redis_client.flushall()
    for key, (content, life) in older.items():
        redis_client.restore(key, life, content)
    counted.look()
    assert (top(redis_client), counted.rebuilds) == ([("tea", 2), ("milk", 1)], 1)


def test_a_batch_without_counts_is_marked_all_the_same(counted, redis_client):
    counted.write(tag("tea", 1))
    counted.write()
    counted.write(tag("tea", 1))
    assert (top(redis_client), counted.rebuilds) == ([("tea", 2)], 0)
    assert redis_client.get(redis_names.marker("test")) == "300"


def test_counts_spellings_and_hours_are_bounded(counted, redis_client):
    for first in (0, 50):
        counted.write(total(9), *[tag(f"t{n}", n + 1, authors=1) for n in range(first, KEPT_HASHTAGS + first)])
    assert redis_client.zcard(redis_names.counts("test", DAY, "*")) == KEPT_HASHTAGS
    assert redis_client.zcard(redis_names.authors("test", DAY, "*")) == KEPT_HASHTAGS
    assert redis_client.hlen(redis_names.spellings("test", DAY)) == KEPT_HASHTAGS
    assert redis_client.zcard(redis_names.hour_counts("test", DAY, 12, "*")) == KEPT_HASHTAGS_OF_AN_HOUR
    assert redis_client.zcard(redis_names.hour_authors("test", DAY, 12, "*")) == KEPT_HASHTAGS_OF_AN_HOUR
    assert redis_client.zscore(redis_names.counts("test", DAY, "*"), "t0") is None
    counted.write(tag("t0", 3 * KEPT_HASHTAGS))
    assert top(redis_client)[0] == ("t0", 3 * KEPT_HASHTAGS + 1), "it brings its whole count"


def test_another_source_takes_the_board_over(counted, redis_client):
    redis_client.hset(
        redis_names.CURRENT, mapping={"source": "other", "day": "2027-01-01", "clock": "2027-01-01T00:00Z"}
    )
    counted.write(tag("tea", 1))
    shown = {"source": "test", "day": "2026-11-22", "clock": "2026-11-22T12:00:00+00:00"}
    assert redis_client.hgetall(redis_names.CURRENT) == shown


def test_the_race_is_recorded_of_the_days_that_changed_once_they_are_in_redis(redis_client, path):
    recorded = []

    def record(days: list[date], shown: Shown | None) -> None:
        if shown:
            recorded.append((days, shown.clock, stored(redis_client).posts))

    counted = started(redis_client, path, record_race=record)
    counted.write(total(9))
    counted.write(total(2), total(1, MIDNIGHT))
    counted.write()
    assert recorded == [([DAY], NOON, 9), ([DAY, NEXT], MIDNIGHT, 11), ([], MIDNIGHT, 11)]


def test_hostile_hashtags_stay_text(counted, redis_client):
    hostile = "<img src=x onerror=alert(1)>"
    counted.write(tag(hostile, 1))
    assert top(redis_client) == [(hostile, 1)]
