"""The Lua scripts that trim and pick, compared with a full count: seeded random sets with many ties."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
import redis

from contract import redis_names
from contract.ranking import Ranking, highest_counts, last_hour
from streaming.sink.top_k import DayTopK, HourTopK, RankingChange, TopKQuery
from tests.streaming.fake_counts import DAY, NOW

CLOCK = datetime(2026, 11, 22, 0, 20, tzinfo=UTC)
HOUR_BEFORE = CLOCK - timedelta(hours=1)


def run(client: redis.Redis, query: TopKQuery) -> list[Ranking]:
    return [change.ranking for change in changes(client, query)]


def changes(client: redis.Redis, query: TopKQuery) -> list[RankingChange]:
    with client.pipeline(transaction=False) as pipeline:
        query.add_commands(pipeline)
        return query.read(iter(pipeline.execute()), NOW)


def places(ranking: Ranking) -> list[tuple[int, str, str, int, int | None]]:
    return [(place.rank, place.key, place.hashtag, place.posts, place.authors) for place in ranking.top]


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
def test_the_top_of_a_day_is_that_of_a_full_count(redis_client, seed: int):
    choice = random.Random(seed)
    counts = random_counts(choice, choice.choice([1, 3, 50, 10_000]))
    authors = {key: choice.randint(1, posts) for key, posts in counts.items() if choice.random() < 0.5}
    put_day(redis_client, counts, authors)
    (ranking,) = run(redis_client, DayTopK("test", DAY, ["*"]))
    expected = enumerate(highest_counts(counts.items()), 1)
    assert places(ranking) == [(rank, key, key, posts, authors.get(key)) for rank, (key, posts) in expected]


@pytest.mark.parametrize("seed", range(200))
def test_the_top_of_the_last_hour_is_that_of_a_full_count(redis_client, seed: int):
    choice = random.Random(seed)
    highest = choice.choice([1, 2, 5, 50, 10_000])
    this_hour, hour_before = random_counts(choice, highest), random_counts(choice, choice.choice([1, 7, 9_000]))
    clock = CLOCK.replace(hour=choice.randrange(24), minute=choice.randrange(60), second=choice.choice([0, 30, 59]))
    put_hours(redis_client, this_hour, hour_before, clock)
    (ranking,) = run(redis_client, HourTopK("test", DAY, clock, ["*"]))
    keys = this_hour.keys() | hour_before.keys()
    counted = {key: last_hour(this_hour.get(key, 0), hour_before.get(key, 0), clock) for key in keys}
    expected = highest_counts((key, posts) for key, posts in counted.items() if posts)
    assert places(ranking) == [(rank, key, key, posts, None) for rank, (key, posts) in enumerate(expected, 1)]


def test_a_hashtag_that_leads_neither_hour_can_lead_both_together(redis_client):
    this_hour = {f"a{number:03}": 100 for number in range(150)} | {"both": 99}
    hour_before = {f"b{number:03}": 100 for number in range(150)} | {"both": 99}
    put_hours(redis_client, this_hour, hour_before, CLOCK)
    (ranking,) = run(redis_client, HourTopK("test", DAY, CLOCK, ["*"]))
    assert (ranking.top[0].key, ranking.top[0].posts) == ("both", 99 + round(99 * 2 / 3))


def test_a_hashtag_whose_hour_has_shrunk_to_zero_is_not_ranked(redis_client):
    clock = CLOCK.replace(minute=59, second=59)
    put_hours(redis_client, {"now": 1}, {"gone": 900}, clock)
    (ranking,) = run(redis_client, HourTopK("test", DAY, clock, ["*"]))
    assert [place.key for place in ranking.top] == ["now"]


def test_the_posts_of_the_last_hour_are_weighted_like_its_hashtags(redis_client):
    for at, posts in ((CLOCK, 7), (HOUR_BEFORE, 90)):
        redis_client.zadd(redis_names.hour_posts("test", at.date(), at.hour), {"*": posts})
    everywhere, english = run(redis_client, HourTopK("test", DAY, CLOCK, ["*", "en"]))
    assert (everywhere.posts, english.posts) == (67, 0)


def test_trimming_removes_the_smallest_with_their_authors_and_in_all_languages_their_spellings(
    redis_client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(redis_names, "DAY_HASHTAGS", 20)
    counts = {f"t{number}": number for number in range(1, 2_501)}
    for language in ("*", "en"):
        put_day(redis_client, counts, dict.fromkeys(counts, 1), language)
    redis_client.hset(redis_names.spellings("test", DAY), mapping=dict.fromkeys(counts, "T"))
    largest = {f"t{number}" for number in range(2_481, 2_501)}
    for language, spelled in (("en", counts.keys()), ("*", largest)):
        run(redis_client, DayTopK("test", DAY, [language]))
        assert set(redis_client.zrange(redis_names.counts("test", DAY, language), 0, -1)) == largest
        assert set(redis_client.zrange(redis_names.authors("test", DAY, language), 0, -1)) == largest
        assert set(redis_client.hkeys(redis_names.spellings("test", DAY))) == spelled


def test_trimming_an_hour_keeps_the_largest(redis_client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(redis_names, "HOUR_HASHTAGS", 20)
    counts = {f"t{number}": number for number in range(1, 101)}
    put_hours(redis_client, counts, counts, CLOCK)
    run(redis_client, HourTopK("test", DAY, CLOCK, ["*"]))
    for at in (CLOCK, HOUR_BEFORE):
        largest = redis_client.zrange(redis_names.hour_counts("test", at.date(), at.hour, "*"), 0, -1)
        assert set(largest) == {f"t{number}" for number in range(81, 101)}


def test_after_midnight_the_spelling_of_today_wins_over_that_of_yesterday(redis_client):
    put_hours(redis_client, {"tea": 5}, {"tea": 1, "cafe": 6, "milk": 3}, CLOCK)
    redis_client.hset(redis_names.spellings("test", CLOCK.date()), mapping={"tea": "TEA"})
    yesterday = {"tea": "tea", "cafe": "<b>Café</b> x"}
    redis_client.hset(redis_names.spellings("test", HOUR_BEFORE.date()), mapping=yesterday)
    (ranking,) = run(redis_client, HourTopK("test", DAY, CLOCK, ["*"]))
    assert [place.hashtag for place in ranking.top] == ["TEA", "<b>Café</b> x", "milk"]


@pytest.mark.parametrize("key", ['"', "\\", "a/b", "\u2028", "\x01", "🫖", "NULL", "<img onerror=1>"])
def test_any_hashtag_comes_back_unchanged(redis_client, key: str):
    put_day(redis_client, {key: 1}, {})
    put_hours(redis_client, {key: 1}, {}, CLOCK)
    for query in (DayTopK("test", DAY, ["*"]), HourTopK("test", date(2026, 11, 22), CLOCK, ["*"])):
        (ranking,) = run(redis_client, query)
        assert places(ranking) == [(1, key, key, 1, None)]


def test_a_hashtag_by_few_authors_is_marked(redis_client):
    put_day(redis_client, {"many": 20, "few": 20, "unknown": 20}, {"many": 5, "few": 4})
    (ranking,) = run(redis_client, DayTopK("test", DAY, ["*"]))
    assert {place.key: place.few_authors for place in ranking.top} == {"many": False, "few": True, "unknown": False}


def test_without_counts_a_ranking_is_empty(redis_client):
    for query, window in (
        (DayTopK("test", DAY, ["*", "en"]), "day"),
        (HourTopK("test", DAY, CLOCK, ["*", "en"]), "hour"),
    ):
        assert changes(redis_client, query) == [
            (None, Ranking(DAY, [language], window, NOW, False, 0, [])) for language in ("*", "en")
        ]
