"""/days/<date>/: a day's ranking at any moment, as rendered by the server."""

import json
import re
from datetime import date

import pytest

from contract import redis_names
from tests.trendsite.stage import TODAY

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 20)


def get(client, path, status=200):
    response = client.get(f"/days/{path}")
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def places(html):
    row = r'<td class="rank">(\d+)</td>.*?<bdi>#(.*?)</bdi>.*?<td class="posts">([\d,]+)</td>'
    found = re.findall(row, html, re.DOTALL)
    return [(int(rank), hashtag, posts) for rank, hashtag, posts in found]


@pytest.fixture
def archived(archive_day):
    archive_day(DAY, {"*": {"Cats": 9_000, "dogs": 7}, "en": {"Cats": 5}, "es": {"gatos": 4}})


def test_an_archived_day_shows_its_final_ranking(client, archived):
    html = get(client, "2026-11-20/")
    assert places(html) == [(1, "Cats", "9,000"), (2, "dogs", "7")]
    assert "Friday 20 November 2026" in html
    assert "9,007" in html
    assert "final" in html
    assert 'href="/hashtags/cats/?day=2026-11-20"' in html
    assert "Ranking as JSON" in html


def test_a_day_of_another_source_keeps_it_in_its_links(client, stage, archive_day):
    archive_day(DAY, {"*": {"Cats": 9}}, source="replay-x")
    stage.count("*", {"cats": 1})
    stage.show()
    html = get(client, "2026-11-20/?source=replay-x")
    assert 'href="/hashtags/cats/?day=2026-11-20&amp;source=replay-x"' in html
    assert '?day=2026-11-20&amp;languages=*&amp;source=replay-x">Ranking as JSON' in html
    assert "Race as JSON" in html
    assert '<a href="/days/2026-11-20/?source=replay-x" aria-current="true">' not in html
    assert "Source: replay of x" in html


def test_today_shows_the_present_ranking(client, stage, record_frame):
    stage.count("*", {"Cats": 9, "dogs": 7}, posts=100)
    stage.show()
    html = get(client, f"{TODAY}/")
    assert places(html) == [(1, "Cats", "9"), (2, "dogs", "7")]
    assert "still counting" in html


def test_a_moment_of_today_shows_its_ranking(client, stage, record_frame):
    stage.count("*", {"Cats": 90, "dogs": 7}, posts=100)
    stage.show()
    record_frame(TODAY, "09:00", {"dogs": 3, "Cats": 2})
    record_frame(TODAY, "09:05", {"Cats": 20, "dogs": 3})
    assert places(get(client, f"{TODAY}/?at=09:03")) == [(1, "dogs", "3"), (2, "Cats", "2")]
    html = get(client, f"{TODAY}/?at=09:05")
    assert places(html) == [(1, "Cats", "20"), (2, "dogs", "3")]
    assert "at 09:05" in html
    assert '<input type="time" name="at" value="09:05">' in html
    before = get(client, f"{TODAY}/?at=08:00")
    assert places(before) == []
    assert "No known ranking at this moment." in before
    assert re.search(r'<a href="\?[^"]*">Now</a>', html)


def test_a_day_without_frames_is_replayed_by_the_hour(client, archived):
    html = get(client, "2026-11-20/?at=13:00")
    assert places(html) == [(1, "Cats", "9,000"), (2, "dogs", "7")]
    assert places(get(client, "2026-11-20/?at=11:00")) == []
    assert 'step="60"' in html
    between = get(client, "2026-11-20/?at=14:35")
    assert "at 14:00" in between
    assert 'value="840"' in between


def test_one_language_is_shown_and_every_one_is_linked(client, archived):
    html = get(client, "2026-11-20/?languages=es&at=23:00")
    assert places(html) == [(1, "gatos", "4")]
    languages = html.split('aria-label="Languages"')[1].split("</nav>")[0]
    links = re.findall(r'href="([^"]*)"', languages)
    assert links == [f"?languages={code}&amp;at=23%3A00" for code in ("%2A", "en", "es")]
    assert '<bdi lang="es">Español</bdi>' in languages


def test_the_number_of_places_is_kept(client, archive_day):
    archive_day(DAY, {"*": {f"tag{number:02}": 100 - number for number in range(60)}})
    assert len(places(get(client, "2026-11-20/"))) == 10
    assert len(places(get(client, "2026-11-20/?top=25"))) == 25
    assert len(places(get(client, "2026-11-20/?top=7"))) == 10


def test_gaps_are_shaded_and_described_also_at_a_moment_inside_one(client, stage, record_frame):
    stage.count("*", {"Cats": 9}, posts=9)
    minutes = {minute: 1 for minute in range(721) if not 190 <= minute < 205}
    stage.client.hset(redis_names.minutes(stage.source, stage.day), mapping=minutes)
    stage.show()
    record_frame(TODAY, "03:00", {"Cats": 2})
    record_frame(TODAY, "12:00", {"Cats": 9})
    html = get(client, f"{TODAY}/?at=03:15")
    assert "No posts came in from 03:10 to 03:25 (UTC)." in html
    assert '<rect class="gap" x="190" y="0" width="15"' in html
    assert "No posts came from 03:10 to 03:25. This is the ranking before." in html
    assert places(html) == [(1, "Cats", "2")]


