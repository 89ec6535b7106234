"""/api/v1/days/: today and the archived days, a page at a time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from trendsite.history.models import Day, DayCount, DayLanguage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def archive():
    """Archives days, each with a winner that has as many posts as the day's number in the month."""

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


def test_today_comes_first_then_the_archived_days_each_with_its_winner(client, stage, archive):
    archive(19, 20)
    stage.count("*", {"WorldCup": 7, "cats": 2}, posts=50)
    stage.show()
    winner = {"key": "worldcup", "hashtag": "WorldCup", "posts": 7}
    assert days(client) == [
        {"date": "2026-11-22", "source": "simulator", "posts": 50, "final": False, "winner": winner},
        *(
            {
                "date": f"2026-11-{number}",
                "source": "simulator",
                "posts": 100 + number,
                "final": True,
                "winner": {"key": f"k{number}", "hashtag": f"K{number}", "posts": number},
            }
            for number in (20, 19)
        ),
    ]


def test_a_day_that_is_over_and_waits_for_the_archive_is_there(client, stage, archive):
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


def test_another_sources_days_are_asked_for_by_its_name(client, stage, archive):
    archive(3, source="bluesky")
    archive(4)
    stage.count("*", {"cats": 2})
    stage.show()
    assert dates(client) == ["2026-11-22", "2026-11-04"]
    assert dates(client, "?source=bluesky") == ["2026-11-03"]


def test_the_archive_answers_while_redis_is_away(client, archive):
    archive(3)
    assert dates(client) == ["2026-11-03"]


def test_without_any_day_there_are_none(client, stage):
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
