"""The window of rising hashtags: its first paint, and its rankings as viewers get them."""

import csv
import re
from datetime import timedelta

import msgspec
import pytest

from tests.trendsite.stage import NOW
from trendsite.board.live import recompute
from trendsite.trending import finder

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def count_a_quiet_morning(stage, language="en"):
    for ago in range(1, 8):
        stage.count_hour(NOW - ago * HOUR, language, {"cats": 60}, posts=1_000)
    stage.show(NOW + timedelta(minutes=59))
    stage.count(language, {"cats": 400})


def count_hour(stage, language="en", **counts):
    stage.count_hour(NOW, language, {"cats": 60, **counts}, posts=1_000)
    stage.publish("hour", language, {"cats": 60, **counts}, posts=1_000)


def hashtags(ranking):
    return [place["hashtag"] for place in msgspec.json.decode(ranking)["top"]]


async def test_the_first_paint_shows_each_hashtag_with_its_reasons(stage, async_client):
    count_a_quiet_morning(stage)
    stage.count_hour(NOW, "en", {"cats": 60, "Storm": 90}, posts=1_000)
    response = await async_client.get("/?languages=en&window=rising")
    html = response.content.decode()
    (storm,) = re.findall(r'<tr data-key="storm">.*?</tr>', html, re.DOTALL)
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", storm))
    assert "New, 90 posts in the last hour" in told
    assert "Compared with the 7 hours before: no earlier day is known yet." in html
    assert "Rising hashtags</h1>" in html
    assert 'href="/api/v1/top?languages=en&amp;window=rising"' in html


async def test_the_other_windows_have_no_reasons(stage, async_client):
    count_a_quiet_morning(stage)
    (row,) = re.findall(r"<tr data-key.*?</tr>", (await async_client.get("/")).content.decode(), re.DOTALL) or [""]
    assert "usual" not in row


async def test_when_nothing_is_rising_the_page_says_so(stage, async_client):
    count_a_quiet_morning(stage)
    stage.report_collector()
    stage.report_streaming()
    html = (await async_client.get("/?languages=en&window=rising")).content.decode()
    assert told_without_hashtags(html) == (
        "Nothing stands out right now",
        "Compared with the 7 hours before: no earlier day is known yet.",
    )
    assert not visible(html, "compared")


async def test_on_a_first_day_one_message_says_from_when_it_works(stage, async_client):
    stage.count_hour(NOW, "en", {"Storm": 900}, posts=1_000)
    stage.count("en", {"Storm": 900})
    stage.show(NOW + timedelta(minutes=40))
    stage.report_collector()
    stage.report_streaming()
    html = (await async_client.get("/?languages=en&window=rising")).content.decode()
    message = "Rising works from 13:00 UTC on: it needs an hour of posts to compare with."
    assert told_without_hashtags(html) == ("Too early to tell", message)
    assert [visible(html, name) for name in ("note", "compared", "fading", "rankings")] == [False] * 4
    answer = (await async_client.get("/api/v1/top?languages=en&window=rising")).json()
    assert (answer["note"], answer["top"], answer["fading"]) == (message, [], [])
    assert answer["compared"] == {"days": 0, "hours": 0, "words": message, "works_from": "2026-11-22T13:00:00Z"}
    assert message in (await async_client.get("/feeds/en/rising.rss")).content.decode()


