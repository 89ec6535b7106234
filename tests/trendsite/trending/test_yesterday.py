"""The first hours of a day, with yesterday in a real Redis and not yet in the database."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from contract import redis_names
from tests.trendsite.stage import NOW
from trendsite.archive.models import Day, DayCount, DayLanguage
from trendsite.queries.choice import parse_choice
from trendsite.queries.pipeline_status import SourceDay
from trendsite.queries.redis_client import open_redis
from trendsite.trending.rising_ranking import read_chosen_ranking

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
MIDNIGHT = NOW - 12 * HOUR
CLOCK = MIDNIGHT + timedelta(minutes=40)
HABIT = [60] + [0] * 23
NO_HABIT = [0] * 24


def count_since_yesterday(stage, yesterday):
    """Count yesterday, with ``night`` in its first hour or not at all, and 40 minutes of today with it."""
    for ago, night in zip(range(24, 0, -1), yesterday, strict=True):
        count_hour(stage, MIDNIGHT - ago * HOUR, cats=60, **({"night": night} if night else {}))
    count_hour(stage, MIDNIGHT, posts=667, cats=40, night=60)
    stage.day = MIDNIGHT.date()
    stage.show(CLOCK)


def count_hour(stage, hour, posts=1_000, **counts):
    stage.count_hour(hour, "en", counts, posts)


def set_authors(stage):
    """Let every post of every hour have an author of its own."""
    for ago in range(25):
        hour = MIDNIGHT - ago * HOUR
        of_hour = stage.source, hour.date(), hour.hour, "en"
        counts = stage.client.zrange(redis_names.hour_counts(*of_hour), 0, -1, withscores=True)
        stage.client.zadd(redis_names.hour_authors(*of_hour), dict(counts))


@sync_to_async
def archive(stage, ago, night, has_authors=False):
    """Archive a day with ``night`` in each of its hours."""
    day = Day.objects.create(source=stage.source, date=MIDNIGHT.date() - timedelta(days=ago), archived_at=NOW)
    DayLanguage.objects.create(day=day, language="en", posts=24_000, hashtags=2, hours=[1_000] * 24)
    for rank, (key, hours) in enumerate({"cats": [60] * 24, "night": night}.items(), start=1):
        authors = hours if has_authors else None
        row = {"key": key, "hashtag": key, "posts": sum(hours), "hours": hours, "hour_authors": authors}
        DayCount.objects.create(day=day, language="en", rank=rank, **row)


async def rising(stage, now=NOW):
    async with open_redis() as redis:
        shown = SourceDay(stage.source, stage.day)
        ranking = await read_chosen_ranking(redis, shown, parse_choice(("en",), "rising"), 10, now)
    return [place.key for place in ranking.top], ranking.compared.days


async def archive_older_days(stage, has_authors=False):
    """Archive the three days before yesterday; ``night`` was used on the last of them."""
    for ago, night in ((2, HABIT), (3, NO_HABIT), (4, NO_HABIT)):
        await archive(stage, ago, night, has_authors)


@pytest.mark.parametrize("has_authors", [False, True])
@pytest.mark.parametrize(("yesterday", "is_trend"), [(HABIT, False), (NO_HABIT, True)])
async def test_a_habit_of_midnight_does_not_rise_before_yesterday_is_archived(stage, has_authors, yesterday, is_trend):
    await archive_older_days(stage, has_authors)
    count_since_yesterday(stage, yesterday)
    if has_authors:
        set_authors(stage)
    assert await rising(stage) == (["night"] * is_trend, 4)


async def test_hours_of_yesterday_that_redis_no_longer_has_are_left_out(stage):
    await archive_older_days(stage)
    count_since_yesterday(stage, HABIT)
    for hour in (MIDNIGHT - 24 * HOUR, MIDNIGHT - 23 * HOUR):
        of_hour = stage.source, hour.date(), hour.hour
        stage.client.delete(redis_names.hour_posts(*of_hour), redis_names.hour_counts(*of_hour, "en"))
    assert await rising(stage) == (["night"], 3)


async def test_the_database_takes_the_place_of_redis_within_an_hour_of_the_archiving(stage):
    await archive_older_days(stage)
    count_since_yesterday(stage, HABIT)
    assert await rising(stage) == ([], 4)
    await archive(stage, 1, NO_HABIT)
    assert await rising(stage, NOW + timedelta(minutes=59)) == ([], 4)
    assert await rising(stage, NOW + HOUR) == (["night"], 4)


async def test_a_hashtag_that_is_looked_up_later_is_compared_with_yesterday_too(stage):
    await archive_older_days(stage)
    count_since_yesterday(stage, HABIT)
    count_hour(stage, MIDNIGHT, posts=667, cats=40, storm=50)
    assert await rising(stage) == (["storm"], 4)
    count_hour(stage, MIDNIGHT, posts=667, cats=40, storm=50, night=60)
    assert await rising(stage, NOW + timedelta(minutes=1)) == (["storm"], 4)
