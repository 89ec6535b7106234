"""/api/v1/hashtags/{key}: one hashtag's day."""

from datetime import timedelta

import pytest

from contract import redis_names
from tests.trendsite.stage import NOW

pytestmark = pytest.mark.django_db


def ask(client, path):
    response = client.get(f"/api/v1/hashtags/{path}")
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    return response.status_code, response.json()


@pytest.fixture
def cafe(stage):
    """A hashtag with posts at 11 and at 12 o'clock; now it is 12."""
    stage.count_hour(NOW - timedelta(hours=3), "es", {"Té": 4})
    stage.count_hour(NOW - timedelta(hours=1), "en", {"Café": 4})
    stage.count_hour(NOW, "en", {"Café": 3})
    stage.count("en", {"Café": 7})
    stage.client.zadd(redis_names.authors(stage.source, stage.day, "en"), {"café": 6})
    stage.show()
    return stage


def test_the_answer_has_the_hashtags_day_hour_by_hour(client, cafe):
    assert ask(client, "café?languages=en") == (
        200,
        {
            "day": "2026-11-22",
            "key": "café",
            "hashtag": "Café",
            "languages": ["en"],
            "posts": 7,
            "authors": 6,
            # At 9 o'clock it had no post. At 10 and before 9 there were no posts at all.
            "hours": [None] * 9 + [0, None, 4, 3] + [None] * 11,
            "at_least": False,
            "source": "simulator",
            "kind": "simulated",
        },
    )


async def test_an_unknown_hour_is_an_empty_cell(async_client, stage):
    stage.count_hour(NOW - timedelta(hours=3), "en", {"coffee": 4})
    stage.count_hour(NOW - timedelta(hours=1), "en", {"tea": 4})
    stage.count("en", {"tea": 4})
    stage.show()
    response = await async_client.get("/api/v1/hashtags/tea?languages=en&format=csv")
    lines = b"".join([part async for part in response.streaming_content]).decode().splitlines()
    hours = {"08": "", "09": 0, "10": "", "11": 4, "12": "", "13": ""}
    assert lines[9:15] == [f"2026-11-22T{hour}:00Z,{posts}" for hour, posts in hours.items()]


def test_languages_are_added_up(client, cafe):
    cafe.count("es", {"Café": 1})
    cafe.count_hour(NOW, "es", {"Café": 1})
    _, answer = ask(client, "café?languages=es,en")
    assert (answer["languages"], answer["posts"], answer["authors"]) == (["en", "es"], 8, None)
    assert answer["hours"][11:14] == [4, 4, None]


@pytest.mark.parametrize("spelling", ["CAFÉ", "%23Café", "cafe%CC%81", "ＣＡＦÉ"])
def test_any_spelling_finds_the_hashtag(client, cafe, spelling):
    assert ask(client, f"{spelling}?languages=en")[1]["key"] == "café"


def test_a_hashtag_may_contain_a_slash(client, stage):
    stage.count("*", {"a/b": 1})
    stage.show()
    assert ask(client, "a/b")[1]["hashtag"] == "a/b"


@pytest.mark.parametrize("path", ["café", "dogs?languages=en", "%23", "x" * 5_000])
def test_an_unknown_hashtag_is_not_found(client, cafe, path):
    status, answer = ask(client, path)
    assert status == 404
    assert answer["error"].startswith("hashtag: nothing is known of #")
    assert len(answer["error"]) < 250


def test_before_the_first_post_there_is_no_day(client, stage):
    assert ask(client, "cats") == (404, {"error": "day: nothing is known of today: no post was counted yet"})


def test_without_redis_the_answer_says_so(client):
    assert ask(client, "cats") == (503, {"error": "Redis is away"})


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?languages=xx", "languages: give codes"),
        ("?window=hour", "use languages, day, source, networks, format"),
    ],
)
def test_a_bad_parameter_is_named_with_what_is_allowed(client, cafe, query, words):
    status, answer = ask(client, f"café{query}")
    assert status == 400
    assert words in answer["error"]


def test_only_reading_is_allowed(client):
    assert client.post("/api/v1/hashtags/cats").status_code == 405
