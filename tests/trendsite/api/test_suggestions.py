"""/api/v1/hashtags/?q=: hashtags for what somebody began to type."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from contract import redis_names
from trendsite.api import finding
from trendsite.history.models import Day, DayCount

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _nothing_read_before():
    finding.forget_today()


@pytest.fixture
def archive():
    """``archive({"Cats": 9})`` archives a day's counts of all languages."""

    def write(counts, day=DAY, source="simulator", language="*"):
        archived_at = datetime(2026, 11, 21, 1, tzinfo=UTC)
        row, _ = Day.objects.get_or_create(source=source, date=day, defaults={"archived_at": archived_at})
        DayCount.objects.bulk_create(
            DayCount(day=row, language=language, rank=rank, key=hashtag.casefold(), hashtag=hashtag, posts=posts)
            for rank, (hashtag, posts) in enumerate(counts.items(), start=1)
        )

    return write


def ask(client, typed):
    response = client.get("/api/v1/hashtags/", {"q": typed})
    assert response.status_code == 200
    assert response.json()["q"] == typed
    return response.json()["hashtags"]


def keys(client, typed):
    return [found["key"] for found in ask(client, typed)]


def test_todays_hashtags_that_begin_so_come_first_then_archived_then_those_that_contain_it(client, stage, archive):
    stage.count("*", {"WorldCup": 3, "Worldwide": 5, "HelloWorld": 99, "cats": 9})
    stage.show()
    archive({"WorldBookDay": 70, "WorldCup": 60})
    assert ask(client, "world") == [
        {"key": "worldwide", "hashtag": "Worldwide", "posts": 5, "day": "2026-11-22"},
        {"key": "worldcup", "hashtag": "WorldCup", "posts": 3, "day": "2026-11-22"},
        {"key": "worldbookday", "hashtag": "WorldBookDay", "posts": 70, "day": "2026-11-20"},
        {"key": "helloworld", "hashtag": "HelloWorld", "posts": 99, "day": "2026-11-22"},
    ]


def test_an_archived_hashtag_is_told_with_its_best_day(client, stage, archive):
    stage.count("*", {"cats": 1})
    stage.show()
    archive({"Worldcup": 5}, date(2026, 11, 18))
    archive({"WorldCup": 9}, date(2026, 11, 19))
    archive({"worldCUP": 7}, date(2026, 11, 20))
    assert ask(client, "wo") == [{"key": "worldcup", "hashtag": "WorldCup", "posts": 9, "day": "2026-11-19"}]


def test_archived_hashtags_are_those_of_the_source_and_of_all_languages(client, stage, archive):
    stage.count("*", {"cats": 1})
    stage.show()
    archive({"WorldCup": 5}, source="replay-x")
    archive({"Worldwide": 5}, language="en")
    assert keys(client, "world") == []


@pytest.mark.parametrize("typed", ["CAFÉ", "#café", "＃Café", " cafe\u0301 ", "ＣＡＦ"])
def test_what_is_typed_is_folded_as_hashtags_are(client, stage, archive, typed):
    stage.count("*", {"Café": 1})
    stage.show()
    archive({"CaféNoir": 2})
    assert keys(client, typed) == ["café", "cafénoir"]


@pytest.mark.parametrize(
    "typed", ["", " ", "#", "\0", "x" * 101, "%", "_", "*", "[a-z]", "<img src=x onerror=alert(1)>"]
)
def test_what_no_hashtag_begins_with_finds_nothing(client, stage, archive, typed):
    stage.count("*", {"cats": 1})
    stage.show()
    archive({"dogs": 1})
    assert keys(client, typed) == []


def test_at_most_ten_are_found(client, stage, archive):
    stage.count("*", {f"tag{number}": 1 for number in range(30)})
    stage.show()
    archive({f"tagged{number}": 1 for number in range(30)})
    assert len(keys(client, "tag")) == 10


def test_one_letter_finds_todays_hashtags_and_only_that_very_one_in_the_archive(client, stage, archive):
    stage.count("*", {"wonder": 1})
    stage.show()
    archive({"WorldCup": 5, "W": 4, "雨の日": 3})
    assert keys(client, "w") == ["wonder", "w"]
    assert keys(client, "雨") == ["雨の日"]


def test_typing_on_does_not_read_redis_again(client, stage, monkeypatch):
    stage.count("*", {"cats": 1, "dogs": 1})
    stage.show()
    assert keys(client, "ca") == ["cats"]
    stage.client.delete(redis_names.counts(stage.source, stage.day, "*"))
    assert keys(client, "do") == ["dogs"]
    monkeypatch.setattr(finding, "KEPT_SECONDS", -1)
    assert keys(client, "do") == []


def test_without_redis_the_archive_is_searched(client, archive):
    archive({"Cats": 1})
    assert keys(client, "cat") == ["cats"]


def test_other_parameters_are_refused(client, stage):
    response = client.get("/api/v1/hashtags/?q=a&limit=3")
    assert (response.status_code, response.json()) == (400, {"error": "'limit' is no parameter: use q, format"})


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a table this small without any index")
def test_the_archive_is_searched_through_its_index(archive):
    archive({"WorldCup": 5})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rows = DayCount.objects.filter(finding._beginning_with("world"), language="*", day__source="simulator")
    plan = rows.values("key").explain()
    assert "INDEX hashtags_by_beginning (language=? AND key>? AND key<?)" in plan
