"""/api/v1/series: one hashtag, day after day; and a hashtag's archived day by the hour."""

from datetime import UTC, datetime

import pytest

from trendsite.archive.models import Day, DayCount

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def november():
    for number in range(1, 8):
        at = datetime(2026, 11, number, tzinfo=UTC)
        day = Day.objects.create(source="simulator", date=at.date(), archived_at=at)
        DayCount.objects.create(
            day=day, language="*", rank=number, key="cats", hashtag=f"Cats{number}", posts=100 - number, authors=number
        )


def ask(client, query):
    answer = client.get(f"/api/v1/series?{query}")
    return answer.status_code, answer.json()


def test_days_come_newest_first_with_rank_posts_and_authors(client, november):
    status, found = ask(client, "hashtag=%23CATS&limit=2")
    assert status == 200
    assert found == {
        "key": "cats",
        "hashtag": "Cats7",
        "languages": ["*"],
        "source": "simulator",
        "kind": "simulated",
        "days": [
            {"date": "2026-11-07", "rank": 7, "posts": 93, "authors": 7},
            {"date": "2026-11-06", "rank": 6, "posts": 94, "authors": 6},
        ],
    }


def test_days_archived_under_an_earlier_key_are_found_by_it(client, november):
    DayCount.objects.filter(key="cats").update(key="ca\u200cts")
    assert ask(client, "hashtag=ca%E2%80%8Cts")[1]["key"] == "ca\u200cts"
    assert client.get("/api/v1/hashtags/ca%E2%80%8Cts?day=2026-11-07").json()["key"] == "ca\u200cts"


def test_pages_follow_each_other_without_a_gap(client, november):
    found, before = [], ""
    while (answer := ask(client, f"hashtag=cats&limit=3{before}"))[0] == 200:
        found += [day["date"] for day in answer[1]["days"]]
        before = f"&before={found[-1]}"
    assert found == [f"2026-11-0{number}" for number in range(7, 0, -1)]


@pytest.mark.parametrize("query", ["hashtag=dogs", "hashtag=cats&languages=en"])
def test_a_hashtag_without_archived_days_is_not_found(client, november, query):
    assert ask(client, query) == (404, {"error": "hashtag: no archived day has it"})


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "hashtag: Field required"),
        ("hashtag=", "hashtag: String should have at least 1 character"),
        ("hashtag=cats&languages=en,es", "languages: give one code, or * for all"),
        ("hashtag=cats&limit=367", "limit: give a whole number from 1 to 366"),
        ("hashtag=cats&key=cats", "use before, limit, source, networks, hashtag, languages, format"),
    ],
)
def test_a_bad_parameter_is_named(client, query, words):
    status, found = ask(client, query)
    assert status == 400
    assert words in found["error"]


def test_a_hashtags_archived_day_has_its_hours_and_languages_are_added_up(client, stage, archived):
    stage.show()
    answer = client.get("/api/v1/hashtags/cats?day=2026-11-20&languages=en,es")
    assert answer.json() == {
        "day": "2026-11-20",
        "key": "cats",
        "hashtag": "Cats",
        "languages": ["en", "es"],
        "posts": 36,
        "authors": None,
        "hours": [36, *[0] * 23],
        "at_least": False,
        "source": "simulator",
        "kind": "simulated",
    }
    assert answer["Cache-Control"] == "public, no-cache"
    assert client.get("/api/v1/hashtags/cats?day=2026-11-20").json()["authors"] == 9


def test_an_archived_day_that_may_have_more_posts_in_a_language_says_so(client, stage, archived):
    stage.show()
    archived.counts.filter(language="es").delete()
    address = "/api/v1/hashtags/cats?day=2026-11-20&languages=en,es"
    assert client.get(address).json()["at_least"] is False
    archived.languages.filter(language="es").update(hashtags=1_001)
    answer = client.get(address).json()
    assert (answer["posts"], answer["at_least"], answer["hours"]) == (24, True, [None] * 24)


def test_an_hour_without_any_collected_post_is_unknown(client, stage, archived):
    stage.show()
    archived.languages.filter(language="*").update(hours=[40, 0, 8, *[0] * 21])
    hours = [36, None, 0, *[None] * 21]
    assert client.get("/api/v1/hashtags/cats?day=2026-11-20&languages=en,es").json()["hours"] == hours
    languages = client.get("/api/v1/days/2026-11-20").json()["languages"]
    assert {found["language"]: found["hours"][:4] for found in languages} == {
        "*": [40, None, 8, None],
        "en": [1, None, 1, None],
        "es": [1, None, 1, None],
    }


def test_a_hashtags_archived_day_is_available_while_redis_is_away(client, archived):
    assert client.get("/api/v1/hashtags/cats?day=2026-11-20").json()["posts"] == 36
    assert client.get("/api/v1/hashtags/dogs?day=2026-11-20").status_code == 503
