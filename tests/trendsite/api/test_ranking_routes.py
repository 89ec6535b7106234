"""/api/v1/top: live, archived and refused."""

import csv
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.trendsite.stage import NOW
from trendsite.archive.models import Day, DayCount, DayLanguage

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 20)


@pytest.fixture
def archived_day():
    day = Day.objects.create(source="simulator", date=DAY, archived_at=datetime(2026, 11, 21, 1, tzinfo=UTC))
    for language, posts in (("*", 30), ("en", 20), ("es", 10)):
        DayLanguage.objects.create(day=day, language=language, posts=posts, hashtags=2)
    rows = [("*", 1, "Cats", 9), ("en", 1, "Cats", 5), ("en", 2, "dogs", 4), ("es", 1, "Cats", 4), ("es", 2, "a", 4)]
    for language, rank, hashtag, posts in rows:
        DayCount.objects.create(
            day=day, language=language, rank=rank, key=hashtag.casefold(), hashtag=hashtag, posts=posts
        )
    return day


def top(client, query=""):
    response = client.get(f"/api/v1/top{query}")
    assert response["Content-Type"] == "application/json"
    final = response.status_code == 200 and response.json()["final"]
    assert response["Cache-Control"] == ("public, no-cache" if final else "no-store")
    return response.status_code, response.json()


async def csv_lines(client, query):
    answer = await client.get(f"/api/v1/top{query}")
    return b"".join([part async for part in answer]).decode().splitlines()


def places(answer):
    return [(place["rank"], place["hashtag"], place["posts"]) for place in answer["top"]]


def test_the_default_answer_is_the_ranking_of_the_day_on_the_board(client, stage):
    stage.count("*", {"WorldCup": 3, "b": 2, "a": 2}, posts=50)
    stage.show()
    status, answer = top(client)
    assert status == 200
    assert places(answer) == [(1, "WorldCup", 3), (2, "a", 2), (3, "b", 2)]
    expected = {"day": "2026-11-22", "languages": ["*"], "window": "day", "final": False, "posts": 50}
    assert {name: answer[name] for name in expected} == expected


@pytest.mark.parametrize("query", ["?languages=en,es", "?languages=es&languages=en", "?languages=en,es,en"])
def test_languages_may_be_listed_or_repeated(client, stage, query):
    stage.count("en", {"cats": 2})
    stage.count("es", {"cats": 1, "gatos": 2})
    stage.show()
    _, answer = top(client, query)
    assert answer["languages"] == ["en", "es"]
    assert places(answer) == [(1, "cats", 3), (2, "gatos", 2)]


def test_the_limit_applies(client, stage):
    stage.count("*", {f"tag{number:04}": 1 for number in range(1_200)})
    stage.show()
    assert len(top(client, "?limit=1000")[1]["top"]) == 1_000
    assert places(top(client, "?limit=1")[1]) == [(1, "tag0000", 1)]


def test_another_day_that_redis_still_has_is_live(client, stage):
    stage.show()
    stage.day = DAY
    stage.count("*", {"cats": 2})
    _, answer = top(client, "?day=2026-11-20")
    assert (answer["day"], answer["final"], places(answer)) == ("2026-11-20", False, [(1, "cats", 2)])


def test_an_archived_day_that_redis_still_has_is_final(client, stage, archived_day):
    stage.show()
    stage.day = DAY
    stage.count("*", {"cats": 2})
    assert top(client, "?day=2026-11-20")[1]["final"] is True


def test_a_day_that_redis_no_longer_has_comes_from_the_archive(client, stage, archived_day):
    stage.show()
    _, answer = top(client, "?day=2026-11-20&languages=en")
    assert (answer["final"], answer["posts"], answer["as_of"]) == (True, 20, "2026-11-21T01:00:00Z")
    assert places(answer) == [(1, "Cats", 5), (2, "dogs", 4)]


def test_archived_languages_are_added_up_and_ties_are_ordered_by_key(client, stage, archived_day):
    stage.show()
    _, answer = top(client, "?day=2026-11-20&languages=en,es&limit=2")
    assert answer["posts"] == 30
    assert places(answer) == [(1, "Cats", 9), (2, "a", 4)]


def test_the_archive_answers_while_redis_is_away(client, archived_day):
    assert places(top(client, "?day=2026-11-20")[1]) == [(1, "Cats", 9)]


@pytest.mark.parametrize("query", ["", "?window=hour"])
def test_a_live_day_is_unavailable_while_redis_is_away(client, query):
    status, answer = top(client, query)
    assert status == 503
    assert "Redis is away" in answer["error"]


def test_another_sources_archive_does_not_answer(client, stage, archived_day):
    stage.source = "bluesky"
    stage.show()
    assert top(client, "?day=2026-11-20")[0] == 404


@pytest.mark.parametrize("query", ["?window=hour", "?window=hour&day=2026-11-22", "?window=hour&languages=*"])
def test_the_last_hour_is_available_for_the_day_on_the_board(client, stage, query):
    stage.count("*", {"cats": 9})
    stage.count_hour(NOW, "*", {"WorldCup": 3}, posts=10)
    stage.count_hour(NOW - timedelta(hours=1), "*", {"WorldCup": 4, "cats": 8}, posts=20)
    stage.show(NOW + timedelta(minutes=30))
    status, answer = top(client, query)
    assert status == 200
    assert places(answer) == [(1, "WorldCup", 5), (2, "cats", 4)]
    expected = {"day": "2026-11-22", "languages": ["*"], "window": "hour", "final": False, "posts": 20}
    assert {name: answer[name] for name in expected} == expected


