"""Until when X's posts are received, and the gaps after it."""

from datetime import timedelta

import pytest

from collector.sources.x.coverage import NOT_RUNNING, Coverage
from tests.collector.made_up import NOON

MINUTE = timedelta(minutes=1)
ON_THE_WAY = timedelta(seconds=1)


@pytest.mark.parametrize("cursor", [None, {}, {"received_in": {"2026-03": 1}}])
def test_a_stream_that_begins_has_no_gap_nor_has_one_of_an_earlier_version(cursor):
    place = Coverage.of_cursor(cursor)
    assert (place.cursor, place.gap(NOON)) == ({}, [])
    assert place.lost("refused").gap(NOON) == []


def test_the_time_between_two_runs_is_a_gap():
    (gap,) = Coverage.of_cursor(Coverage(NOON).cursor).gap(NOON + MINUTE)
    assert (gap.start, gap.reason) == (NOON - ON_THE_WAY, NOT_RUNNING)
    assert gap.end >= NOON + MINUTE


def test_a_gap_has_its_first_reason_also_after_a_restart():
    place = Coverage(NOON).lost("X answered 503").lost("X answered 429")
    (gap,) = Coverage.of_cursor(place.cursor).gap(NOON + MINUTE)
    assert gap.reason == "X answered 503"
    assert Coverage(NOON).gap(NOON + MINUTE) == []


def test_a_clock_that_was_set_back_gives_no_gap_before_its_start():
    (gap,) = Coverage(NOON).lost("lost").gap(NOON - MINUTE)
    assert gap.end >= gap.start
