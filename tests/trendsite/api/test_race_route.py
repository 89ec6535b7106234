"""/api/v1/days/{day}/race: of today, of an archived day, and refused."""

from datetime import UTC, date, datetime

import pytest

from contract import redis_names
from contract.race import Frame, FramePlace
from tests.trendsite.stage import TODAY
from trendsite.archive.models import Day, DayCount, DayLanguage

# Views read the database in other threads.
pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 11, 20)


@pytest.fixture
def archived_day():
    minutes = [1, 0, *[1] * 1_438]
    day = Day.objects.create(
        source="simulator", date=DAY, archived_at=datetime(2026, 11, 21, 1, tzinfo=UTC), minutes=minutes
    )
    DayLanguage.objects.create(day=day, language="en", posts=24, hashtags=1, hours=[1] * 24)
    DayCount.objects.create(day=day, language="en", rank=1, key="cats", hashtag="Cats", posts=24, hours=[1] * 24)
    return day


def race(client, day, query="", **headers):
    return client.get(f"/api/v1/days/{day}/race{query}", headers=headers)


def test_todays_race_has_the_frames_of_redis_so_far(client, stage):
    at = datetime(2026, 11, 22, 11, 55, 1, tzinfo=UTC)
    stage.record(Frame(at, "en", 9, [FramePlace("cats", "Cats", 5)]))
    stage.count("*", {"Cats": 5}, posts=9)
    stage.client.hset(redis_names.minutes("simulator", TODAY), mapping={700: 4, 720: 5})
    stage.show()
    answer = race(client, TODAY, "?languages=en")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Cache-Control"] == "public, no-cache"
    found = answer.json()
    # Minutes before the first post are unknown.
    assert found.pop("minutes") == [None] * 700 + [4] + [0] * 19 + [5] + [None] * 719
    assert found == {
        "day": "2026-11-22",
        "source": "simulator",
        "kind": "simulated",
        "languages": ["en"],
        "final": False,
        "gaps": [["11:41", "12:00"]],
        "first_post": "11:40",
        "unrecorded": [],
        "hashtags": {"cats": "Cats"},
        "frames": [{"at": "11:55:01", "posts": 9, "top": [["cats", 5]]}],
    }


def test_an_archived_day_has_the_same_shape_and_may_be_cached_with_revalidation(client, stage, archived_day):
    stage.show()
    answer = race(client, DAY, "?languages=en&source=simulator")
    found = answer.json()
    assert (found["final"], found["gaps"], found["hashtags"]) == (True, [["00:01", "00:02"]], {"cats": "Cats"})
    assert found["frames"][0] == {"at": "01:00:00", "posts": 1, "top": [["cats", 1]]}
    assert found["frames"][-1] == {"at": "23:59:59", "posts": 24, "top": [["cats", 24]]}
    assert answer["Cache-Control"] == "public, no-cache"


def test_a_client_with_the_answer_receives_304_without_the_body(client, stage, archived_day):
    stage.show()
    answer = race(client, DAY, "?languages=en")
    again = race(client, DAY, "?languages=en", if_none_match=answer["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])


def test_the_archive_answers_while_redis_is_away(client, archived_day):
    assert len(race(client, DAY, "?languages=en").json()["frames"]) == 24


def test_a_day_without_counts_is_not_found(client, stage):
    stage.show()
    answer = race(client, "2026-11-19", "")
    assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")
    assert answer.json() == {"error": "day: nothing is known of 2026-11-19"}


def test_an_unknown_source_is_refused_by_name(client, stage):
    stage.show()
    answer = race(client, "2026-11-19", "?source=bluesky")
    assert answer.status_code == 404
    assert answer.json() == {"error": "source: nothing is known of 'bluesky'; known are: simulator"}


@pytest.mark.parametrize(
    ("day", "query", "words"),
    [
        ("yesterday", "", "day: give a date"),
        ("2026-11-20", "?languages=en,es", "languages: give one code, or * for all"),
        ("2026-11-20", "?languages=xx", "languages: give codes"),
        ("2026-11-20", "?source=../x", "source: give the name of one"),
        ("2026-11-20", "?limit=1", "use languages, source"),
    ],
)
def test_a_bad_parameter_is_named_with_what_is_allowed(client, stage, day, query, words):
    answer = race(client, day, query)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_while_redis_is_away_an_open_day_is_unavailable(client, archived_day):
    answer = race(client, TODAY)
    assert answer.status_code == 503
    assert answer.json() == {"error": "Redis is away, and the archive does not have the day"}


def test_only_reading_is_allowed(client):
    assert client.post("/api/v1/days/2026-11-20/race").status_code == 405
