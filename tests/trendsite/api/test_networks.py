"""The API about several networks: ``networks`` chooses some, answers have their sum and the share of each."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from trendsite.archive.models import Day, DayCount, DayLanguage

pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _two_networks():
    for source, counts in (("bluesky", {"cats": 10, "birds": 9}), ("mastodon", {"dogs": 10, "birds": 9})):
        at = datetime(2026, 11, 21, 1, tzinfo=UTC)
        row = Day.objects.create(source=source, date=DAY, archived_at=at, minutes=[1] * 1_440)
        DayLanguage.objects.create(day=row, language="*", posts=24, authors=9, hashtags=2, hours=[1] * 24)
        for rank, (key, posts) in enumerate(counts.items(), start=1):
            DayCount.objects.create(day=row, language="*", rank=rank, key=key, hashtag=key, posts=posts, hours=[1] * 24)


def ask(client, path, status=200):
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status
    return answer.json()


def test_a_ranking_has_the_sum_and_the_share_of_each_network(client):
    found = ask(client, "top?day=2026-11-20&limit=2")
    assert (found["source"], found["kind"], found["posts"], found["final"]) == ("bluesky,mastodon", "live", 48, True)
    assert [(place["key"], place["posts"], place["networks"]) for place in found["top"]] == [
        ("birds", 18, {"bluesky": 9, "mastodon": 9}),
        ("cats", 10, {"bluesky": 10}),
    ]


def test_networks_chooses_some_and_source_goes_before_them(client):
    one = ask(client, "top?day=2026-11-20&limit=1&networks=mastodon")
    assert (one["source"], one["top"][0]["key"], "networks" in one["top"][0]) == ("mastodon", "dogs", False)
    assert ask(client, "top?day=2026-11-20&networks=mastodon&source=bluesky")["source"] == "bluesky"
    assert ask(client, "top?day=2026-11-20&networks=bluesky&networks=mastodon,x")["source"] == "bluesky,mastodon"


def test_an_unknown_network_is_refused_with_the_known_ones(client):
    assert ask(client, "days/?networks=myspace", 400) == {
        "error": "networks: give bluesky, kafka, mastodon, x, or several with commas"
    }
    assert ask(client, "days/?networks=x", 404) == {
        "error": "networks: nothing is known of 'x'; known are: bluesky, mastodon"
    }


def test_days_and_a_day_have_the_posts_of_each_network(client):
    (listed,) = ask(client, "days/")["days"]
    assert (listed["source"], listed["posts"], listed["winner"]["key"]) == ("bluesky,mastodon", 48, "birds")
    assert listed["networks"] == {"bluesky": 24, "mastodon": 24}
    day = ask(client, "days/2026-11-20")
    assert [(source["source"], source["posts"], source["gaps"]) for source in day["by_source"]] == [
        ("bluesky", 24, []),
        ("mastodon", 24, []),
    ]
    alone = ask(client, "days/2026-11-20?networks=bluesky")
    assert (alone["source"], "networks" in alone, "by_source" in alone) == ("bluesky", False, False)


def test_a_hashtag_its_days_the_search_and_the_race_know_networks(client):
    day = ask(client, "hashtags/birds?day=2026-11-20")
    assert (day["posts"], day["networks"], day["hours"][0]) == (18, {"bluesky": 9, "mastodon": 9}, 2)
    series = ask(client, "series?hashtag=birds")
    assert (series["source"], series["days"][0]["posts"], series["days"][0]["rank"]) == ("bluesky,mastodon", 18, 1)
    assert ask(client, "hashtags/?q=bi")["hashtags"][0]["posts"] == 18
    assert ask(client, "hashtags/?q=bi&networks=mastodon")["hashtags"][0]["posts"] == 9
    race = ask(client, "days/2026-11-20/race")
    assert (race["source"], [source["source"] for source in race["by_source"]]) == (
        "bluesky,mastodon",
        ["bluesky", "mastodon"],
    )
    last = race["frames"][-1]
    assert dict(zip([key for key, _ in last["top"]], last["shares"], strict=True))["cats"] == [24, 0]


@pytest.mark.parametrize(
    ("path", "columns", "values"),
    [
        ("top?day=2026-11-20&limit=1", ["posts_bluesky", "posts_mastodon"], ["9", "9"]),
        ("days/?limit=1", ["posts_bluesky", "posts_mastodon"], ["24", "24"]),
        ("series?hashtag=cats", ["posts_bluesky"], ["10"]),
    ],
)
async def test_a_table_has_a_column_for_each_network(async_client, path, columns, values):
    answer = await async_client.get(f"/api/v1/{path}&format=csv")
    body = b"".join([part async for part in answer.streaming_content])
    row = next(csv.DictReader(io.StringIO(body.decode())))
    assert [row[column] for column in columns] == values
    assert "networks" not in row


def test_a_feed_refuses_an_unknown_network(client):
    assert client.get("/feeds/all/day.rss?networks=myspace").status_code == 400
