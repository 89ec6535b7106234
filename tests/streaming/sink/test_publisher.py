"""The counts of a store in Redis, and the rankings that are published."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import redis

from contract import redis_names
from contract.ranking import decode_ranking
from contract.redis_names import DAY_HASHTAGS, HOUR_HASHTAGS
from streaming.sink.redis_view import CurrentDay, RedisView
from streaming.state.sqlite import COUNTS_FILE
from tests.streaming.fake_counts import DAY, NEXT, NOON, NOW, CountingProcess, NoRace, started, tag, total
from tests.streaming.published import dumped, listening, stored, top

MIDNIGHT = NOON + timedelta(hours=12)
LATE = MIDNIGHT - timedelta(seconds=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / COUNTS_FILE


@pytest.fixture
def counted(redis_client: redis.Redis, path: Path) -> CountingProcess:
    return started(redis_client, path)


def test_a_batch_becomes_a_ranking_of_the_day(counted, redis_client):
    counted.write(total(9), tag("tea", 3, spelling="Tea", authors=2), tag("cafe", 5))
    ranking = stored(redis_client)
    assert (ranking.day, ranking.languages, ranking.window) == (DAY, ["*"], "day")
    assert (ranking.posts, ranking.as_of, ranking.final) == (9, NOW, False)
    assert [(p.rank, p.hashtag, p.key, p.posts, p.authors) for p in ranking.top] == [
        (1, "cafe", "cafe", 5, None),
        (2, "Tea", "tea", 3, 2),
    ]
    shown = {"day": "2026-11-22", "clock": "2026-11-22T12:00:00+00:00"}
    assert redis_client.hgetall(redis_names.current("test")) == shown


def test_a_batch_becomes_a_ranking_of_the_last_hour(counted, redis_client):
    before, clock = NOON - timedelta(minutes=1), NOON + timedelta(minutes=20)
    counted.write(total(9, before), tag("tea", 9, before))
    counted.write(total(8, clock), tag("cafe", 7, clock))
    ranking = stored(redis_client, window="hour")
    assert (ranking.day, ranking.window, ranking.posts) == (DAY, "hour", 8 + 6)
    assert [(p.hashtag, p.posts, p.authors) for p in ranking.top] == [("cafe", 7, None), ("tea", 6, None)]


def test_the_authors_of_the_day_and_of_each_hour_are_in_redis_if_posts_have_them(counted, redis_client):
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


def test_a_batch_takes_three_round_trips(counted, redis_client, monkeypatch: pytest.MonkeyPatch):
    counted.write(total(9), tag("tea", 3), tag("tea", 3, language="en"))
    trips = []
    execute, command = redis.client.Pipeline.execute, redis_client.execute_command
    monkeypatch.setattr(redis.client.Pipeline, "execute", lambda self: trips.append(len(self)) or execute(self))
    monkeypatch.setattr(redis_client, "execute_command", lambda *words, **_: trips.append(1) or command(*words))
    counted.write(total(1), tag("tea", 1))
    assert len(trips) == 3


def test_a_repeated_batch_changes_nothing(counted, redis_client):
    counted.write(total(9), tag("tea", 3, authors=2))
    batch = counted.add(total(1), tag("tea", 1))
    assert counted.publisher.write(*batch, counted.store.position.clock)
    written = dumped(redis_client)
    assert counted.publisher.write(*batch, counted.store.position.clock)
    assert dumped(redis_client) == written
    assert (top(redis_client), counted.rebuilds) == ([("tea", 4)], 0)


def test_counting_again_from_the_start_lowers_neither_a_count_nor_the_clock(counted, redis_client, tmp_path):
    counted.write(total(9), tag("tea", 8, authors=7))
    current = redis_client.hgetall(redis_names.current("test"))
    again = started(redis_client, tmp_path / "again")
    early = NOON - timedelta(minutes=1)
    again.write(total(2, early), tag("tea", 1, early, authors=1))
    again.write(total(1, NOON.replace(second=0)), tag("tea", 1, authors=1))
    assert [(p.key, p.posts, p.authors) for p in stored(redis_client).top] == [("tea", 8, 7)]
    assert stored(redis_client).posts == 9
    assert redis_client.zscore(redis_names.hour_counts("test", DAY, 12, "*"), "tea") == 8
    assert redis_client.hgetall(redis_names.minutes("test", DAY)) == {"719": "2", "720": "9"}
    assert redis_client.hgetall(redis_names.current("test")) == current


def test_the_posts_of_each_minute_are_in_redis(counted, redis_client):
    counted.write(total(9), total(4, language="en"))
    counted.write(total(1), total(2, NOON + timedelta(minutes=1)))
    name = redis_names.minutes("test", DAY)
    assert redis_client.hgetall(name) == {"720": "10", "721": "2"}
    assert 0 < redis_client.ttl(name) <= redis_names.DAY_TTL


def test_equal_counts_are_ordered_by_key_and_the_ranking_has_ten_places(counted, redis_client):
    counted.write(total(30), *[tag(f"tag{number:02}", 1) for number in range(20)], tag("zebra", 2))
    assert top(redis_client) == [("zebra", 2), *((f"tag{number:02}", 1) for number in range(9))]


def test_a_place_has_the_previous_rank_of_its_hashtag(counted, redis_client):
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


def test_a_hashtag_below_the_top_ten_publishes_nothing(counted, redis_client):
    counted.write(total(9), *[tag(f"tag{number}", 5) for number in range(10)])
    with listening(redis_client) as published:
        counted.write(tag("rare", 1))
        assert published() == []


def test_more_authors_alone_change_a_ranking(counted, redis_client):
    counted.write(tag("tea", 5, authors=1))
    with listening(redis_client) as published:
        counted.write(tag("tea", 0, authors=2))
        assert [(r.window, r.top[0].authors) for r in published()] == [("day", 2)]


def test_late_posts_of_yesterday_are_stored_and_do_not_bring_its_day_back(counted, redis_client):
    counted.write(total(1, MIDNIGHT), tag("tea", 1, MIDNIGHT))
    with listening(redis_client) as published:
        counted.write(total(7, LATE), tag("milk", 7, LATE))
        assert [(r.window, r.day, r.posts) for r in published()] == [("hour", NEXT, 8)]
    assert top(redis_client, day=DAY) == [("milk", 7)]
    current = redis_client.hgetall(redis_names.current("test"))
    assert (current["day"], current["clock"]) == ("2026-11-23", "2026-11-23T00:00:00+00:00")


def test_a_batch_over_midnight_shows_the_new_day(counted, redis_client):
    with listening(redis_client) as published:
        counted.write(total(7, LATE), tag("milk", 7, LATE), total(1, MIDNIGHT), tag("tea", 1, MIDNIGHT))
        assert [(r.window, r.day) for r in published()] == [("day", NEXT), ("hour", NEXT)]


def test_after_midnight_every_language_of_the_last_hour_gets_a_ranking(counted, redis_client):
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


def test_an_empty_batch_moves_the_mark(counted, redis_client):
    counted.write(tag("tea", 1))
    counted.write()
    counted.write(tag("tea", 1))
    assert (top(redis_client), counted.rebuilds) == ([("tea", 2)], 0)
    assert redis_client.get(redis_names.marker("test")) == "300"


def test_counts_spellings_and_hours_are_bounded(counted, redis_client):
    for first in (0, 50):
        counted.write(total(9), *[tag(f"t{n}", n + 1, authors=1) for n in range(first, DAY_HASHTAGS + first)])
    assert redis_client.zcard(redis_names.counts("test", DAY, "*")) == DAY_HASHTAGS
    assert redis_client.zcard(redis_names.authors("test", DAY, "*")) == DAY_HASHTAGS
    assert redis_client.hlen(redis_names.spellings("test", DAY)) == DAY_HASHTAGS
    assert redis_client.zcard(redis_names.hour_counts("test", DAY, 12, "*")) == HOUR_HASHTAGS
    assert redis_client.zcard(redis_names.hour_authors("test", DAY, 12, "*")) == HOUR_HASHTAGS
    assert redis_client.zscore(redis_names.counts("test", DAY, "*"), "t0") is None
    counted.write(tag("t0", 3 * DAY_HASHTAGS))
    assert top(redis_client)[0] == ("t0", 3 * DAY_HASHTAGS + 1), "the whole count comes back"


def test_the_day_of_one_source_does_not_move_that_of_another(counted, redis_client):
    RedisView(redis_client, "other").show(NEXT, MIDNIGHT)
    other = redis_client.hgetall(redis_names.current("other"))
    counted.write(tag("tea", 1))
    shown = {"day": "2026-11-22", "clock": "2026-11-22T12:00:00+00:00"}
    assert redis_client.hgetall(redis_names.current("test")) == shown
    assert redis_client.hgetall(redis_names.current("other")) == other


class NotedRace(NoRace):
    """Notes the calls, with the posts that Redis then has."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self.recorded = []

    def record(self, changed: list[date], current: CurrentDay | None) -> None:
        if current:
            self.recorded.append((changed, current.clock, stored(self._client).posts))


def test_the_race_recorder_gets_the_changed_days_once_they_are_in_redis(redis_client, path):
    race = NotedRace(redis_client)
    counted = started(redis_client, path, race)
    counted.write(total(9))
    counted.write(total(2), total(1, MIDNIGHT))
    counted.write()
    assert race.recorded == [([DAY], NOON, 9), ([DAY, NEXT], MIDNIGHT, 11), ([], MIDNIGHT, 11)]


def test_hostile_hashtags_stay_text(counted, redis_client):
    hostile = "<img src=x onerror=alert(1)>"
    counted.write(tag(hostile, 1))
    assert top(redis_client) == [(hostile, 1)]


def test_a_source_that_is_shown_again_restores_its_clock(redis_client: redis.Redis) -> None:
    again = RedisView(redis_client, "again")
    again.show(DAY, NOON)
    again.hide()
    assert again.current() is None
    again.show(DAY, NOON)
    assert again.current() == CurrentDay(DAY, NOON)
    redis_client.hdel(redis_names.current("again"), "clock")
    again.show(DAY, NOON)
    assert again.current() == CurrentDay(DAY, NOON)
    again.show(NEXT)
    assert again.current() == CurrentDay(NEXT, NOON)