async def test_what_fell_to_nothing_is_fading_and_not_rising(stage, async_client):
    count_a_quiet_morning(stage)
    stage.count_hour(NOW - 4 * HOUR, "en", {"cats": 60, "Storm": 90}, posts=1_000)
    count_hour(stage, Flood=90)
    answer = (await async_client.get("/api/v1/top?languages=en&window=rising")).json()
    told = [
        [(place["key"], place["rank"], place["why"]["state"]) for place in answer[name]] for name in ("top", "fading")
    ]
    assert told == [[("flood", 1, "rising")], [("storm", 2, "fading")]]
    html = (await async_client.get("/?languages=en&window=rising")).content.decode()
    assert re.findall(r'<tr data-key="(.*?)"', html) == ["flood"]
    (line,) = re.findall(r"<li>.*?</li>", html.split('id="fading-rows"')[1].split("</ul>")[0], re.DOTALL)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", line)).strip()
    assert words == "#Storm new at 09:00, 0 posts in the last hour"
    feed = (await async_client.get("/feeds/en/rising.rss")).content.decode()
    assert re.findall(r"<title>#(.*?)</title>", feed) == ["Flood", "Storm (fading)"]
    table = await async_client.get("/api/v1/top?languages=en&window=rising&format=csv")
    lines = b"".join([part async for part in table.streaming_content]).decode().splitlines()
    assert [row["state"] for row in csv.DictReader(lines)] == ["rising", "fading"]


def told_without_hashtags(html):
    return tuple(re.findall(rf'id="waiting-{part}">(.*?)</', html)[0] for part in ("title", "detail"))


def visible(html, name):
    tag = re.search(rf'<[^>]*\bid="{name}"[^>]*>', html)
    return "hidden" not in tag[0]


async def test_markup_in_a_rising_hashtag_stays_text(stage, async_client):
    count_a_quiet_morning(stage)
    stage.count_hour(NOW, "en", {"<img src=x onerror=alert(1)>": 90}, posts=1_000)
    html = (await async_client.get("/?languages=en&window=rising")).content.decode()
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "<img src=x" not in html


async def test_viewers_are_greeted_with_what_is_rising_and_follow_it(stage, seat, monkeypatch):
    monkeypatch.setattr(recompute, "RISING_SECONDS", 0.1)
    monkeypatch.setattr(finder, "FRESH", timedelta(0))
    count_a_quiet_morning(stage)
    count_hour(stage)
    viewer = await seat("?languages=en&window=rising")
    assert hashtags(await viewer.ranking()) == []
    count_hour(stage, Storm=90)
    rising = await viewer.ranking(lambda ranking: ranking["top"])
    (storm,) = msgspec.json.decode(rising)["top"]
    assert (storm["hashtag"], storm["why"]["observed"], storm["why"]["unit"]) == ("Storm", 90, "posts")


async def test_what_is_hidden_stops_rising_before_everybody_at_once(stage, seat, hide):
    count_a_quiet_morning(stage)
    count_hour(stage, Storm=90, Flood=80)
    viewer = await seat("?languages=en&window=rising&by=authors")
    assert hashtags(await viewer.ranking()) == ["Storm", "Flood"]
    hide("storm")
    assert hashtags(await viewer.ranking()) == ["Flood"]


async def test_what_is_rising_is_computed_once_for_all_who_watch_it_and_not_for_every_change(stage, seat, monkeypatch):
    computed = []

    async def read(redis, shown, choice, limit, now):
        computed.append(choice)
        return await read_chosen_ranking(redis, shown, choice, limit, now)

    read_chosen_ranking = recompute.read_chosen_ranking
    monkeypatch.setattr(recompute, "read_chosen_ranking", read)
    monkeypatch.setattr(recompute, "RISING_SECONDS", 600.0)  # no second round, however slow the machine is
    count_a_quiet_morning(stage)
    first, second, other = [await seat(f"?languages=en&window={window}") for window in ("rising", "rising", "hour")]
    await first.ranking()
    await second.ranking()
    for number in range(20):
        count_hour(stage, Storm=61 + number)
        await other.ranking(lambda ranking, storm=61 + number: storm in [place["posts"] for place in ranking["top"]])
    assert len(computed) <= 2


async def test_a_viewer_may_choose_what_is_rising_at_any_time(stage, seat):
    count_a_quiet_morning(stage)
    count_hour(stage, Storm=90)
    viewer = await seat("?languages=en")
    assert hashtags(await viewer.ranking()) == ["cats"]
    await viewer.say('{"languages": ["en"], "window": "rising"}')
    assert hashtags(await viewer.ranking(lambda ranking: ranking["window"] == "rising")) == ["Storm"]
