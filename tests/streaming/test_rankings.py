from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile

import pytest
import redis

from contract import redis_names
from contract.ranking import Ranking, Window, decode_ranking
from streaming.changes import KEPT_HASHTAGS, KEPT_HASHTAGS_OF_AN_HOUR
from streaming.rankings import RankingSink
from streaming.redis_view import RedisView, Shown
from tests.streaming.made_up_counts import DAY, NEXT, NOON, Batch, hour_tag, hour_total, minute_total, tag, total

RecordRace = Callable[[list[date], Shown | None], None]

NOW = datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


def new_sink(
    client: redis.Redis, *state: tuple, query: date = DAY, record_race: RecordRace = lambda days, shown: None
) -> RankingSink:
    """A sink whose query's state holds ``state`` after any batch."""
    return RankingSink(
        RedisView(client, "test"), query, lambda batch: Batch(*state).toArrow(), lambda: NOW, record_race
    )


@pytest.fixture
def sink(redis_client: redis.Redis) -> RankingSink:
    state = (*tag("tea", 40, authors=12), total(90), hour_tag("tea", 30), hour_total(80), minute_total(8))
    return new_sink(redis_client, *state)


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


def test_a_batch_becomes_a_ranking_of_the_day(sink, redis_client):
    sink.write_batch(Batch(total(9), *tag("tea", 3, spelling="Tea", authors=2), *tag("cafe", 5)), 0)
    ranking = stored(redis_client)
    assert (ranking.day, ranking.languages, ranking.window) == (DAY, ["*"], "day")
    assert (ranking.posts, ranking.as_of, ranking.final) == (9, NOW, False)
    assert [(p.rank, p.hashtag, p.key, p.posts, p.authors) for p in ranking.top] == [
        (1, "cafe", "cafe", 5, None),
        (2, "Tea", "tea", 3, 2),
    ]
    shown = {"source": "test", "day": "2026-11-22", "clock": "2026-11-22T12:00:00+00:00"}
    assert redis_client.hgetall(redis_names.CURRENT) == shown


def test_a_batch_becomes_a_ranking_of_the_last_hour(sink, redis_client):
    before = NOON - timedelta(minutes=1)
    sink.write_batch(Batch(total(9, before), *tag("tea", 9), hour_tag("tea", 9, before), hour_total(9, before)), 0)
    clock = NOON + timedelta(minutes=20)
    sink.write_batch(Batch(total(12, clock), *tag("cafe", 7), hour_tag("cafe", 7, clock), hour_total(8, clock)), 1)
    ranking = stored(redis_client, window="hour")
    assert (ranking.day, ranking.window, ranking.posts) == (DAY, "hour", 8 + 6)
    assert [(p.hashtag, p.posts, p.authors) for p in ranking.top] == [("cafe", 7, None), ("tea", 6, None)]


def test_a_batch_is_three_round_trips(sink, redis_client, monkeypatch: pytest.MonkeyPatch):
    batch = Batch(total(9), *tag("tea", 3), *tag("tea", 3, language="en"), hour_tag("tea", 3), hour_total(9))
    sink.write_batch(batch, 0)
    trips = []
    execute = redis.client.Pipeline.execute
    monkeypatch.setattr(redis.client.Pipeline, "execute", lambda self: trips.append(len(self)) or execute(self))
    monkeypatch.setattr(redis_client, "execute_command", lambda *command, **_: pytest.fail(f"on its own: {command}"))
    sink.write_batch(Batch(total(10), *tag("tea", 4), hour_tag("tea", 4), hour_total(10)), 1)
    assert len(trips) == 3


def test_a_retried_batch_changes_nothing(sink, redis_client):
    batch = Batch(total(9), *tag("tea", 3, authors=2), hour_tag("tea", 3), hour_total(9), minute_total(9))
    sink.write_batch(batch, 0)
    before = dumped(redis_client)
    sink.write_batch(batch, 0)
    assert dumped(redis_client) == before
    assert sink.rebuilds == 0


def test_a_query_that_catches_up_lowers_neither_a_count_nor_the_clock(sink, redis_client):
    sink.write_batch(Batch(total(9), *tag("tea", 8, authors=7), hour_tag("tea", 8), hour_total(9)), 0)
    current = redis_client.hgetall(redis_names.CURRENT)
    following = new_sink(redis_client, query=NEXT)
    early = NOON - timedelta(hours=3)
    following.write_batch(
        Batch(total(2, early), *tag("tea", 1, authors=1), hour_tag("tea", 1, NOON), hour_total(2, NOON)), 0
    )
    assert [(p.key, p.posts, p.authors) for p in stored(redis_client).top] == [("tea", 8, 7)]
    assert stored(redis_client).posts == 9
    assert top(redis_client, window="hour") == [("tea", 8)]
    assert redis_client.hgetall(redis_names.CURRENT) == current


