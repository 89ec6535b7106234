"""The Lua that trims and picks, against counts made by hand: seeded random sets, every tie possible."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
import redis

import streaming.standings
from contract import redis_names
from contract.ranking import last_hour, order
from streaming.standings import DayStandings, HourStandings, Place, Question, Standing
from tests.streaming.made_up_counts import DAY

CLOCK = datetime(2026, 11, 22, 0, 20, tzinfo=UTC)
HOUR_BEFORE = CLOCK - timedelta(hours=1)


def asked(client: redis.Redis, question: Question) -> list[Standing]:
    with client.pipeline(transaction=False) as pipeline:
        question.ask(pipeline)
        return question.read(iter(pipeline.execute()))


def put(client: redis.Redis, name: str, scores: dict[str, int]) -> None:
    client.delete(name)
    if scores:
        client.zadd(name, scores)


def put_day(client: redis.Redis, counts: dict[str, int], authors: dict[str, int], language: str = "*") -> None:
    put(client, redis_names.counts("test", DAY, language), counts)
    put(client, redis_names.authors("test", DAY, language), authors)


def put_hours(client: redis.Redis, this_hour: dict[str, int], hour_before: dict[str, int], clock: datetime) -> None:
    for at, counts in ((clock, this_hour), (clock - timedelta(hours=1), hour_before)):
        put(client, redis_names.hour_counts("test", at.date(), at.hour, "*"), counts)


def random_counts(choice: random.Random, highest: int) -> dict[str, int]:
    """Up to 200 hashtags, so few different counts that many are equal."""
    keys = choice.sample([f"k{number}é{number % 7}" for number in range(300)], choice.choice([0, 5, 10, 11, 40, 200]))
    return {key: choice.randint(1, highest) for key in keys}


@pytest.mark.parametrize("seed", range(60))
def test_a_days_first_places_are_those_of_a_whole_count(redis_client, seed: int):
    choice = random.Random(seed)
    counts = random_counts(choice, choice.choice([1, 3, 50, 10_000]))
    authors = {key: choice.randint(1, posts) for key, posts in counts.items() if choice.random() < 0.5}
    put_day(redis_client, counts, authors)
    (standing,) = asked(redis_client, DayStandings("test", DAY, ["*"]))
    assert standing.top == [Place(key, key, posts, authors.get(key)) for key, posts in order(counts.items())]


@pytest.mark.parametrize("seed", range(200))
def test_the_first_places_of_the_last_hour_are_those_of_a_whole_count(redis_client, seed: int):
    choice = random.Random(seed)
    highest = choice.choice([1, 2, 5, 50, 10_000])
    this_hour, hour_before = random_counts(choice, highest), random_counts(choice, choice.choice([1, 7, 9_000]))
    clock = CLOCK.replace(hour=choice.randrange(24), minute=choice.randrange(60), second=choice.choice([0, 30, 59]))
    put_hours(redis_client, this_hour, hour_before, clock)
    (standing,) = asked(redis_client, HourStandings("test", DAY, clock, ["*"]))
    keys = this_hour.keys() | hour_before.keys()
    counted = {key: last_hour(this_hour.get(key, 0), hour_before.get(key, 0), clock) for key in keys}
    expected = order((key, posts) for key, posts in counted.items() if posts)
    assert standing.top == [Place(key, key, posts) for key, posts in expected]


def test_a_hashtag_high_in_neither_hour_can_be_first_in_both_together(redis_client):
    this_hour = {f"a{number:03}": 100 for number in range(150)} | {"both": 99}
    hour_before = {f"b{number:03}": 100 for number in range(150)} | {"both": 99}
    put_hours(redis_client, this_hour, hour_before, CLOCK)
    (standing,) = asked(redis_client, HourStandings("test", DAY, CLOCK, ["*"]))
    assert (standing.top[0].key, standing.top[0].posts) == ("both", 99 + round(99 * 2 / 3))


def test_a_hashtag_whose_hour_has_come_to_nothing_has_no_place(redis_client):
    clock = CLOCK.replace(minute=59, second=59)
    put_hours(redis_client, {"now": 1}, {"gone": 900}, clock)
    (standing,) = asked(redis_client, HourStandings("test", DAY, clock, ["*"]))
    assert [place.key for place in standing.top] == ["now"]


def test_an_hours_posts_are_shared_out_like_its_hashtags(redis_client):
    for at, posts in ((CLOCK, 7), (HOUR_BEFORE, 90)):
        redis_client.zadd(redis_names.hour_posts("test", at.date(), at.hour), {"*": posts})
    everywhere, english = asked(redis_client, HourStandings("test", DAY, CLOCK, ["*", "en"]))
    assert (everywhere.posts, english.posts) == (67, 0)


def test_trimmed_are_the_smallest_with_their_authors_and_for_all_languages_their_spellings(
    redis_client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(streaming.standings, "KEPT_HASHTAGS", 20)
    counts = {f"t{number}": number for number in range(1, 2_501)}
    for language in ("*", "en"):
        put_day(redis_client, counts, dict.fromkeys(counts, 1), language)
    redis_client.hset(redis_names.spellings("test", DAY), mapping=dict.fromkeys(counts, "T"))
    kept = {f"t{number}" for number in range(2_481, 2_501)}
    for language, spelled in (("en", counts.keys()), ("*", kept)):
        asked(redis_client, DayStandings("test", DAY, [language]))
        assert set(redis_client.zrange(redis_names.counts("test", DAY, language), 0, -1)) == kept
        assert set(redis_client.zrange(redis_names.authors("test", DAY, language), 0, -1)) == kept
        assert set(redis_client.hkeys(redis_names.spellings("test", DAY))) == spelled


def test_the_hours_are_trimmed_to_the_largest(redis_client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streaming.standings, "KEPT_HASHTAGS_OF_AN_HOUR", 20)
    counts = {f"t{number}": number for number in range(1, 101)}
    put_hours(redis_client, counts, counts, CLOCK)
    asked(redis_client, HourStandings("test", DAY, CLOCK, ["*"]))
    for at in (CLOCK, HOUR_BEFORE):
        kept = redis_client.zrange(redis_names.hour_counts("test", at.date(), at.hour, "*"), 0, -1)
        assert set(kept) == {f"t{number}" for number in range(81, 101)}


def test_after_midnight_a_hashtag_is_shown_as_today_spells_it_else_as_yesterday_did(redis_client):
    put_hours(redis_client, {"tea": 5}, {"tea": 1, "cafe": 6, "milk": 3}, CLOCK)
    redis_client.hset(redis_names.spellings("test", CLOCK.date()), mapping={"tea": "TEA"})
    yesterday = {"tea": "tea", "cafe": "<b>Café</b> x"}
    redis_client.hset(redis_names.spellings("test", HOUR_BEFORE.date()), mapping=yesterday)
    (standing,) = asked(redis_client, HourStandings("test", DAY, CLOCK, ["*"]))
    assert [place.hashtag for place in standing.top] == ["TEA", "<b>Café</b> x", "milk"]


@pytest.mark.parametrize("key", ['"', "\\", "a/b", "\u2028", "\x01", "🫖", "NULL", "<img onerror=1>"])
def test_any_hashtag_comes_back_as_it_is(redis_client, key: str):
    put_day(redis_client, {key: 1}, {})
    put_hours(redis_client, {key: 1}, {}, CLOCK)
    for question in (DayStandings("test", DAY, ["*"]), HourStandings("test", date(2026, 11, 22), CLOCK, ["*"])):
        (standing,) = asked(redis_client, question)
        assert standing.top == [Place(key, key, 1)]


def test_nothing_counted_is_no_place(redis_client):
    for question in (DayStandings("test", DAY, ["*", "en"]), HourStandings("test", DAY, CLOCK, ["*", "en"])):
        assert [(s.language, s.posts, s.top, s.previous) for s in asked(redis_client, question)] == [
            ("*", 0, [], None),
            ("en", 0, [], None),
        ]
