"""How a race stood at a moment, and which moments it has."""

from datetime import date

import pytest

from trendsite.explore.replay import end_of, frame_at, gap_around, moment_in, places_of, step_of
from trendsite.live.race import Race, RaceFrame


def race(*frames, final=True, gaps=()):
    told = [RaceFrame(at, 10, [("cats", 7), ("dogs", 3)]) for at in frames]
    return Race(date(2026, 11, 21), "simulator", ["*"], final, [], list(gaps), {"cats": "Cats"}, told)


@pytest.mark.parametrize(
    ("minute", "at"), [(0, None), (4, None), (5, "00:05:59"), (9, "00:05:59"), (10, "00:10:00"), (1440, "00:10:00")]
)
def test_the_last_frame_up_to_a_minute_says_how_it_stood(minute, at):
    frame = frame_at(race("00:05:59", "00:10:00"), minute)
    assert (frame and frame.at) == at


def test_places_are_ranked_and_shown_as_spelled():
    one = race("00:05:00")
    assert [(place.rank, place.hashtag, place.key, place.posts) for place in places_of(one, one.frames[0], 10)] == [
        (1, "Cats", "cats", 7),
        (2, "dogs", "dogs", 3),
    ]
    assert len(places_of(one, one.frames[0], 1)) == 1


def test_a_final_race_ends_with_its_day_and_todays_with_the_step_after_its_last_frame():
    assert end_of(race("00:05:00")) == 1440
    assert end_of(race("00:05:00", "14:35:01", final=False)) == 14 * 60 + 40
    assert end_of(race("23:59:59", final=False)) == 1440
    assert end_of(race(final=False)) == 1440


def test_moments_are_five_minutes_apart_or_an_hour_in_a_race_of_hours():
    assert step_of(race("00:05:01", "00:10:00", "23:59:59")) == 5
    assert step_of(race("01:00:00", "02:00:00", "23:59:59")) == 60
    assert step_of(race("23:59:59")) == 5
    assert step_of(race("10:00:00", "10:05:00", final=False)) == 5
    assert step_of(race()) == 5


def test_a_minute_lies_in_the_moment_before_it():
    assert moment_in(race("01:00:00", "02:00:00", "23:59:59"), 14 * 60 + 35) == 14 * 60
    assert moment_in(race("00:05:00", "00:10:00"), 14 * 60 + 35) == 14 * 60 + 35


def test_a_minute_inside_a_gap_is_known_as_such():
    one = race("00:05:00", gaps=[("03:10", "03:25")])
    assert gap_around(one, 195) == ("03:10", "03:25")
    assert [gap_around(one, minute) for minute in (190, 205, 600)] == [None] * 3
