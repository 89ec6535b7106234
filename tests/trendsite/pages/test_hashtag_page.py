"""/hashtags/<key>/: the page as rendered by the server, before any script runs."""

import re
from datetime import date, timedelta
from urllib.parse import quote

import pytest

from contract import redis_names
from tests.trendsite.stage import NOW, TODAY
from trendsite.queries.races import clear_race_cache
from trendsite.template_tags import hashtag_address

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 20)
HOSTILE = "<img src=x onerror=alert(1)>"


def get(client, path, status=200):
    response = client.get(f"/hashtags/{path}")
    assert response.status_code == status
    assert response["Cache-Control"] == "no-store"
    return response.content.decode()


def rows(html, heading):
    """The cells of the table below a heading, without their markup."""
    section = html.split(f'id="{heading}"')[1].split("</section>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in section.split("<tr>")[2:]]
    return [[" ".join(re.sub(r"<[^>]*>", "", cell).split()) for cell in row] for row in cells]


def facts(html):
    return {
        " ".join(name.split()): " ".join(re.sub(r"<[^>]*>", "", value).split())
        for name, value in re.findall(r"<dt>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", html, re.DOTALL)
    }


@pytest.fixture
def today(stage):
    stage.count_hour(NOW - timedelta(hours=2), "*", {"cats": 1})
    stage.count_hour(NOW - timedelta(hours=1), "*", {"WorldCup": 4_000})
    stage.count_hour(NOW, "*", {"WorldCup": 1_345})
    stage.count("*", {"WorldCup": 5_345, "cats": 6_000, "aaa": 5_345, "zzz": 5_345})
    stage.count("en", {"WorldCup": 5_000})
    stage.count("es", {"WorldCup": 345, "gatos": 9})
    stage.count("fr", {"chats": 9})
    stage.client.zadd(redis_names.authors(stage.source, stage.day, "*"), {"worldcup": 4_321})
    stage.show()
    return stage


def test_today_is_shown_in_numbers(client, today):
    html = get(client, "worldcup/")
    assert "<h1><bdi>#WorldCup</bdi></h1>" in html
    assert "Sunday 22 November 2026" in html
    assert facts(html) == {
        "Posts today": "5,345",
        "Rank today": "3",
        "People (estimated)": "4,321 ± 3.3 %",
        "Busiest hour": "11:00 UTC 4,000 posts",
    }


def test_equal_hashtags_are_ranked_as_on_the_board(client, today):
    board = [place["key"] for place in client.get("/api/v1/top").json()["top"]]
    assert board == ["cats", "aaa", "worldcup", "zzz"]
    assert [facts(get(client, f"{key}/"))["Rank today"] for key in board] == ["1", "2", "3", "4"]


def test_each_hour_is_a_row_and_a_bar_and_those_to_come_are_empty(client, today):
    html = get(client, "worldcup/")
    hours = rows(html, "hours")
    assert hours[9:14] == [
        ["09:00", "not known", "–"],
        ["10:00", "0", "–"],
        ["11:00", "4,000", "–"],
        ["12:00", "1,345", "–"],
        ["13:00", "–", "–"],
    ]
    assert len(hours) == 24
    assert html.count('<rect class="gap"') == 10
    assert html.count('<rect class="bar"') == 2


def test_its_languages_have_their_own_names_and_posts(client, today):
    assert rows(get(client, "worldcup/"), "languages") == [["English", "5,000"], ["Español Spanish", "345"]]


def test_its_rank_over_time_comes_from_the_race(client, today, record_frame):
    record_frame(TODAY, "10:55", {"cats": 50, "WorldCup": 40})
    record_frame(TODAY, "11:00", {"WorldCup": 70, "cats": 60})
    html = get(client, "worldcup/")
    assert facts(html)["Best rank"] == "1 first at 11:00 UTC"
    assert '<polyline class="line" points="655,14.2 660,4.0 720,24.4" />' in html
    assert rows(html, "hours")[10] == ["10:00", "0", "1"]


def test_gaps_in_the_input_are_shaded_and_described(client, today, record_frame):
    minutes = {minute: 10_000 for minute in range(721) if not 190 <= minute < 205}
    today.client.hset(redis_names.minutes(today.source, today.day), mapping=minutes)
    html = get(client, "worldcup/")
    assert "No posts came in from 03:10 to 03:25 (UTC)." in html
    assert html.count('<rect class="gap" x="190" y="0" width="15"') == 1


def test_past_days_come_newest_first_and_in_pages(client, today, archive_day):
    for ago in range(1, 17):
        archive_day(TODAY - timedelta(days=ago), {"*": {"cats": 2_000, "WorldCup": 1_000 + ago}})
    html = get(client, "worldcup/")
    past = rows(html, "past")
    assert past[0] == ["21 Nov 2026", "2", "1,001", "1,000"]
    assert len(past) == 14
    assert "Page 1 of 2" in html
    older = get(client, "worldcup/?page=2")
    assert [row[0] for row in rows(older, "past")] == ["7 Nov 2026", "6 Nov 2026"]
    assert rows(get(client, "worldcup/?page=99"), "past") == rows(older, "past")


def test_an_archived_day_has_its_own_hours_and_languages(client, today, archive_day):
    archive_day(DAY, {"*": {"cats": 9, "WorldCup": 7}, "en": {"WorldCup": 5}, "es": {"WorldCup": 2}, "fr": {"oui": 1}})
    html = get(client, "worldcup/?day=2026-11-20")
    assert "Friday 20 November 2026" in html
    assert facts(html)["Posts"] == "7"
    assert facts(html)["Rank"] == "2"
    assert rows(html, "hours")[12] == ["12:00", "7", "2"]
    assert rows(html, "languages") == [["English", "5"], ["Español Spanish", "2"]]


def test_a_hashtag_of_other_days_is_shown_as_not_used_today(client, today, archive_day):
    archive_day(DAY, {"*": {"Oldie": 9}})
    html = get(client, "oldie/")
    assert "<h1><bdi>#Oldie</bdi></h1>" in html
    assert "Not among the top hashtags of today" in html
    assert rows(html, "past") == [["20 Nov 2026", "1", "9", "8"]]


def test_past_days_of_another_source_are_not_mixed_in(client, today, archive_day):
    archive_day(DAY, {"*": {"WorldCup": 9}}, source="replay-x")
    assert "Not among the top hashtags of any past day" in get(client, "worldcup/")
    assert len(rows(get(client, "worldcup/?source=replay-x"), "past")) == 1


def test_the_page_of_another_source_keeps_it_and_does_not_say_today(client, today, archive_day):
    archive_day(TODAY, {"*": {"WorldCup": 9}}, source="replay-x")
    html = get(client, "worldcup/?day=2026-11-22&source=replay-x")
    assert 'href="/days/2026-11-22/?source=replay-x"' in html
    assert '<a href="/hashtags/worldcup/?source=replay-x">Latest day</a>' in html
    assert facts(html)["Posts"] == "9"
    assert "Today as JSON" not in html


def test_links_to_the_networks_are_safe(client, stage):
    stage.count("*", {"Fußball/WM?": 1})
    stage.show()
    html = get(client, quote("Fußball/WM?".casefold(), safe="") + "/")
    links = re.findall(r'<a href="(https://[^"]+)"\s+rel="noopener noreferrer external">', html)
    tag = "Fu%C3%9Fball%2FWM%3F"
    assert links == [
        f"https://x.com/hashtag/{tag}",
        f"https://bsky.app/hashtag/{tag}",
        f"https://mastodon.social/tags/{tag}",
    ]


@pytest.mark.parametrize(
    "spelling", ["WORLDCUP", "%23WorldCup", " worldcup", "\ufeffworld\u00adcup", "＃ｗｏｒｌｄｃｕｐ"]
)
def test_any_spelling_redirects_to_the_page_of_the_key(client, today, spelling):
    response = client.get(f"/hashtags/{spelling}/?day=2026-11-22")
    assert (response.status_code, response["Location"]) == (302, "/hashtags/worldcup/?day=2026-11-22")
    assert "<h1><bdi>#WorldCup</bdi></h1>" in client.get(response["Location"]).content.decode()


@pytest.mark.parametrize("key", [".", "..", "#.", "i", "a+b", "50%"])
def test_an_invalid_key_redirects_nowhere(client, today, key):
    assert client.get(hashtag_address(key)).status_code == 404


def test_a_day_counted_by_the_earlier_folding_rule_is_found_by_its_key(client, today, archive_day):
    earlier = "می\u200cخواهم"
    archive_day(DAY, {"*": {earlier: 9}})
    assert f"<h1><bdi>#{earlier}</bdi></h1>" in get(client, f"{quote(earlier)}/?day={DAY}")
    soft = "so\u00adft"
    today.count("*", {soft: 7})
    assert facts(get(client, f"{quote(soft)}/"))["Posts today"] == "7"


@pytest.mark.parametrize("key", ["a/b", "a/", "%", "🎉", "رمضان"])
def test_a_key_can_contain_any_character(client, stage, key):
    stage.count("*", {key: 3})
    stage.show()
    assert f"<h1><bdi>#{key}</bdi></h1>" in get(client, quote(key, safe="") + "/")


def test_markup_in_a_hashtag_stays_text(client, stage):
    stage.count("*", {HOSTILE: 3})
    stage.show()
    html = get(client, quote(HOSTILE, safe="") + "/")
    assert "<h1><bdi>#&lt;img src=x onerror=alert(1)&gt;</bdi></h1>" in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "key", [HOSTILE, "nobody", "#", "x" * 5_000, "../../etc/passwd", "' or 1=1 --", "{{ settings }}", "%s%n"]
)
def test_an_unknown_hashtag_is_not_found_and_harmless(client, today, key):
    html = get(client, quote(key, safe="") + "/", status=404)
    assert "<img" not in html
    assert len(html) < 12_000