def test_the_posts_of_each_minute_stand_in_redis_and_never_fall(sink, redis_client):
    later = NOON + timedelta(minutes=1)
    sink.write_batch(Batch(total(9), minute_total(9)), 0)
    sink.write_batch(Batch(total(12, later), minute_total(10), minute_total(2, later)), 1)
    following = new_sink(redis_client, query=NEXT)
    following.write_batch(Batch(total(3), minute_total(3)), 0)
    name = redis_names.minutes("test", DAY)
    assert redis_client.hgetall(name) == {"720": "10", "721": "2"}
    assert 0 < redis_client.ttl(name) <= redis_names.DAY_TTL


def test_equal_counts_are_ordered_by_key_and_only_ten_are_shown(sink, redis_client):
    rows = [row for number in range(20) for row in tag(f"tag{number:02}", 1)]
    sink.write_batch(Batch(total(30), *rows, *tag("zebra", 2)), 0)
    assert top(redis_client) == [("zebra", 2), *((f"tag{number:02}", 1) for number in range(9))]


def test_a_place_tells_where_its_hashtag_was_before(sink, redis_client):
    sink.write_batch(Batch(*tag("tea", 3), *tag("cafe", 2)), 0)
    sink.write_batch(Batch(*tag("cafe", 9), *tag("milk", 5)), 1)
    assert [(p.key, p.previous_rank, p.is_new) for p in stored(redis_client).top] == [
        ("cafe", 2, False),
        ("milk", None, True),
        ("tea", 1, False),
    ]


def test_each_changed_ranking_is_published_on_the_channel_of_its_window_and_language(sink, redis_client):
    with listening(redis_client) as published:
        sink.write_batch(Batch(total(1), *tag("tea", 1), *tag("tea", 1, language="en"), hour_total(1)), 0)
        assert [(r.window, *r.languages, r.posts) for r in published()] == [
            ("day", "*", 1),
            ("day", "en", 0),
            ("hour", "*", 1),
            ("hour", "en", 0),
        ]
        sink.write_batch(Batch(total(1), *tag("tea", 1)), 1)
        assert published() == []


def test_more_authors_alone_are_a_change(sink, redis_client):
    sink.write_batch(Batch(total(1), *tag("tea", 5, authors=1)), 0)
    with listening(redis_client) as published:
        sink.write_batch(Batch(total(1), *tag("tea", 5, authors=2)), 1)
        assert [(r.window, r.top[0].authors) for r in published()] == [("day", 2)]


def test_late_posts_of_yesterday_are_stored_and_not_shown_as_today(sink, redis_client):
    sink.write_batch(Batch(total(1, MIDNIGHT), *tag("tea", 1, NEXT)), 0)
    late = MIDNIGHT - timedelta(seconds=1)
    with listening(redis_client) as published:
        sink.write_batch(Batch(total(7, late), *tag("milk", 7), hour_tag("milk", 7, late), hour_total(7, late)), 1)
        assert [(r.window, r.day, r.posts) for r in published()] == [("hour", NEXT, 7)]
    assert top(redis_client, day=DAY) == [("milk", 7)]
    current = redis_client.hgetall(redis_names.CURRENT)
    assert (current["day"], current["clock"]) == ("2026-11-23", "2026-11-23T00:00:00+00:00")


def test_a_batch_over_midnight_shows_the_new_day(sink, redis_client):
    late = MIDNIGHT - timedelta(seconds=1)
    with listening(redis_client) as published:
        sink.write_batch(Batch(total(7, late), *tag("milk", 7), total(1, MIDNIGHT), *tag("tea", 1, NEXT)), 0)
        assert [(r.window, r.day) for r in published()] == [("day", NEXT), ("hour", NEXT)]


