from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import takewhile

import pyarrow as pa
import pytest
import redis

from contract import redis_names
from contract.ranking import Ranking, decode_ranking
from streaming.rankings import RankingSink
from streaming.redis_view import KEPT_HASHTAGS, RedisView

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
COLUMNS = ("day", "language", "key", "spelling", "posts")


class Batch:
    """What the sink uses of a DataFrame."""

    def __init__(self, *rows: tuple) -> None:
        self._rows = rows

    def toArrow(self) -> pa.Table:  # noqa: N802 - PySpark's name
        return pa.Table.from_pylist([dict(zip(COLUMNS, row, strict=True)) for row in self._rows])


def posts_of(key: str, posts: int, day: date = DAY, spelling: str | None = None) -> list[tuple]:
    return [(day, "*", key, "", posts), (day, "*", key, spelling or key, posts)]


def total(posts: int, day: date = DAY) -> tuple:
    return (day, "*", "", "", posts)


@pytest.fixture
def sink(redis_client: redis.Redis) -> RankingSink:
    state = Batch(*posts_of("tea", 40), total(90)).toArrow().to_batches()
    return RankingSink(RedisView(redis_client, "test"), DAY, lambda batch: state, lambda: NOW)


def stored(client: redis.Redis, language: str = "*", day: date = DAY) -> Ranking:
    return decode_ranking(client.hget(redis_names.rankings("test", day), language))


def top(client: redis.Redis, **where: object) -> list[tuple[str, int]]:
    return [(place.hashtag, place.posts) for place in stored(client, **where).top]


@contextmanager
def listening(client: redis.Redis) -> Iterator[Callable[[], list[tuple[str, str]]]]:
    """Gives a function that returns the (Redis channel, message) pairs published so far."""
    with client.pubsub() as subscription:
        subscription.psubscribe(redis_names.RANKING_CHANNELS)

        def published() -> list[tuple[str, str]]:
            client.publish(redis_names.ranking_channel("end"), "")
            messages = (m for m in subscription.listen() if m["type"] == "pmessage")
            until_end = takewhile(lambda m: m["channel"] != redis_names.ranking_channel("end"), messages)
            return [(m["channel"], m["data"]) for m in until_end]

        yield published


def test_a_batch_becomes_a_ranking(sink, redis_client):
    sink.write_batch(Batch(total(9), *posts_of("tea", 3, spelling="Tea"), *posts_of("cafe", 5)), 0)
    ranking = stored(redis_client)
    assert (ranking.day, ranking.languages, ranking.posts, ranking.as_of, ranking.final) == (DAY, ["*"], 9, NOW, False)
    assert [(p.rank, p.hashtag, p.key, p.posts) for p in ranking.top] == [(1, "cafe", "cafe", 5), (2, "Tea", "tea", 3)]
    assert redis_client.hgetall(redis_names.CURRENT) == {"source": "test", "day": "2026-11-22"}


def test_a_retried_batch_changes_nothing(sink, redis_client):
    batch = Batch(total(9), *posts_of("tea", 3))
    sink.write_batch(batch, 0)
    before = {key: redis_client.dump(key) for key in redis_client.scan_iter()}
    sink.write_batch(batch, 0)
    assert {key: redis_client.dump(key) for key in redis_client.scan_iter()} == before


def test_a_query_that_catches_up_never_lowers_a_count(sink, redis_client):
    sink.write_batch(Batch(total(9), *posts_of("tea", 8)), 0)
    following = RankingSink(RedisView(redis_client, "test"), NEXT, lambda batch: [], lambda: NOW)
    following.write_batch(Batch(total(2), *posts_of("tea", 1)), 0)
    assert (stored(redis_client).posts, top(redis_client)) == (9, [("tea", 8)])


def test_equal_counts_are_ordered_by_key_and_only_ten_are_shown(sink, redis_client):
    rows = [row for number in range(20) for row in posts_of(f"tag{number:02}", 1)]
    sink.write_batch(Batch(total(30), *rows, *posts_of("zebra", 2)), 0)
    assert top(redis_client) == [("zebra", 2), *((f"tag{number:02}", 1) for number in range(9))]


