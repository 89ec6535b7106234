"""The stretches of a day that were not recorded minute by minute."""

from datetime import date

import pytest

from trendsite.queries.minutes import UNKNOWN
from trendsite.queries.pipeline_status import SourceDay
from trendsite.queries.races import RaceMinutes, build_race, unrecorded

AT_SEVEN = 7 * 60


def minutes_from(start: int, end: int) -> list[int | None]:
    """A post in each minute of [start, end)."""
    return [int(start <= minute < end) for minute in range(1_440)]


def test_a_day_recorded_as_it_happened_is_known_to_the_minute():
    every_five = range(AT_SEVEN, 1_440, 5)
    assert unrecorded(every_five, minutes_from(AT_SEVEN, 1_440), final=True) == []
    assert unrecorded(every_five, minutes_from(AT_SEVEN, 1_440), final=False) == []


def test_posts_counted_faster_than_they_happened_are_unrecorded():
    minutes = minutes_from(AT_SEVEN, 1_440)
    assert unrecorded([AT_SEVEN + 3, 760, 1_439], minutes, final=True) == [(423, 1_439)]
    assert unrecorded([*range(AT_SEVEN, 800, 5), 1_000, *range(1_000, 1_440, 5)], minutes, final=True) == [(795, 1_000)]
    assert unrecorded([], minutes, final=True) == [(AT_SEVEN, 1_440)]


def test_a_quiet_time_is_not_unrecorded():
    minutes = minutes_from(AT_SEVEN, AT_SEVEN + 10)
    minutes[900] = minutes[1_300] = 1
    assert unrecorded([420, 425, 430, 900, 1_300], minutes, final=True) == []


def test_without_minutes_an_hour_without_a_frame_is_unrecorded():
    assert unrecorded([*range(0, 600, 5), 640, 900, 1_439], UNKNOWN, final=True) == [(640, 1_439)]


@pytest.mark.parametrize(("minutes", "first"), [(minutes_from(421, 500), "07:01"), (UNKNOWN, None)])
def test_a_race_has_the_minute_of_its_first_post(minutes, first):
    race = build_race(SourceDay("simulator", date(2026, 11, 22)), "*", ({}, []), RaceMinutes(minutes, []), final=True)
    assert race.first_post == first
    assert race.unrecorded == [(first or "00:00", "24:00")]
