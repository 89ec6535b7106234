"""A day's minutes and the gaps in them."""

from datetime import UTC, datetime

import pytest

from contract import redis_names
from tests.trendsite.stage import Stage
from trendsite.live.connection import open_redis
from trendsite.live.minutes import UNKNOWN, clock_time, gaps, read_minutes
from trendsite.live.pipeline import Shown

CLOCK = datetime(2026, 11, 22, 0, 4, 30, tzinfo=UTC)


async def minutes_of(stage):
    async with open_redis() as redis:
        return await read_minutes(redis, Shown(stage.source, stage.day))


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


def test_a_minute_is_told_as_on_a_clock():
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


async def test_minutes_that_do_not_hold_every_post_are_unknown(stage):
    stage.show(CLOCK)
    assert await minutes_of(stage) == UNKNOWN
    count_minutes(stage, {1: 7}, posts=8)
    assert await minutes_of(stage) == UNKNOWN
