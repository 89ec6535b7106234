"""The ranking of a race at a moment, and the moments of a race."""

from datetime import date

import pytest

from trendsite.pages.replay import note_at, places_of
from trendsite.queries.race_moments import end_of, first_moment, frame_at, marked_gaps, moment_in, step_of
from trendsite.queries.races import Race, RaceFrame


def race(*frames, final=True, gaps=(), **more):
    listed = [RaceFrame(at, 10, [("cats", 7), ("dogs", 3)]) for at in frames]
    return Race(date(2026, 11, 21), "simulator", ["*"], final, [], list(gaps), {"cats": "Cats"}, listed, **more)


@pytest.mark.parametrize(
    ("minute", "at"), [(0, None), (4, None), (5, "00:05:59"), (9, "00:05:59"), (10, "00:10:00"), (1440, "00:10:00")]
)
def test_the_last_frame_up_to_a_minute_has_its_ranking(minute, at):
    frame = frame_at(race("00:05:59", "00:10:00"), minute)
    assert (frame and frame.at) == at


def test_places_are_ranked_and_have_their_spelling():
    one = race("00:05:00")
    assert [(place.rank, place.hashtag, place.key, place.posts) for place in places_of(one, one.frames[0], 10)] == [
        (1, "Cats", "cats", 7),
        (2, "dogs", "dogs", 3),
    ]
    assert len(places_of(one, one.frames[0], 1)) == 1


def test_a_final_race_ends_with_its_day_and_an_open_one_a_step_after_its_last_frame():
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


def test_a_minute_belongs_to_the_moment_before_it():
    assert moment_in(race("01:00:00", "02:00:00", "23:59:59"), 14 * 60 + 35) == 14 * 60
    assert moment_in(race("00:05:00", "00:10:00"), 14 * 60 + 35) == 14 * 60 + 35


def test_a_minute_in_a_gap_has_a_note():
    one = race("00:05:00", gaps=[("03:10", "03:25")])
    assert note_at(one, 195) == "No posts came from 03:10 to 03:25. This is the ranking before."
    assert [note_at(one, minute) for minute in (190, 205, 600)] == [""] * 3


def test_a_minute_before_the_first_post_has_a_note():
    one = race("07:05:00", first_post="07:01")
    assert note_at(one, 420) == "Nothing was collected before 07:01."
    assert note_at(one, 421) == ""


def test_an_unrecorded_minute_has_a_note_with_the_time_of_its_ranking():
    one = race("07:05:00", "12:40:30", "23:59:59", unrecorded=[("07:05", "24:00")], first_post="07:01")
    assert note_at(one, 620) == "The ranking at 10:20 is unknown. This is the ranking at 07:05."
    assert [note_at(one, minute) for minute in (425, 760, 1440)] == [""] * 3
    late = race("23:59:59", unrecorded=[("07:01", "23:59")], first_post="07:01", final=False)
    assert note_at(late, 620) == "The ranking at 10:20 is unknown."


def test_a_race_begins_at_the_moment_of_its_first_frame():
    assert first_moment(race("07:01:30", "07:06:00", final=False)) == 7 * 60 + 5
    assert first_moment(race("08:00:00", "09:00:00", "23:59:59")) == 8 * 60
    assert first_moment(race("23:59:59")) == 1440
    assert first_moment(race()) == 0


def test_if_posts_are_rare_only_long_gaps_are_marked():
    short, long = ("03:10", "03:12"), ("05:00", "06:01")
    rare = race(gaps=[short, long])
    rare.minutes = [1, 0, 0, 0, 0, 0] * 240
    assert marked_gaps(rare) == [long]
    frequent = race(gaps=[short, long])
    frequent.minutes = [250] * 1440
    assert marked_gaps(frequent) == [short, long]
    unknown = race(gaps=[short, long])
    unknown.minutes = [None] * 1440
    assert marked_gaps(unknown) == [short, long]