def test_an_archived_day_has_no_last_hour(client, stage, archived_day):
    stage.show()
    status, answer = top(client, "?day=2026-11-20&window=hour")
    assert status == 400
    assert answer["error"].startswith("window: hour is known of the day on the board alone")


@pytest.mark.django_db(transaction=True)
def test_rising_hashtags_have_their_reasons(client, stage):
    for ago in range(1, 8):
        stage.count_hour(NOW - timedelta(hours=ago), "en", {"cats": 60}, posts=1_000)
    stage.count_hour(NOW, "en", {"cats": 60, "Storm": 90}, posts=1_000)
    stage.count("en", {"cats": 480, "Storm": 90})
    stage.show(NOW + timedelta(minutes=59))
    status, answer = top(client, "?languages=en&window=rising&limit=100")
    assert status == 200
    assert places(answer) == [(1, "Storm", 90)]
    why = answer["top"][0]["why"]
    assert (why["observed"], why["unit"], why["language"]) == (90, "posts", "en")
    assert why["peak_at"] == "2026-11-22T12:59:00Z"
    assert why["score"] == pytest.approx((90 - why["expected"]) ** 2 / why["expected"], rel=0.02)
    assert answer["compared"]["days"] == 0
    assert answer["compared"]["hours"] == 7
    _, of_hour = top(client, "?languages=en&window=hour")
    assert "compared" not in of_hour
    assert all("why" not in place for place in of_hour["top"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("counts", [{"Storm": 90}, {}])
async def test_in_a_table_each_reason_has_a_column(async_client, stage, counts):
    for ago in range(1, 8):
        stage.count_hour(NOW - timedelta(hours=ago), "en", {"cats": 60}, posts=1_000)
    stage.count_hour(NOW, "en", {"cats": 60, **counts}, posts=1_000)
    stage.count("en", {"cats": 480})
    stage.show(NOW + timedelta(minutes=59))
    lines = await csv_lines(async_client, "?languages=en&window=rising&by=authors&format=csv")
    rows = list(csv.DictReader(lines))
    assert [row["hashtag"] for row in rows] == list(counts)
    for row in rows:
        assert (row["observed"], row["unit"], row["language"]) == ("90", "posts", "en")
        assert float(row["score"]) > float(row["expected"]) > 1
        assert row["peak_at"] == "2026-11-22T12:59:00+00:00"
        assert "why" not in row
    of_day = await csv_lines(async_client, "?languages=en&format=csv")
    assert of_day[0] == "rank,hashtag,key,posts,authors,previous_rank,is_new,few_authors"


def test_an_archived_day_has_nothing_rising(client, stage, archived_day):
    stage.show()
    status, answer = top(client, "?day=2026-11-20&window=rising")
    assert (status, answer["error"][:32]) == (400, "window: rising is known of the d")


@pytest.mark.parametrize("query", ["?day=1999-01-01", "", "?window=hour"])
def test_an_unknown_day_is_not_found(client, stage, query):
    status, answer = top(client, query)
    assert status == 404
    assert answer["error"].startswith("day: ")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?day=yesterday", "day: give a date"),
        ("?day=20261122", "day: give a date"),
        ("?languages=xx", "languages: give codes"),
        (
            "?languages=aa,ab,af,ak,am,an,ar,as,av,ay,az,ba,be,bg,bi,bm,bn,bo,br,bs,ca",
            "at most 20",
        ),
        ("?window=week", "window: give day, hour, rising"),
        ("?limit=0", "limit: give a whole number from 1 to 1000"),
        ("?limit=1001", "limit: "),
        ("?limit=ten", "limit: "),
        ("?limit=²", "limit: "),
        ("?language=en", "use day, languages, window, by, limit"),
    ],
)
def test_a_bad_parameter_is_named_with_what_is_allowed(client, stage, query, words):
    status, answer = top(client, query)
    assert status == 400
    assert words in answer["error"]


def test_only_reading_is_allowed(client):
    assert client.post("/api/v1/top").status_code == 405


def test_a_day_of_another_source_is_found_by_the_source_name(client, stage):
    day = Day.objects.create(source="replay-ep-0123abcd", date=date(2014, 5, 21), archived_at=NOW)
    DayLanguage.objects.create(day=day, language="*", posts=9, hashtags=1)
    DayCount.objects.create(day=day, language="*", rank=1, key="ep2014", hashtag="EP2014", posts=9)
    stage.count("*", {"cats": 1})
    stage.show()
    for query in ("day=2014-05-21&source=replay-ep-0123abcd", "source=replay-ep-0123abcd"):
        answer = client.get(f"/api/v1/top?{query}").json()
        assert (answer["day"], answer["final"], answer["source"], answer["kind"]) == (
            "2014-05-21",
            True,
            "replay-ep-0123abcd",
            "replay",
        )
    here = client.get("/api/v1/top").json()
    assert (here["source"], here["kind"]) == ("simulator", "simulated")
    unknown = client.get("/api/v1/top?source=nobody")
    assert unknown.status_code == 404
    assert "known are: replay-ep-0123abcd, simulator" in unknown.json()["error"]
    assert client.get("/api/v1/top?source=replay-ep-0123abcd&window=hour").status_code == 400
