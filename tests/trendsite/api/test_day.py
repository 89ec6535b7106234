"""/api/v1/days/{day}: one day."""

from datetime import date

import pytest

from contract import redis_names
from tests.trendsite.stage import TODAY

pytestmark = pytest.mark.django_db(transaction=True)


def ask(client, day, query=""):
    answer = client.get(f"/api/v1/days/{day}{query}")
    return answer.status_code, answer.json()


def test_an_archived_day_has_its_winner_its_gaps_and_its_languages_by_the_hour(client, stage, archived):
    stage.show()
    status, told = ask(client, "2026-11-20")
    assert status == 200
    languages = told.pop("languages")
    assert told == {
        "date": "2026-11-20",
        "source": "simulator",
        "posts": 48,
        "final": True,
        "winner": {"key": "cats", "hashtag": "Cats", "posts": 36},
        "archived_at": "2026-11-21T01:00:00Z",
        "gaps": [["00:01", "00:02"]],
    }
    assert [found["language"] for found in languages] == ["*", "en", "es"]
    assert languages[1] == {"language": "en", "posts": 24, "authors": None, "hashtags": 3, "hours": [1] * 24}


def test_today_is_told_as_far_as_it_is(client, stage):
    stage.count("*", {"Dogs": 3}, posts=9)
    stage.count("en", {"Dogs": 3}, posts=5)
    stage.client.hset(redis_names.minutes("simulator", TODAY), mapping={0: 4, 720: 5})
    stage.show()
    _, told = ask(client, TODAY)
    assert (told["final"], told["posts"], told["archived_at"]) == (False, 9, None)
    assert told["gaps"] == [["00:01", "12:00"]]
    assert [(found["language"], found["posts"]) for found in told["languages"]] == [("*", 9), ("en", 5)]


def test_the_archive_answers_while_redis_is_away_and_an_open_day_is_unavailable(client, archived):
    assert ask(client, "2026-11-20")[0] == 200
    assert ask(client, "2026-11-21") == (503, {"error": "Redis is away, and the archive does not have the day"})


@pytest.mark.parametrize("day", ["2026-11-19", "0001-01-01", date.max])
def test_a_day_that_nobody_counted_is_not_found(client, stage, archived, day):
    stage.show()
    assert ask(client, day)[0] == 404


@pytest.mark.parametrize("day", ["today", "20261120", "2026-13-01", "²026-11-20"])
def test_what_is_no_date_is_refused(client, day):
    assert ask(client, day) == (400, {"error": "day: give a date such as 2026-11-22"})
