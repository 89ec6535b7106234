"""Since when a hashtag is in the top of its day, from the recorded race."""

from datetime import date

from contract.closed_day import MINUTES
from trendsite.queries.races import Race, RaceFrame
from trendsite.queries.row_history import in_top_since


def race(*frames: tuple[str, list[str]], first: str | None = "00:01", unrecorded=(), posts_until: int = 0) -> Race:
    """A race whose frames are (time, keys in their order)."""
    recorded = [RaceFrame(f"{at}:00", 9, [(key, 9 - rank) for rank, key in enumerate(keys)]) for at, keys in frames]
    minutes = [1 if minute < posts_until else None for minute in range(MINUTES)]
    return Race(
        date(2026, 11, 22), "x", ["*"], False, minutes, [], {}, recorded, first_post=first, unrecorded=list(unrecorded)
    )


def test_a_hashtag_is_there_since_the_first_frame_of_its_unbroken_stay():
    found = in_top_since(race(("00:05", ["a", "b"]), ("00:10", ["a", "c"]), ("00:15", ["a", "c", "b"])), 3)
    assert found == {"a": "00:01", "c": "00:10", "b": "00:15"}


def test_only_the_shown_places_count():
    found = in_top_since(race(("00:05", ["a", "b"]), ("00:10", ["b", "a"])), 1)
    assert found == {"b": "00:10"}


def test_nothing_is_said_of_a_stay_that_began_where_the_race_is_unknown():
    frames = ("00:05", ["a"]), ("03:00", ["a", "b"]), ("03:05", ["a", "b", "c"])
    assert in_top_since(race(*frames, unrecorded=[("00:05", "03:00")]), 3) == {"c": "03:05"}
    assert in_top_since(race(("05:00", ["a"]), unrecorded=[("00:01", "05:00")]), 3) == {}


def test_a_race_that_ended_long_before_the_newest_posts_says_nothing():
    assert in_top_since(race(("00:05", ["a"]), posts_until=14), 3) == {"a": "00:01"}
    assert in_top_since(race(("00:05", ["a"]), posts_until=16), 3) == {}


def test_without_frames_or_minutes_nothing_is_known():
    assert in_top_since(race(), 3) == {}
    assert in_top_since(race(("00:05", ["a"]), first=None), 3) == {}