def test_a_place_tells_where_its_hashtag_was_before(sink, redis_client):
    sink.write_batch(Batch(*posts_of("tea", 3), *posts_of("cafe", 2)), 0)
    sink.write_batch(Batch(*posts_of("cafe", 9), *posts_of("milk", 5)), 1)
    assert [(p.key, p.previous_rank, p.is_new) for p in stored(redis_client).top] == [
        ("cafe", 2, False),
        ("milk", None, True),
        ("tea", 1, False),
    ]


def test_each_changed_ranking_is_published_on_its_languages_channel(sink, redis_client):
    with listening(redis_client) as published:
        sink.write_batch(Batch(total(1), *posts_of("tea", 1), (DAY, "en", "tea", "", 1), (DAY, "en", "", "", 1)), 0)
        sink.write_batch(Batch(total(1), *posts_of("tea", 1)), 1)
        received = [(channel, decode_ranking(message).posts) for channel, message in published()]
    assert received == [(redis_names.ranking_channel("*"), 1), (redis_names.ranking_channel("en"), 1)]


def test_late_posts_of_yesterday_are_stored_and_not_shown_as_today(sink, redis_client):
    sink.write_batch(Batch(total(1, NEXT), *posts_of("tea", 1, NEXT)), 0)
    with listening(redis_client) as published:
        sink.write_batch(Batch(total(7), *posts_of("milk", 7)), 1)
        assert published() == []
    assert top(redis_client, day=DAY) == [("milk", 7)]
    assert redis_client.hget(redis_names.CURRENT, "day") == "2026-11-23"


def test_a_flushed_redis_is_filled_from_the_state_before_the_next_batch(sink, redis_client):
    sink.write_batch(Batch(total(90), *posts_of("tea", 40)), 0)
    redis_client.flushall()
    sink.write_batch(Batch(total(91), *posts_of("milk", 7)), 1)
    assert (stored(redis_client).posts, top(redis_client)) == (91, [("tea", 40), ("milk", 7)])
    assert sink.rebuilds == 1


def test_a_flushed_redis_is_filled_while_no_posts_come(sink, redis_client):
    sink.write_batch(Batch(total(90), *posts_of("tea", 40)), 0)
    sink.rebuild_if_lost(lambda: 0)
    assert sink.rebuilds == 0
    redis_client.flushall()
    sink.rebuild_if_lost(lambda: 0)
    assert top(redis_client) == [("tea", 40)]
    assert redis_client.hget(redis_names.CURRENT, "source") == "test"
    sink.rebuild_if_lost(lambda: 0)
    assert sink.rebuilds == 1


def test_a_restarted_query_goes_on_without_filling_again(sink, redis_client):
    sink.write_batch(Batch(*posts_of("tea", 1)), 0)
    sink.write_batch(Batch(*posts_of("tea", 2)), 1)
    sink.write_batch(Batch(*posts_of("tea", 2)), 1)
    sink.write_batch(Batch(*posts_of("tea", 3)), 2)
    assert sink.rebuilds == 0


def test_counts_and_spellings_are_bounded(sink, redis_client):
    rows = [row for number in range(KEPT_HASHTAGS + 50) for row in posts_of(f"t{number}", number + 1)]
    sink.write_batch(Batch(*rows), 0)
    assert redis_client.zcard(redis_names.counts("test", DAY, "*")) == KEPT_HASHTAGS
    assert redis_client.hlen(redis_names.spellings("test", DAY)) == KEPT_HASHTAGS
    sink.write_batch(Batch(*posts_of("t0", KEPT_HASHTAGS + 100)), 1)
    assert top(redis_client)[0] == ("t0", KEPT_HASHTAGS + 100)


def test_hostile_hashtags_stay_text(sink, redis_client):
    hostile = "<img src=x onerror=alert(1)>"
    sink.write_batch(Batch(*posts_of(hostile, 1)), 0)
    assert top(redis_client) == [(hostile, 1)]