def test_at_the_turn_of_the_day_every_language_of_the_last_hour_gets_a_ranking(sink, redis_client):
    late = MIDNIGHT - timedelta(minutes=10)
    rows = [
        row
        for language in ("*", "de", "en")
        for row in (total(9, late, language), hour_total(9, late, language), hour_tag("tea", 6, late, language))
    ]
    sink.write_batch(Batch(*rows, hour_total(5, late - timedelta(hours=1), "ja")), 0)
    sink.write_batch(
        Batch(total(1, MIDNIGHT), total(1, MIDNIGHT, "de"), hour_total(1, MIDNIGHT), hour_total(1, MIDNIGHT, "de")), 1
    )
    hours = redis_client.hgetall(redis_names.rankings("test", NEXT, "hour"))
    assert {language: decode_ranking(message).posts for language, message in hours.items()} == {
        "*": 10,
        "de": 10,
        "en": 9,
    }
    assert {(place.key, place.posts) for place in decode_ranking(hours["en"]).top} == {("tea", 6)}


def test_once_a_minute_the_last_hour_shrinks_in_every_language(sink, redis_client):
    before, clock = NOON - timedelta(minutes=1), NOON + timedelta(minutes=30)
    rows = [
        row
        for language in ("*", "en")
        for row in (hour_total(60, before, language), hour_tag("tea", 60, before, language))
    ]
    sink.write_batch(Batch(total(60, before), *rows), 0)
    sink.write_batch(Batch(total(61, clock, "de"), hour_total(1, clock, "de")), 1)
    assert top(redis_client, language="en", window="hour") == [("tea", 30)]
    sink.write_batch(Batch(total(62, clock + timedelta(seconds=29), "de")), 2)
    assert top(redis_client, language="en", window="hour") == [("tea", 30)]
    sink.write_batch(Batch(total(63, clock + timedelta(seconds=60), "de")), 3)
    assert top(redis_client, language="en", window="hour") == [("tea", 29)]


def test_a_flushed_redis_is_filled_from_the_state_with_the_next_batch(sink, redis_client):
    sink.write_batch(Batch(total(90), *tag("tea", 40)), 0)
    redis_client.flushall()
    with listening(redis_client) as published:
        sink.write_batch(Batch(total(91), *tag("milk", 7)), 1)
        assert 7 not in [r.top[0].posts for r in published() if r.top], "half a ranking is never shown"
    assert (stored(redis_client).posts, top(redis_client)) == (91, [("tea", 40), ("milk", 7)])
    assert sink.rebuilds == 1


def test_a_flushed_redis_is_filled_while_no_posts_come(sink, redis_client):
    rows = (total(90), *tag("tea", 40, authors=12), hour_tag("tea", 30), hour_total(80), minute_total(8))
    sink.write_batch(Batch(*rows), 0)
    before = dumped(redis_client)
    sink.rebuild_if_lost(lambda: 0)
    assert sink.rebuilds == 0
    redis_client.flushall()
    sink.rebuild_if_lost(lambda: 0)
    assert dumped(redis_client).keys() == before.keys()
    assert [(p.key, p.posts, p.authors) for p in stored(redis_client).top] == [("tea", 40, 12)]
    assert top(redis_client, window="hour") == [("tea", 30)]
    assert redis_client.hgetall(redis_names.minutes("test", DAY)) == {"720": "8"}
    assert redis_client.hget(redis_names.CURRENT, "clock") == "2026-11-22T12:00:00+00:00"
    sink.rebuild_if_lost(lambda: 0)
    assert sink.rebuilds == 1


def test_what_a_filled_redis_holds_expires_like_before(sink, redis_client):
    rows = (total(90), *tag("tea", 40, authors=12), hour_tag("tea", 30), hour_total(80), minute_total(8))
    sink.write_batch(Batch(*rows), 0)
    lives = {key for key in redis_client.scan_iter() if redis_client.ttl(key) > 0}
    assert lives == set(redis_client.scan_iter()) - {redis_names.CURRENT}
    redis_client.flushall()
    sink.write_batch(Batch(*rows), 1)
    assert {key for key in redis_client.scan_iter() if redis_client.ttl(key) > 0} == lives


@pytest.mark.parametrize("moment", range(3))
def test_a_redis_flushed_while_a_batch_is_written_is_filled(redis_client, monkeypatch, moment: int):
    """It loses everything before the first, second or third of the batch's round trips."""
    sink = new_sink(redis_client, total(90), *tag("tea", 40))
    sink.write_batch(Batch(total(90), *tag("tea", 40)), 0)
    trips = []
    execute = redis.client.Pipeline.execute

    def flushed_before(pipeline: redis.client.Pipeline) -> list:
        trips.append(len(pipeline))
        if len(trips) == moment + 1:
            redis_client.flushall()
        return execute(pipeline)

    monkeypatch.setattr(redis.client.Pipeline, "execute", flushed_before)
    sink.write_batch(Batch(total(91), *tag("milk", 7)), 1)
    sink.rebuild_if_lost(lambda: 1)
    assert top(redis_client)[0] == ("tea", 40)
    assert sink.rebuilds == 1