def test_neighbours_are_existing_days(client, stage, archive_day):
    for number in (3, 7, 9):
        archive_day(date(2026, 11, number), {"*": {"cats": 1}})
    stage.count("*", {"cats": 1})
    stage.show()
    html = get(client, "2026-11-07/")
    assert 'rel="prev" href="/days/2026-11-03/' in html
    assert 'rel="next" href="/days/2026-11-09/' in html
    assert 'rel="next" href="/days/2026-11-22/' in get(client, "2026-11-09/")


def test_the_bars_begin_with_the_data_of_the_table(client, archived):
    html = get(client, "2026-11-20/")
    first = json.loads(re.search(r'<script id="first-ranking" type="application/json">(.*?)</script>', html)[1])
    assert first["posts"] == 9_007
    assert [(place["rank"], place["key"], place["posts"]) for place in first["top"]] == [
        (1, "cats", 9_000),
        (2, "dogs", 7),
    ]


@pytest.mark.parametrize("path", ["2026-11-20/?source=x", "2026-11-20/?source=%2E%2E%2Fx", "2026-11-19/?source=x"])
def test_an_unknown_source_is_not_found_and_known_ones_are_offered(client, stage, archived, path):
    stage.count("*", {"cats": 1})
    stage.show()
    html = get(client, path, status=404)
    assert "Unknown source: " in html
    assert '<a href="/days/?source=simulator">simulated posts</a>' in html


def test_a_day_that_only_another_source_has_is_offered_there(client, stage, archive_day):
    archive_day(date(2014, 5, 21), {"*": {"ep2014": 9}}, source="replay-ep2014-0123abcd")
    stage.count("*", {"cats": 1})
    stage.show()
    html = get(client, "2014-05-21/", status=404)
    assert "No post was counted" not in html
    address = "/days/2014-05-21/?source=replay-ep2014-0123abcd"
    assert f'<a href="{address}">replay of ep2014</a>' in html
    shown = " ".join(client.get(address).content.decode().split())
    assert places(shown) == [(1, "ep2014", "9")]
    assert "(replay)</title>" in shown
    there = get(client, f"{TODAY}/?source=replay-ep2014-0123abcd", status=404)
    assert "No post was counted" not in there
    assert f'<a href="/days/{TODAY}/?source=simulator">simulated posts</a>' in there


def test_recordings_of_one_file_name_have_different_titles(client, archive_day):
    for fingerprint in ("0123abcd", "89ab4567"):
        archive_day(DAY, {"*": {"Cats": 9}}, source=f"replay-day-{fingerprint}")
    html = get(client, "2026-11-20/?source=replay-day-0123abcd")
    assert "replay of day (0123abcd)" in html
    assert "replay of day (89ab4567)" in html


def test_the_latest_day_of_a_recording_is_not_called_now(client, stage, record_frame):
    stage.source = "replay-covid-0123abcd"
    stage.count("*", {"covid19": 3})
    stage.show()
    html = get(client, f"{TODAY}/?at=09:00")
    assert not re.search(r"\b(now|today|live)\b", re.sub(r"<[^>]*>", " ", html), re.IGNORECASE)
    assert '<p class="kind" title="Source: replay of covid">Replay</p>' in html


@pytest.mark.parametrize("path", ["2026-11-19/", "1999-01-01/"])
def test_a_day_without_data_is_not_found(client, stage, archived, path):
    stage.count("*", {"cats": 1})
    stage.show()
    assert "No data for" in get(client, path, status=404)


def test_a_day_that_the_named_source_lacks_is_marked_with_that_source(client, stage, archive_day):
    archive_day(date(2026, 11, 20), {"*": {"cats": 7}}, source="replay-covid")
    stage.count("*", {"cats": 1})
    stage.show()
    html = get(client, "1999-01-01/?source=replay-covid", status=404)
    assert '<p class="kind" title="Source: replay of covid">Replay</p>' in html


@pytest.mark.parametrize("path", ["2026-13-01/", "2026-02-30/", "yesterday/", "20261120/"])
def test_an_invalid_date_is_not_found(client, path):
    assert "Page not found" in get(client, path, status=404)


def test_without_redis_archived_days_work_and_others_are_unavailable(client, archived):
    assert places(get(client, "2026-11-20/")) == [(1, "Cats", "9,000"), (2, "dogs", "7")]
    assert "Redis is away" in get(client, "2026-11-22/", status=503)


def test_markup_in_a_hashtag_stays_text(client, stage):
    stage.count("*", {"<img src=x onerror=alert(1)>": 2, "</script><b>": 1})
    stage.show()
    html = get(client, f"{TODAY}/")
    assert "<img" not in html
    assert "</script><b>" not in html


def test_nothing_may_run_inline(client, stage, archived):
    for address in ("/days/2026-11-20/", "/days/", "/hashtags/cats/", "/search/?q=c"):
        html = client.get(address).content.decode()
        assert not re.search(r"<style|style=|<script(?![^>]*(src=|application/json))| on\w+=", html)


def test_the_number_of_queries_is_bounded(client, archived, django_assert_max_num_queries):
    with django_assert_max_num_queries(18):
        get(client, "2026-11-20/?at=13:00")
