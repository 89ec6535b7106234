"""/feeds/{languages}/{window}.rss: what a feed reader gets."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from tests.trendsite.stage import NOW

pytestmark = pytest.mark.django_db

HOSTILE = ["<script>alert(1)</script>", '"><img onerror>', "=HYPERLINK(1)", "\u202eRTL", "a/b", "😀", "nul\x01l"]


def read(client, address, **headers):
    answer = client.get(address, headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/rss+xml; charset=utf-8")
    channel = ElementTree.fromstring(answer.content).find("channel")
    return {child.tag: child.text for child in channel}, [
        {child.tag: child.text for child in item} for item in channel.findall("item")
    ]


def test_a_feed_tells_the_first_ten_of_the_day_with_their_pages(client, stage):
    stage.count("en", {"WorldCup": 1_234, **{f"tag{number:02}": 1 for number in range(12)}})
    stage.show()
    channel, items = read(client, "/feeds/en/day.rss")
    assert channel["title"] == "Trendsite: top hashtags today, English"
    assert channel["link"] == "http://testserver/?languages=en&window=day"
    assert len(items) == 10
    assert items[0] == {
        "title": "#WorldCup",
        "link": "http://testserver/hashtags/worldcup/?day=2026-11-22",
        "description": "Place 1 with 1,234 posts on 22 November 2026 (UTC). English.",
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


def test_a_hashtag_of_the_last_hour_is_news_once_an_hour(client, stage):
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
def test_what_is_rising_is_a_feed_that_tells_why(client, stage):
    for ago in range(1, 8):
        stage.count_hour(NOW - timedelta(hours=ago), "en", {"cats": 60}, posts=1_000)
    stage.count_hour(NOW, "en", {"cats": 60, "Storm": 1_090}, posts=2_000)
    stage.count("en", {"cats": 480})
    stage.show(NOW + timedelta(minutes=59))
    channel, (storm,) = read(client, "/feeds/en/rising.rss")
    assert channel["title"] == "Trendsite: rising hashtags, English"
    assert "more people use" in channel["description"]
    assert storm["title"] == "#Storm"
    assert storm["description"].startswith(
        "Place 1 with 1,090 posts in the hour before 12:59 on 22 November 2026 (UTC), "
    )
    assert storm["description"].endswith(" were expected. English.")


def test_hostile_hashtags_are_text_and_lead_to_their_own_pages(client, stage):
    stage.count("*", dict.fromkeys(HOSTILE, 1))
    stage.show()
    _, items = read(client, "/feeds/all/day.rss")
    assert {item["title"] for item in items} == {f"#{hashtag}".replace("\x01", "\ufffd") for hashtag in HOSTILE}
    for item in items:
        assert client.get(item["link"].removeprefix("http://testserver")).status_code == 200


def test_a_reader_that_has_the_feed_is_told_so(client, stage):
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
