"""A hashtag's day, hour by hour."""

from datetime import UTC, datetime

from contract import redis_names
from trendsite.queries.hashtag_day import read_hashtag_day
from trendsite.queries.pipeline_status import SourceDay
from trendsite.queries.redis_client import open_redis

CLOCK = datetime(2026, 11, 22, 3, 59, tzinfo=UTC)


def at(hour):
    return CLOCK.replace(hour=hour)


async def day_of(stage, key, *languages):
    async with open_redis() as redis:
        return await read_hashtag_day(redis, SourceDay(stage.source, stage.day), key, languages)


def count(stage, language, hours, **posts):
    """Write the hours of ``cats`` and its posts of the day, by default their sum."""
    for hour, number in hours.items():
        stage.count_hour(at(hour), language, {"Cats": number, "others": 1})
    stage.count(language, {"Cats": posts.get("posts", sum(hours.values()))})


async def test_the_hours_that_passed_have_numbers_and_those_to_come_none(stage):
    count(stage, "en", {0: 5, 2: 7, 3: 1})
    stage.count_hour(at(1), "en", {"others": 4})
    stage.client.zadd(redis_names.authors(stage.source, stage.day, "en"), {"cats": 8})
    stage.show(CLOCK)
    cats = await day_of(stage, "cats", "en")
    assert (cats.key, cats.hashtag, cats.day, cats.posts, cats.authors) == ("cats", "Cats", stage.day, 13, 8)
    assert cats.hours == [5, 0, 7, 1] + [None] * 20


async def test_an_hour_that_expired_in_redis_is_unknown_rather_than_zero(stage):
    count(stage, "en", {0: 5, 3: 1}, posts=9)
    stage.show(CLOCK)
    assert (await day_of(stage, "cats", "en")).hours[:4] == [5, None, None, 1]


async def test_languages_are_added_up_and_a_missing_hour_of_one_is_unknown(stage):
    count(stage, "en", {0: 5, 2: 7})
    count(stage, "es", {2: 1, 3: 2})
    stage.client.zadd(redis_names.authors(stage.source, stage.day, "en"), {"cats": 8})
    stage.show(CLOCK)
    cats = await day_of(stage, "cats", "en", "es", "fo")
    assert (cats.languages, cats.posts, cats.authors) == (["en", "es", "fo"], 15, None)
    # Nothing at all was collected in the hour from one o'clock on.
    assert cats.hours[:5] == [5, None, 8, 2, None]
    count(stage, "es", {2: 1, 3: 2}, posts=4)
    assert (await day_of(stage, "cats", "en", "es")).hours[:4] == [None, None, 8, 2]


async def test_a_day_that_is_over_has_all_hours_with_collected_posts(stage):
    count(stage, "en", {3: 5})
    for hour in range(5, 22):
        stage.count_hour(at(hour), "es", {"others": 1})
    stage.show(datetime(2026, 11, 23, 0, 1, tzinfo=UTC))
    assert (await day_of(stage, "cats", "en")).hours == [None] * 3 + [5, None] + [0] * 17 + [None] * 2


async def test_minutes_show_that_an_hour_was_collected_once_its_counts_expired(stage):
    count(stage, "en", {3: 5})
    stage.client.hset(redis_names.minutes(stage.source, stage.day), mapping={59: 4, 120: 1})
    stage.show(CLOCK)
    assert (await day_of(stage, "cats", "en")).hours[:4] == [0, None, 0, 5]


async def test_a_hashtag_without_posts_in_these_languages_has_no_day(stage):
    count(stage, "en", {0: 5})
    stage.show(CLOCK)
    assert await day_of(stage, "cats", "es") is None
    assert await day_of(stage, "dogs", "en") is None


async def test_a_hashtag_beyond_the_stored_ones_is_unknown_in_that_language_and_not_zero(stage):
    count(stage, "en", {3: 5})
    stage.count("es", {f"tag{number}": 9 for number in range(redis_names.DAY_HASHTAGS)})
    stage.show(CLOCK)
    cats = await day_of(stage, "cats", "en", "es")
    assert (cats.posts, cats.at_least, cats.hours[3]) == (5, True, None)
    cats = await day_of(stage, "cats", "en", "fr")
    assert (cats.posts, cats.at_least, cats.hours[3]) == (5, False, 5)
