"""A day's minutes and the gaps in them."""

from datetime import UTC, datetime

import pytest

from contract import redis_names
from tests.trendsite.stage import Stage
from trendsite.queries.minutes import (
    UNKNOWN,
    clock_time,
    first_post,
    gaps,
    known_hours,
    known_minutes,
    minute_of,
    read_minutes,
)
from trendsite.queries.pipeline_status import SourceDay
from trendsite.queries.redis_client import open_redis

CLOCK = datetime(2026, 11, 22, 0, 4, 30, tzinfo=UTC)


async def minutes_of(stage):
    async with open_redis() as redis:
        return await read_minutes(redis, SourceDay(stage.source, stage.day))


def count_minutes(stage, minutes, posts):
    stage.client.hset(redis_names.minutes(stage.source, stage.day), mapping=minutes)
    stage.client.zadd(redis_names.posts(stage.source, stage.day), {"*": posts})


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([], []),
        ([0, 0, 0], []),
        ([5, 4, 3], []),
        ([5, 0, 3], [(1, 2)]),
        ([5, 0, 0, 3, 0, 2], [(1, 3), (4, 5)]),
        ([0, 0, 5, 0, 3], [(3, 4)]),
        ([5, 0, 0], [(1, 3)]),
        ([5, 0, 0, None, None], [(1, 3)]),
        ([5, 3, None, None], []),
        ([None, None, 5, 0, None, 0, 3], [(3, 4), (5, 6)]),
        ([None] * 1_440, []),
        ([1] + [0] * 1_439, [(1, 1_440)]),
    ],
)
def test_a_gap_is_minutes_without_a_post_after_the_first_with_one(minutes, expected):
    assert gaps(minutes) == expected


def test_a_minute_is_written_like_on_a_clock():
    assert [clock_time(minute) for minute in (0, 59, 60, 1_439, 1_440)] == ["00:00", "00:59", "01:00", "23:59", "24:00"]


async def test_minutes_up_to_the_clock_have_numbers_and_those_to_come_none(stage):
    count_minutes(stage, {1: 7, 4: 2}, posts=9)
    stage.show(CLOCK)
    assert await minutes_of(stage) == [0, 7, 0, 0, 2] + [None] * 1_435


async def test_a_day_that_is_over_has_every_minute(stage):
    count_minutes(stage, {1: 7}, posts=7)
    stage.show(datetime(2026, 11, 23, 0, 30, tzinfo=UTC))
    assert await minutes_of(stage) == [0, 7] + [0] * 1_438


async def test_a_source_that_the_board_no_longer_shows_has_minutes_up_to_its_last_post(stage):
    count_minutes(stage, {1: 7}, posts=7)
    Stage(stage.client, "another").show(CLOCK)
    assert await minutes_of(stage) == [0, 7] + [None] * 1_438


async def test_minutes_that_lack_posts_are_unknown(stage):
    stage.show(CLOCK)
    assert await minutes_of(stage) == UNKNOWN
    count_minutes(stage, {1: 7}, posts=8)
    assert await minutes_of(stage) == UNKNOWN


def test_minutes_before_the_first_post_and_in_hours_without_any_are_unknown():
    minutes = [0] * 1_440
    minutes[65] = minutes[70] = minutes[200] = 4
    assert (
        known_minutes(minutes)
        == [None] * 65 + [4, *[0] * 4, 4, *[0] * 49] + [None] * 60 + minutes[180:240] + [None] * 1_200
    )
    assert first_post(minutes) == 65
    assert known_minutes([0] * 1_440) == known_minutes(UNKNOWN) == UNKNOWN


def test_an_hour_with_any_collected_post_is_known():
    assert known_hours([0, 0, 3], [0, 5, 9]) == [None, 0, 3]
    assert known_hours([0, None, 3], None) == [0, None, 3]


@pytest.mark.parametrize(("time", "minute"), [("00:00", 0), ("03:10", 190), ("23:59:59", 1439), ("24:00", 1440)])
def test_a_time_lies_in_a_minute(time, minute):
    assert minute_of(time) == minute
