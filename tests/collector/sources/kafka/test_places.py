from datetime import UTC, datetime, timedelta

import pytest

from collector.sources.kafka.places import DELETED, MADE_ANEW, SHORTENED, Bounds, Places, TopicLook, moment_of
from contract.gap import Gap

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def look(*bounds: tuple[int, int], begin: int = 7, identity: str = "A") -> TopicLook:
    return TopicLook(identity, {number: Bounds(low, high, begin) for number, (low, high) in enumerate(bounds)})


def at(*places: int, identity: str = "A", topic: str = "posts") -> Places:
    """Places of an earlier process, which read everything until noon."""
    known = {str(number): [place, NOON.isoformat()] for number, place in enumerate(places)}
    return Places.at("posts", {"topic": topic, "id": identity, "places": known})


def test_a_first_start_begins_with_the_day():
    places = Places.at("posts", None)
    assert places.cursor is None
    assert places.needs(look((0, 9)))
    assert places.resume(look((0, 9)), NOON) == {0: 7}
    assert (places.gaps, places.needs(look((0, 20)))) == ([], False)


def test_the_cursor_survives_a_restart():
    places = Places.at("posts", None)
    places.resume(look((0, 9), (0, 9)), NOON)
    places.read(1, 9, NOON + HOUR)
    again = Places.at("posts", places.cursor)
    assert again.cursor == places.cursor
    assert again.resume(look((0, 12), (0, 12)), NOON + HOUR) == {0: 7, 1: 9}
    assert again.gaps == []


@pytest.mark.parametrize(
    "cursor", [{"topic": "other", "id": "A", "places": {"0": [3, "2026-03-04T12:00:00Z"]}}, {"seq": 3}]
)
def test_a_cursor_of_another_topic_or_source_is_a_first_start(cursor):
    assert Places.at("posts", cursor).resume(look((0, 9)), NOON) == {0: 7}


def test_a_new_partition_is_read_from_its_beginning():
    places = at(5)
    assert places.needs(look((0, 6), (0, 3)))
    assert places.resume(look((0, 6), (0, 3)), NOON) == {0: 5, 1: 0}
    assert places.gaps == []


def test_a_partition_that_one_look_lacks_is_read_again_with_the_next():
    places = at(5, 5)
    assert places.resume(look((0, 6)), NOON) == {0: 5}
    assert places.behind_since(look((0, 6))) == NOON
    assert places.needs(look((0, 6), (0, 9)))
    assert places.resume(look((0, 6), (0, 9)), NOON) == {0: 5, 1: 5}
    assert places.gaps == []


def test_deleted_messages_are_a_gap_until_the_first_one_that_is_left():
    places = at(5, 5)
    before = places.cursor
    assert places.resume(look((20, 30), (0, 5)), NOON + 3 * HOUR) == {0: 20, 1: 5}
    assert (places.gaps, places.cursor) == ([], before)
    places.read(0, 21, NOON + HOUR)
    places.read(0, 22, NOON + 2 * HOUR)
    assert places.gaps == [Gap(NOON, NOON + HOUR, DELETED)]
    assert places.cursor["places"]["0"][0] == 22


def test_a_crash_before_the_first_message_that_is_left_finds_the_gap_again():
    places = at(5)
    places.resume(look((20, 30)), NOON + HOUR)
    again = Places.at("posts", places.cursor)
    again.resume(look((20, 30)), NOON + HOUR)
    again.read(0, 30, NOON + HOUR)
    assert again.gaps == [Gap(NOON, NOON + HOUR, DELETED)]


def test_a_topic_that_was_made_anew_is_read_from_its_beginning():
    places = at(500)
    anew = look((0, 900), identity="B")
    assert places.needs(anew)
    assert places.resume(anew, NOON + HOUR) == {0: 0}
    assert places.gaps == [Gap(NOON, NOON + HOUR, MADE_ANEW)]
    assert places.cursor == {"topic": "posts", "id": "B", "places": {"0": [0, (NOON + HOUR).isoformat()]}}


def test_a_topic_that_lost_its_latest_messages_is_read_from_its_end():
    places = at(500)
    assert places.resume(look((0, 490)), NOON + HOUR) == {0: 490}
    assert places.gaps == [Gap(NOON, NOON + HOUR, SHORTENED)]


def test_what_is_read_to_its_end_lacks_nothing_until_now():
    places = at(5, 5)
    places.read_all(look((0, 5), (0, 6)), NOON + HOUR)
    assert places.behind_since(look((0, 5), (0, 6))) == NOON
    assert places.behind_since(look((0, 5), (0, 5))) is None
    assert [until for _, until in places.cursor["places"].values()] == [(NOON + HOUR).isoformat(), NOON.isoformat()]


@pytest.mark.parametrize("milliseconds", [-1, 10**18, int((NOON + HOUR).timestamp() * 1_000)])
def test_a_time_that_cannot_be_is_now(milliseconds):
    assert moment_of(milliseconds, NOON) == NOON


def test_the_time_of_a_message_is_its_own():
    assert moment_of(int((NOON - HOUR).timestamp() * 1_000), NOON) == NOON - HOUR
