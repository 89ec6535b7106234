"""/feeds/{languages}/{window}.rss: what a feed reader receives."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from tests.trendsite.stage import NOW, Stage

pytestmark = pytest.mark.django_db

HOSTILE = ["<script>alert(1)</script>", '"><img onerror>', "=HYPERLINK(1)", "\u202eRTL", "a/b", "😀", "nul\x01l"]


def read(client, address, **headers):
    answer = client.get(address, headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/rss+xml; charset=utf-8")
    channel = ElementTree.fromstring(answer.content).find("channel")
    return {child.tag: child.text or child.get("href") for child in channel}, [
        {child.tag: child.text for child in item} for item in channel.findall("item")
    ]


def test_a_feed_has_the_first_ten_of_the_day_with_links_to_their_pages(client, stage):
    stage.count("en", {"WorldCup": 1_234, **{f"tag{number:02}": 1 for number in range(12)}})
    stage.show()
    channel, items = read(client, "/feeds/en/day.rss")
    assert channel["title"] == "Trendsite (simulated): top hashtags today, English"
    assert channel["link"] == "http://testserver/?languages=en&window=day"
    assert len(items) == 10
    assert items[0] == {
        "title": "#WorldCup",
        "link": "http://testserver/hashtags/worldcup/?day=2026-11-22",
        "description": "Place 1 with 1,234 posts on 22 November 2026 (UTC). English. Simulated.",
        "pubDate": "Sun, 22 Nov 2026 00:00:00 +0000",
        "guid": "day:en:2026-11-22T00:worldcup",
    }
    assert items[1]["description"].startswith("Place 2 with 1 post on")


def test_all_languages_and_several_have_a_feed(client, stage):
    stage.count("*", {"all": 1})
    stage.count("en", {"cats": 2})
    stage.count("es", {"gatos": 3})
    stage.show()
    assert [item["title"] for item in read(client, "/feeds/all/day.rss")[1]] == ["#all"]
    assert [item["title"] for item in read(client, "/feeds/en,es/day.rss")[1]] == ["#gatos", "#cats"]


def test_a_feed_of_chosen_networks_links_to_the_same_networks(client, stage):
    for source, counts in (("bluesky", {"cats": 2}), ("mastodon", {"dogs": 3})):
        of_network = Stage(stage.client, source, running=["bluesky", "mastodon"])
        of_network.count("*", counts)
        of_network.show()
    channel, items = read(client, "/feeds/all/day.rss?networks=bluesky")
    assert channel["link"] == "http://testserver/?languages=*&window=day&networks=bluesky"
    assert channel["{http://www.w3.org/2005/Atom}link"] == "http://testserver/feeds/all/day.rss?networks=bluesky"
    links = [(item["title"], item["link"]) for item in items]
    assert links == [("#cats", "http://testserver/hashtags/cats/?day=2026-11-22&networks=bluesky")]


def test_a_hashtag_of_the_last_hour_is_one_item_an_hour(client, stage):
    stage.count("*", {"cats": 3})
    stage.count_hour(NOW, "*", {"cats": 3})
    stage.show(NOW + timedelta(minutes=30))
    first, again = read(client, "/feeds/all/hour.rss"), read(client, "/feeds/all/hour.rss")
    assert first == again
    assert first[1][0]["pubDate"] == "Sun, 22 Nov 2026 12:00:00 +0000"
    stage.count_hour(NOW + timedelta(hours=1), "*", {"cats": 3})
    stage.show(NOW + timedelta(hours=1, minutes=1))
    assert read(client, "/feeds/all/hour.rss")[1][0]["guid"] != first[1][0]["guid"]


@pytest.mark.django_db(transaction=True)
def test_the_feed_of_rising_hashtags_has_their_reasons(client, stage):
    for ago in range(1, 8):
        stage.count_hour(NOW - timedelta(hours=ago), "en", {"cats": 60}, posts=1_000)
    stage.count_hour(NOW, "en", {"cats": 60, "Storm": 1_090}, posts=2_000)
    stage.count("en", {"cats": 480})
    stage.show(NOW + timedelta(minutes=59))
    channel, (storm,) = read(client, "/feeds/en/rising.rss")
    assert channel["title"] == "Trendsite (simulated): rising hashtags, English"
    assert "more people than usual use in an hour" in channel["description"]
    assert storm["title"] == "#Storm"
    words = "New · 1,090 posts in the last hour, usually none (12:59 on 22 November 2026, UTC)"
    assert storm["description"] == f"Place 1: {words}. English. Simulated."


def test_hostile_hashtags_are_text_and_link_to_their_own_pages(client, stage):
    stage.count("*", dict.fromkeys(HOSTILE, 1))
    stage.show()
    _, items = read(client, "/feeds/all/day.rss")
    assert {item["title"] for item in items} == {f"#{hashtag}".replace("\x01", "\ufffd") for hashtag in HOSTILE}
    for item in items:
        assert client.get(item["link"].removeprefix("http://testserver")).status_code == 200


def test_a_reader_that_has_the_feed_receives_304(client, stage):
    stage.count("*", {"cats": 3})
    stage.show()
    answer = client.get("/feeds/all/day.rss")
    assert answer["Cache-Control"] == "public, no-cache"
    again = client.get("/feeds/all/day.rss", headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    stage.count("*", {"cats": 4})
    assert client.get("/feeds/all/day.rss", headers={"if-none-match": answer["ETag"]}).status_code == 200


@pytest.mark.parametrize("window", ["day", "hour"])
def test_without_redis_there_is_no_feed(client, window):
    assert client.get(f"/feeds/all/{window}.rss").status_code == 503


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("simulator", "Trendsite (simulated): top hashtags today, English"),
        ("x", "Trendsite: top hashtags today, English"),
        ("replay-covid-0123abcd", "Trendsite (replay): top hashtags on 22 November 2026, English"),
        ("replay-covid-0123abcd-now", "Trendsite (replayed as if now): top hashtags today, English"),
    ],
)
def test_the_title_of_a_feed_names_a_source_that_is_not_live(client, stage, source, title):
    stage.source = source
    stage.count("en", {"cats": 3})
    stage.show()
    assert read(client, "/feeds/en/day.rss")[0]["title"] == title


def test_the_build_date_of_a_feed_is_when_its_counts_last_changed(client, stage):
    stage.count("*", {"cats": 3})
    stage.show(NOW + timedelta(minutes=30, seconds=5))
    channel, (cats,) = read(client, "/feeds/all/day.rss")
    assert channel["lastBuildDate"] == "Sun, 22 Nov 2026 12:30:05 +0000"
    assert cats["pubDate"] == "Sun, 22 Nov 2026 00:00:00 +0000"
    stage.count("*", {})
    assert read(client, "/feeds/all/day.rss")[0]["lastBuildDate"] == channel["lastBuildDate"]
