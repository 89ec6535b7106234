"""/api/v1/compare: hashtags side by side, from the archive and from Redis."""

from datetime import UTC, date, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async

from tests.trendsite.stage import NOW, Stage
from trendsite.archive.models import STORED_RANKS, Day, DayCount, DayLanguage

pytestmark = pytest.mark.django_db(transaction=True)


def archive(day, counts, *, source="simulator", posts=1_000, hashtags=3, hours=None, language="*"):
    at = datetime(2026, 11, 22, 1, tzinfo=UTC)
    row, _ = Day.objects.get_or_create(source=source, date=date.fromisoformat(day), defaults={"archived_at": at})
    of_all = hours or [posts // 24] * 24
    DayLanguage.objects.create(day=row, language=language, posts=posts, hashtags=hashtags, hours=of_all)
    for rank, (hashtag, number) in enumerate(counts.items(), start=1):
        DayCount.objects.create(
            day=row,
            language=language,
            rank=rank if number > 5 else STORED_RANKS,
            key=hashtag.casefold(),
            hashtag=hashtag,
            posts=number,
            hours=[number, *[0] * 23],
        )
    return row


def ask(client, query):
    answer = client.get(f"/api/v1/compare?{query}")
    return answer.status_code, answer.json()


def of(found, key):
    return next(one for one in found["hashtags"] if one["key"] == key)


def test_days_come_oldest_first_and_a_day_without_an_archive_is_unknown_not_zero(client, stage):
    archive("2026-11-18", {"Cats": 100, "Dogs": 50})
    archive("2026-11-20", {"Cats": 200})
    stage.count("*", {"Cats": 30}, posts=300)
    stage.show()
    status, found = ask(client, "hashtags=%23CATS,dogs&days=5")
    assert status == 200
    assert found["times"] == ["2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22"]
    assert found["posts"] == [1_000, None, 1_000, None, 300]
    assert of(found, "cats") == {
        "key": "cats",
        "hashtag": "Cats",
        "posts": [100, None, 200, None, 30],
        "at_most": [None] * 5,
        "shares": [10.0, None, 20.0, None, 10.0],
        "hidden": False,
    }
    assert of(found, "dogs")["posts"] == [50, None, 0, None, 0]
    assert (found["by"], found["counting"], found["source"]) == ("day", "2026-11-22", "simulator")


def test_a_hashtag_that_is_not_among_the_stored_ones_has_at_most_the_posts_of_the_last(client, stage):
    archive("2026-11-21", {"Cats": 100, "last": 4}, hashtags=STORED_RANKS + 1)
    stage.show()
    _, found = ask(client, "hashtags=cats,dogs&days=1&until=2026-11-21")
    assert (of(found, "dogs")["posts"], of(found, "dogs")["at_most"]) == ([None], [4])
    assert of(found, "cats")["at_most"] == [None]


def test_hours_reach_from_the_archive_into_the_open_day_and_end_with_the_clock(client, stage: Stage):
    archive("2026-11-21", {"Cats": 70}, hours=[10, 0, *[10] * 22])
    stage.count("*", {"Cats": 90}, posts=5_000)
    for ago, posts in ((0, 40), (1, 50)):
        stage.count_hour(NOW - timedelta(hours=ago), "*", {"Cats": posts}, posts=1_000)
    stage.show()
    _, found = ask(client, "hashtags=cats,dogs&hours=37")
    assert (found["times"][0], found["times"][-1]) == ("2026-11-21T00:00Z", "2026-11-22T12:00Z")
    cats = of(found, "cats")
    # Nothing was collected in the second hour of the archived day.
    assert cats["posts"][:3] == [70, None, 0]
    assert cats["posts"][-2:] == [50, 40]
    assert cats["shares"][-2:] == [5.0, 4.0]
    assert of(found, "dogs")["posts"][-2:] == [0, 0]
    # Redis has no post of any language in the hours of the morning.
    assert cats["posts"][24:35] == [None] * 11
    assert found["counting"] == "2026-11-22T00:00Z"


def test_languages_and_networks_are_added_up(client, stage):
    for source, posts in (("bluesky", 10), ("x", 20)):
        archive("2026-11-21", {"Cats": posts}, source=source, posts=100, language="en")
        archive("2026-11-21", {"Cats": posts + 1}, source=source, posts=100, language="es")
    _, found = ask(client, "hashtags=cats&days=1&languages=en,es&networks=bluesky,x")
    assert (found["source"], found["posts"], of(found, "cats")["posts"]) == ("bluesky,x", [400], [62])
    _, found = ask(client, "hashtags=cats&days=1&languages=en&networks=x")
    assert (found["posts"], of(found, "cats")["posts"]) == ([100], [20])


def test_a_hidden_hashtag_says_so_and_has_no_numbers(client, stage, hide):
    archive("2026-11-21", {"Cats": 100, "Dogs": 50})
    hide("dogs")
    _, found = ask(client, "hashtags=cats,Dogs&days=1&until=2026-11-21")
    assert of(found, "dogs") == {
        "key": "dogs",
        "hashtag": "dogs",
        "posts": [None],
        "at_most": [None],
        "shares": [None],
        "hidden": True,
    }
    assert of(found, "cats")["posts"] == [100]


async def test_the_table_has_a_row_for_each_time_and_no_cell_that_runs_as_a_formula(async_client):
    await sync_to_async(archive)("2026-11-20", {"Cats": 100, "=1+1": 50})
    await sync_to_async(archive)("2026-11-21", {"Cats": 10})
    answer = await async_client.get("/api/v1/compare", {"hashtags": ["cats", "=1+1"], "days": 3, "format": "csv"})
    body = b"".join([part async for part in answer.streaming_content])
    assert body.decode().splitlines() == [
        "time,all_posts,#Cats,#Cats %,#=1+1,#=1+1 %",
        "2026-11-19,,,,,",
        "2026-11-20,1000,100,10.0,50,5.0",
        "2026-11-21,1000,10,1.0,0,0.0",
    ]
    assert answer["Content-Disposition"] == 'attachment; filename="compare-simulator.csv"'


def test_archived_days_are_compared_while_redis_is_away(client):
    archive("2026-11-21", {"Cats": 100})
    assert of(ask(client, "hashtags=cats&days=1")[1], "cats")["posts"] == [100]


REFUSED = {
    "": "hashtags: Field required",
    "hashtags=": "hashtags: give one to 5 hashtags, separated by commas",
    "hashtags=a,b,c,d,e,f": "hashtags: give one to 5 hashtags, separated by commas",
    "hashtags=a&days=367": "days: give a whole number from 1 to 366",
    "hashtags=a&hours=745": "hours: give a whole number from 1 to 744",
    "hashtags=a&languages=en,es,de,fr,it,pt": "languages: at most 5 at once, or * for all",
    "hashtags=a&until=now": "until: give a date such as 2026-11-22",
}


def test_a_bad_parameter_is_named(client):
    answers = {query: ask(client, query) for query in REFUSED}
    assert answers == {query: (400, {"error": words}) for query, words in REFUSED.items()}


def test_a_text_that_is_no_hashtag_is_not_found(client):
    assert ask(client, "hashtags=a,%E2%80%8B") == (404, {"error": "hashtags: '\\u200b' is no hashtag"})


def test_a_source_without_days_is_not_found(client, stage):
    archive("2026-11-21", {"Cats": 100})
    status, found = ask(client, "hashtags=cats&source=nobody")
    assert (status, found["error"]) == (404, "source: nothing is known of 'nobody'; known are: simulator")