def test_without_redis_the_archive_answers_and_the_rest_is_unavailable(client, archive_day):
    archive_day(DAY, {"*": {"Cats": 9}})
    html = get(client, "cats/")
    assert "Redis is away" in html
    assert rows(html, "past") == [["20 Nov 2026", "1", "9", "8"]]
    assert "Redis is away" in get(client, "dogs/", status=503)


def test_a_day_without_the_hashtag_gives_its_maximum_of_posts(client, today, archive_day):
    archive_day(DAY - timedelta(days=2), {"*": {"rare": 7}})
    archive_day(DAY, {"*": {"cats": 7}})
    assert "20 November 2026 (no post used it)" in " ".join(get(client, "rare/?day=2026-11-20").split())
    day = archive_day(DAY - timedelta(days=1), {"*": {"cats": 7}})
    day.languages.update(hashtags=1_001)
    day.counts.update(rank=1_000)
    assert "19 November 2026 (at most 7 posts)" in " ".join(get(client, "rare/?day=2026-11-19").split())


def test_the_number_of_queries_does_not_grow_with_days_and_languages(
    client, today, archive_day, django_assert_num_queries
):
    def ask(queries):
        clear_race_cache()
        with django_assert_num_queries(queries):
            get(client, "worldcup/?day=2026-11-20")

    archive_day(DAY, {"*": {"WorldCup": 7}, "en": {"WorldCup": 7}})
    ask(QUERIES)
    for ago in range(1, 40):
        archive_day(DAY - timedelta(days=ago), {code: {"WorldCup": 7} for code in ("*", "en", "es", "fr", "de")})
    archive_day(DAY + timedelta(days=1), {code: {"WorldCup": 7} for code in ("*", "en", "es", "fr", "de")})
    ask(QUERIES)


