"""/api/v1/hashtags/?q=: hashtags that begin with a typed text."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from contract import redis_names
from trendsite.archive.models import Day, DayCount
from trendsite.queries import hashtag_search

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 20)


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
    found = response.json()["hashtags"]
    assert {hashtag.pop("kind") for hashtag in found} <= {"simulated", "replay"}
    assert {hashtag.pop("source_title") for hashtag in found} <= {"simulated posts", "replay of x"}
    return [{name: value for name, value in hashtag.items() if name != "source"} for hashtag in found]


def keys(client, typed):
    return [found["key"] for found in ask(client, typed)]


def test_todays_hashtags_with_this_beginning_come_first_then_archived_then_containing_ones(client, stage, archive):
    stage.count("*", {"WorldCup": 3, "Worldwide": 5, "HelloWorld": 99, "cats": 9})
    stage.show()
    archive({"WorldBookDay": 70, "WorldCup": 60})
    assert ask(client, "world") == [
        {"key": "worldwide", "hashtag": "Worldwide", "posts": 5, "day": "2026-11-22"},
        {"key": "worldcup", "hashtag": "WorldCup", "posts": 3, "day": "2026-11-22"},
        {"key": "worldbookday", "hashtag": "WorldBookDay", "posts": 70, "day": "2026-11-20"},
        {"key": "helloworld", "hashtag": "HelloWorld", "posts": 99, "day": "2026-11-22"},
    ]


def test_an_archived_hashtag_has_its_best_day(client, stage, archive):
    stage.count("*", {"cats": 1})
    stage.show()
    archive({"Worldcup": 5}, date(2026, 11, 18))
    archive({"WorldCup": 9}, date(2026, 11, 19))
    archive({"worldCUP": 7}, date(2026, 11, 20))
    assert ask(client, "wo") == [{"key": "worldcup", "hashtag": "WorldCup", "posts": 9, "day": "2026-11-19"}]


def test_archived_hashtags_are_of_the_source_and_of_all_languages(client, stage, archive):
    stage.count("*", {"cats": 1})
    stage.show()
    archive({"WorldCup": 5}, source="replay-x")
    archive({"Worldwide": 5}, language="en")
    archive({"Worldwide": 3})
    assert keys(client, "world") == ["worldwide"]
    assert found_in(client, "world", source="replay-x") == {"worldcup": "replay of x"}


def found_in(client, typed, **query):
    answer = client.get("/api/v1/hashtags/", {"q": typed, **query}).json()
    return {found["key"]: found["source_title"] for found in answer["hashtags"]}


def test_hashtags_that_only_another_source_has_come_with_its_name(client, stage, archive):
    stage.count("*", {"cats": 1})
    stage.show()
    archive({"WorldCup": 5}, source="replay-x")
    assert found_in(client, "world") == {"worldcup": "replay of x"}
    assert found_in(client, "world", source="simulator") == {}


def test_an_unknown_source_is_refused_and_the_known_ones_are_named(client, stage, archive):
    stage.show()
    archive({"WorldCup": 5}, source="replay-x")
    answer = client.get("/api/v1/hashtags/?q=world&source=nobody")
    assert answer.status_code == 404
    assert answer.json() == {"error": "source: nothing is known of 'nobody'; known are: replay-x, simulator"}


@pytest.mark.parametrize("typed", ["CAFÉ", "#café", "＃Café", " cafe\u0301 ", "ＣＡＦ"])
def test_the_typed_text_is_folded_like_a_hashtag(client, stage, archive, typed):
    stage.count("*", {"Café": 1})
    stage.show()
    archive({"CaféNoir": 2})
    assert keys(client, typed) == ["café", "cafénoir"]


@pytest.mark.parametrize("typed", ["", " ", "#", "x" * 101, "%", "_", "*", "[a-z]", "<img src=x onerror=alert(1)>"])
def test_a_text_that_cannot_begin_a_hashtag_finds_nothing(client, stage, archive, typed):
    stage.count("*", {"cats": 1})
    stage.show()
    archive({"dogs": 1})
    assert keys(client, typed) == []


def test_at_most_ten_are_found(client, stage, archive):
    stage.count("*", {f"tag{number}": 1 for number in range(30)})
    stage.show()
    archive({f"tagged{number}": 1 for number in range(30)})
    assert len(keys(client, "tag")) == 10


def test_one_letter_finds_todays_hashtags_and_in_the_archive_only_itself(client, stage, archive):
    stage.count("*", {"wonder": 1})
    stage.show()
    archive({"WorldCup": 5, "W": 4, "雨の日": 3})
    assert keys(client, "w") == ["wonder", "w"]
    assert keys(client, "雨") == ["雨の日"]


def test_the_next_letter_does_not_read_redis_again(client, stage, monkeypatch):
    stage.count("*", {"cats": 1, "dogs": 1})
    stage.show()
    assert keys(client, "ca") == ["cats"]
    stage.client.delete(redis_names.counts(stage.source, stage.day, "*"))
    assert keys(client, "do") == ["dogs"]
    monkeypatch.setattr(hashtag_search, "CACHE_SECONDS", -1)
    assert keys(client, "do") == []


def test_without_redis_the_archive_is_searched(client, archive):
    archive({"Cats": 1})
    assert keys(client, "cat") == ["cats"]


def test_other_parameters_are_refused(client, stage):
    response = client.get("/api/v1/hashtags/?q=a&limit=3")
    assert (response.status_code, response.json()) == (
        400,
        {"error": "'limit' is no parameter: use q, source, networks, format"},
    )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a table this small without any index")
def test_the_archive_is_searched_through_its_index(archive):
    archive({"WorldCup": 5})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rows = DayCount.objects.filter(hashtag_search._has_prefix("world"), language="*", day__source="simulator")
    plan = rows.values("key").explain()
    assert "INDEX hashtags_by_beginning (language=? AND key>? AND key<?)" in plan


def test_any_spelling_finds_a_hashtag_even_one_archived_under_an_earlier_key(client, stage, archive):
    stage.count("*", {"worldcup": 3})
    stage.show()
    archive({"i\u0307stanbul": 70})
    assert keys(client, "WORLD\u00adCUP") == keys(client, "\u200eworldc") == ["worldcup"]
    assert keys(client, "İstan") == ["i\u0307stanbul"]
