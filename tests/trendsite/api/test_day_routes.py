"""/api/v1/days/ and /api/v1/days/{day}: the list of days, and one day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contract import redis_names
from tests.trendsite.stage import NOW, TODAY
from trendsite.archive.models import Day, DayCount, DayLanguage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def archive():
    """Archives days; the winner of each has as many posts as the day's number in the month."""

    def archive_days(*numbers, source="simulator"):
        for number in numbers:
            at = datetime(2026, 11, number, tzinfo=UTC)
            day = Day.objects.create(source=source, date=at.date(), archived_at=at + timedelta(days=1))
            for language in ("*", "en"):
                DayLanguage.objects.create(day=day, language=language, posts=100 + number, hashtags=1)
                counted = {"key": f"k{number}", "hashtag": f"K{number}", "posts": number}
                DayCount.objects.create(day=day, language=language, rank=1, **counted)

    return archive_days


def days(client, query=""):
    answer = client.get(f"/api/v1/days/{query}")
    assert answer["Cache-Control"] == "no-store"
    assert answer.status_code == 200
    return answer.json()["days"]


def dates(client, query=""):
    return [day["date"] for day in days(client, query)]


def test_the_list_has_today_first_then_archived_days_each_with_its_winner(client, stage, archive):
    archive(19, 20)
    stage.count("*", {"WorldCup": 7, "cats": 2}, posts=50)
    stage.show()
    winner = {"key": "worldcup", "hashtag": "WorldCup", "posts": 7}
    kind = {"kind": "simulated"}
    assert days(client) == [
        {"date": "2026-11-22", "source": "simulator", "posts": 50, "final": False, "winner": winner, **kind},
        *(
            {
                "date": f"2026-11-{number}",
                "source": "simulator",
                "posts": 100 + number,
                "final": True,
                "winner": {"key": f"k{number}", "hashtag": f"K{number}", "posts": number},
                **kind,
            }
            for number in (20, 19)
        ),
    ]


def test_the_list_has_a_past_day_that_is_not_archived_yet(client, stage, archive):
    archive(20)
    stage.show()
    for number in (22, 21, 20):
        stage.day = date(2026, 11, number)
        stage.count("*", {"cats": 2})
    assert [(day["date"], day["final"]) for day in days(client)] == [
        ("2026-11-22", False),
        ("2026-11-21", False),
        ("2026-11-20", True),
    ]


def test_a_day_without_a_hashtag_has_no_winner(client, stage, archive):
    archive(20)
    DayCount.objects.all().delete()
    stage.count("*", {}, posts=5)
    stage.show()
    assert [day["winner"] for day in days(client)] == [None, None]


def test_pages_follow_each_other_without_a_gap(client, stage, archive):
    archive(*range(1, 8))
    stage.count("*", {"cats": 2})
    stage.show()
    found, before = [], ""
    while page := dates(client, f"?limit=3{before}"):
        found += page
        before = f"&before={page[-1]}"
    assert found == ["2026-11-22", *(f"2026-11-0{number}" for number in range(7, 0, -1))]


def test_the_days_of_another_source_are_found_by_its_name(client, stage, archive):
    archive(3, source="bluesky")
    archive(4)
    stage.count("*", {"cats": 2})
    stage.show()
    assert dates(client) == ["2026-11-22", "2026-11-04"]
    assert dates(client, "?source=bluesky") == ["2026-11-03"]


def test_the_list_comes_from_the_archive_while_redis_is_away(client, archive):
    archive(3)
    assert dates(client) == ["2026-11-03"]


def test_without_days_the_list_is_empty(client, stage):
    assert days(client) == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?before=now", "before: give a date"),
        ("?limit=367", "limit: give a whole number from 1 to 366"),
        ("?source=.", "source: give the name"),
        ("?day=2026-11-20", "use before, limit, source"),
    ],
)
def test_a_bad_parameter_is_named_with_what_is_allowed(client, stage, query, words):
    answer = client.get(f"/api/v1/days/{query}")
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_all_sources_that_have_days_are_named(client, stage):
    for fingerprint in ("0123abcd", "89ab4567"):
        Day.objects.create(source=f"replay-ep-{fingerprint}", date=date(2014, 5, 21), archived_at=NOW)
    stage.show()
    answer = client.get("/api/v1/days/?source=replay-ep-0123abcd").json()
    assert answer["source"] == "replay-ep-0123abcd"
    assert answer["sources"] == [
        {"name": "replay-ep-0123abcd", "title": "replay of ep (0123abcd)", "kind": "replay"},
        {"name": "replay-ep-89ab4567", "title": "replay of ep (89ab4567)", "kind": "replay"},
        {"name": "simulator", "title": "simulated posts", "kind": "simulated"},
    ]


def test_an_unknown_source_is_not_an_empty_list(client, stage):
    stage.show()
    answer = client.get("/api/v1/days/?source=nobody")
    assert answer.status_code == 404
    assert answer.json() == {"error": "source: nothing is known of 'nobody'; known are: simulator"}


def one_day(client, day, query=""):
    answer = client.get(f"/api/v1/days/{day}{query}")
    return answer.status_code, answer.json()


def test_an_archived_day_has_its_winner_its_gaps_and_its_languages_by_the_hour(client, stage, archived):
    stage.show()
    status, found = one_day(client, "2026-11-20")
    assert status == 200
    languages = found.pop("languages")
    story = found.pop("story")
    assert found == {
        "date": "2026-11-20",
        "source": "simulator",
        "kind": "simulated",
        "posts": 48,
        "final": True,
        "winner": {"key": "cats", "hashtag": "Cats", "posts": 36},
        "archived_at": "2026-11-21T01:00:00Z",
        "gaps": [["00:01", "00:02"]],
        "known_gaps": [],
        "first_post": "00:00",
    }
    assert [(fact["kind"], fact["text"]) for fact in story] == [
        ("led", "As far as recorded, #Cats led all day. It was in 36 posts, 75 % of all."),
        ("second", '#=HYPERLINK("http://x") came second, with 5 posts.'),
    ]
    assert [counted["language"] for counted in languages] == ["*", "en", "es"]
    assert languages[1] == {"language": "en", "posts": 24, "authors": None, "hashtags": 3, "hours": [1] * 24}


def test_today_has_its_counts_so_far(client, stage):
    stage.count("*", {"Dogs": 3}, posts=9)
    stage.count("en", {"Dogs": 3}, posts=5)
    stage.client.hset(redis_names.minutes("simulator", TODAY), mapping={0: 4, 720: 5})
    stage.show()
    _, found = one_day(client, TODAY)
    assert (found["final"], found["posts"], found["archived_at"]) == (False, 9, None)
    assert found["gaps"] == [["00:01", "12:00"]]
    assert [(counted["language"], counted["posts"]) for counted in found["languages"]] == [("*", 9), ("en", 5)]


def test_while_redis_is_away_an_archived_day_is_available_and_an_open_one_is_not(client, archived):
    assert one_day(client, "2026-11-20")[0] == 200
    assert one_day(client, "2026-11-21") == (503, {"error": "Redis is away, and the archive does not have the day"})


@pytest.mark.parametrize("day", ["2026-11-19", "0001-01-01", date.max])
def test_a_day_without_counts_is_not_found(client, stage, archived, day):
    stage.show()
    assert one_day(client, day)[0] == 404


@pytest.mark.parametrize("day", ["today", "20261120", "2026-13-01", "²026-11-20"])
def test_a_text_that_is_no_date_is_refused(client, day):
    assert one_day(client, day) == (400, {"error": "day: give a date such as 2026-11-22"})