QUERIES = 16
"""The sources of the day; the row, its languages twice, all posts by the hour; the race: day, its writing, frames,
totals, counts; past days: their number, a page of dates, their rows; the sources."""


def test_a_hashtag_that_only_another_source_has_is_offered_there(client, today, archive_day):
    archive_day(date(2014, 5, 21), {"*": {"EP2014": 9}}, source="replay-ep2014-0123abcd")
    html = client.get("/hashtags/ep2014/").content.decode()
    address = "/hashtags/ep2014/?source=replay-ep2014-0123abcd"
    assert f'<a href="{address}">replay of ep2014</a>' in html
    there = get(client, address.removeprefix("/hashtags/"))
    assert "Wednesday 21 May 2014" in there
    assert facts(there)["Posts"] == "9"
    assert "(replay)</title>" in there


def test_an_unknown_source_is_not_found(client, today):
    response = client.get("/hashtags/worldcup2026/?source=nobody")
    assert response.status_code == 404
    assert b"Unknown source: nobody" in response.content


def test_the_hashtags_used_together_lead_to_their_pages(client, today):
    today.pair("worldcup", ("cats", 1_000, 1_000), ("zzz", 50, 62), beyond=9)
    html = get(client, "worldcup/?source=simulator")
    assert rows(html, "used-together") == [
        ["#cats", "1,000", "19 %"],
        ["#zzz", "50 to 62", "1 %"],
    ]
    assert 'href="/hashtags/cats/?source=simulator"' in html


def test_a_hashtag_without_partners_says_so_and_one_with_unknown_ones_says_nothing(client, today):
    assert "used-together" not in get(client, "worldcup/")
    today.pair("cats", ("aaa", 1, 1))
    assert "No post has another hashtag beside it." in get(client, "worldcup/")