def test_a_redis_flushed_while_the_first_batch_is_written_gets_it_again(sink, redis_client, monkeypatch):
    write = RedisView.write
    flushes = iter([redis_client.flushall])

    def flushed_before(*arguments: object) -> object:
        next(flushes, lambda: None)()
        return write(*arguments)

    monkeypatch.setattr(RedisView, "write", flushed_before)
    sink.write_batch(Batch(total(1), *tag("tea", 1)), 0)
    assert (top(redis_client), sink.rebuilds) == ([("tea", 1)], 0)
    assert redis_client.get(redis_names.marker("test")) == "2026-11-22:0"


def test_a_redis_flushed_while_it_is_filled_is_filled_again(redis_client, monkeypatch):
    sink = new_sink(redis_client, total(90), *tag("tea", 40))
    write = RedisView.write
    flushes = iter([redis_client.flushall, redis_client.flushall])

    def flushed_before(*arguments: object) -> object:
        next(flushes, lambda: None)()
        return write(*arguments)

    monkeypatch.setattr(RedisView, "write", flushed_before)
    sink.rebuild_if_lost(lambda: 5)
    assert top(redis_client) == [("tea", 40)]
    assert redis_client.get(redis_names.marker("test")) == "2026-11-22:5"


def test_a_restarted_query_goes_on_without_filling_again(redis_client):
    for batch, posts in ((0, 1), (1, 2), (1, 2), (2, 3)):
        sink = new_sink(redis_client)
        sink.write_batch(Batch(*tag("tea", posts)), batch)
        assert sink.rebuilds == 0
    assert top(redis_client) == [("tea", 3)]


def test_a_batch_without_counts_is_marked_all_the_same(sink, redis_client):
    sink.write_batch(Batch(*tag("tea", 1)), 0)
    sink.write_batch(Batch(), 1)
    sink.write_batch(Batch(*tag("tea", 2)), 2)
    assert (top(redis_client), sink.rebuilds) == ([("tea", 2)], 0)


def test_counts_spellings_and_hours_are_bounded(sink, redis_client):
    for batch, first in enumerate((0, 50)):
        numbers = range(first, KEPT_HASHTAGS + first)
        rows = [row for n in numbers for row in [*tag(f"t{n}", n + 1, authors=1), hour_tag(f"t{n}", n + 1)]]
        sink.write_batch(Batch(total(9), *rows), batch)
    assert redis_client.zcard(redis_names.counts("test", DAY, "*")) == KEPT_HASHTAGS
    assert redis_client.zcard(redis_names.authors("test", DAY, "*")) == KEPT_HASHTAGS
    assert redis_client.hlen(redis_names.spellings("test", DAY)) == KEPT_HASHTAGS
    assert redis_client.zcard(redis_names.hour_counts("test", DAY, 12, "*")) == KEPT_HASHTAGS_OF_AN_HOUR
    sink.write_batch(Batch(*tag("t0", KEPT_HASHTAGS + 100)), 2)
    assert top(redis_client)[0] == ("t0", KEPT_HASHTAGS + 100)


def test_another_source_takes_the_board_over(sink, redis_client):
    redis_client.hset(
        redis_names.CURRENT, mapping={"source": "other", "day": "2027-01-01", "clock": "2027-01-01T00:00Z"}
    )
    sink.write_batch(Batch(*tag("tea", 1)), 0)
    assert redis_client.hgetall(redis_names.CURRENT) == {"source": "test", "day": "2026-11-22"}


def test_the_race_is_recorded_of_the_days_that_changed_once_they_are_in_redis(redis_client):
    recorded = []

    def record(days: list[date], shown: Shown | None) -> None:
        recorded.append((days, shown and shown.clock, stored(redis_client).posts))

    sink = new_sink(redis_client, record_race=record)
    sink.write_batch(Batch(total(9)), 0)
    sink.write_batch(Batch(total(11), total(1, MIDNIGHT)), 1)
    sink.write_batch(Batch(), 2)
    assert recorded == [([DAY], NOON, 9), ([DAY, NEXT], MIDNIGHT, 11), ([], MIDNIGHT, 11)]


def test_hostile_hashtags_stay_text(sink, redis_client):
    hostile = "<img src=x onerror=alert(1)>"
    sink.write_batch(Batch(*tag(hostile, 1)), 0)
    assert top(redis_client) == [(hostile, 1)]
