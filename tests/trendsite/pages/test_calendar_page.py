"""/days/: the calendar of days."""

import re
from datetime import date, timedelta

import pytest

from tests.trendsite.stage import TODAY
from trendsite.pages.calendar_page import months_of
from trendsite.queries.past_days import ListedDay

pytestmark = pytest.mark.django_db


def get(client, query=""):
    response = client.get(f"/days/{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def shown(html):
    """The address of each day with its winner."""
    return re.findall(r'<li class="card[^"]*">\s*<a href="([^"]*)".*?<bdi>#(.*?)</bdi>', html, re.DOTALL)


def test_each_day_shows_its_winner_and_leads_to_its_page(client, archive_day):
    archive_day(date(2026, 10, 31), {"*": {"Cats": 9_000, "dogs": 2}, "en": {"dogs": 2}})
    archive_day(date(2026, 11, 1), {"*": {"dogs": 7}})
    html = get(client)
    assert shown(html) == [("/days/2026-11-01/", "dogs"), ("/days/2026-10-31/", "Cats")]
    assert "9,000" in html
    assert [month in html for month in ("November 2026</h2>", "October 2026</h2>", "September 2026</h2>")] == [
        True,
        True,
        False,
    ]


def test_today_is_marked_and_comes_from_redis(client, stage, archive_day):
    archive_day(TODAY - timedelta(days=1), {"*": {"dogs": 7}})
    stage.count("*", {"WorldCup": 3})
    stage.show()
    html = get(client)
    assert shown(html) == [("/days/2026-11-21/", "dogs"), ("/days/2026-11-22/", "WorldCup")]
    assert html.count('class="badge"') == 1
    assert html.index('class="card today"') > html.index("/days/2026-11-21/")


def test_years_are_pages(client, archive_day):
    for year in (2024, 2025, 2026):
        archive_day(date(year, 12, 31), {"*": {f"Year{year}": 1}})
    assert shown(get(client)) == [("/days/2026-12-31/", "Year2026")]
    html = get(client, "?year=2025")
    assert shown(html) == [("/days/2025-12-31/", "Year2025")]
    assert 'rel="prev" href="?year=2024"' in html
    assert 'rel="next" href="?year=2026"' in html
    assert 'rel="prev"' not in get(client, "?year=2024")


def test_years_without_a_day_are_skipped(client, stage, archive_day):
    for year in (2014, 2021):
        archive_day(date(year, 12, 30), {"*": {f"Year{year}": 1}})
    stage.count("*", {"WorldCup": 3})
    stage.show()
    assert 'rel="prev" href="?year=2021"' in get(client)
    html = get(client, "?year=2021")
    assert 'rel="prev" href="?year=2014"' in html
    assert 'rel="next" href="?year=2026"' in html
    between = get(client, "?year=2017")
    assert "No day in 2017" in between
    assert 'rel="prev" href="?year=2014"' in between
    assert 'rel="next" href="?year=2021"' in between


@pytest.mark.parametrize("year", ["0", "10000", "1e3", "-1", "٢٠٢٦", "99999999999999"])
def test_an_invalid_year_shows_the_newest(client, archive_day, year):
    archive_day(date(2026, 11, 1), {"*": {"dogs": 7}})
    assert shown(get(client, f"?year={year}")) == [("/days/2026-11-01/", "dogs")]


def test_another_source_has_its_own_calendar(client, stage, archive_day):
    archive_day(date(2026, 11, 1), {"*": {"dogs": 7}})
    archive_day(date(2026, 11, 2), {"*": {"cats": 7}}, source="replay-x")
    stage.count("*", {"WorldCup": 3})
    stage.show()
    html = get(client, "?source=replay-x")
    assert shown(html) == [("/days/2026-11-02/?source=replay-x", "cats")]
    assert '<a href="/days/?source=simulator" >simulated posts</a>' in html
    assert '<a href="/days/?source=replay-x" aria-current="true">replay of x</a>' in html


def test_a_running_source_without_archived_days_leads_to_those_that_have_some(client, stage, archive_day):
    archive_day(date(2014, 5, 21), {"*": {"ep2014": 9}}, source="replay-ep2014-0123abcd")
    stage.count("*", {"WorldCup": 3})
    stage.show()
    html = get(client)
    assert "Nothing is archived yet from simulated posts" in html
    assert '<a href="/days/?source=replay-ep2014-0123abcd">replay of ep2014</a>' in html
    assert shown(html) == [("/days/2026-11-22/", "WorldCup")]
    there = get(client, "?source=replay-ep2014-0123abcd")
    assert shown(there) == [("/days/2014-05-21/?source=replay-ep2014-0123abcd", "ep2014")]
    assert "archived yet" not in there


@pytest.mark.parametrize("source", ["nobody", "x" * 101, "..%2Fx", "%3Cb%3E"])
@pytest.mark.parametrize("path", ["/days/", "/days/2026-11-01/", "/search/", "/hashtags/dogs/"])
def test_an_unknown_source_is_not_found(client, stage, archive_day, path, source):
    archive_day(date(2026, 11, 1), {"*": {"cats": 7}})
    stage.show()
    response = client.get(f"{path}?source={source}")
    assert response.status_code == 404
    assert b"Unknown source: " in response.content
    assert b"simulated posts" in response.content


def test_the_latest_day_of_a_recording_is_not_called_today(client, stage):
    stage.source = "replay-covid-0123abcd"
    stage.count("*", {"covid19": 3})
    stage.show()
    html = get(client)
    assert '<span class="badge">latest</span>' in html
    assert "today" not in re.sub(r"<[^>]*>", " ", html)
    assert "(replay)</title>" in html


def test_without_days_the_page_says_so(client, stage):
    assert "No day yet" in get(client)


def test_a_day_without_hashtags_has_no_winner(client, archive_day):
    archive_day(date(2026, 11, 1), {"*": {}})
    assert "no hashtag" in get(client)


def test_the_number_of_queries_does_not_grow_with_days(client, archive_day, django_assert_num_queries):
    def ask():
        with django_assert_num_queries(4):
            get(client, "?source=simulator")

    archive_day(date(2026, 11, 1), {"*": {"dogs": 7}})
    ask()
    for ago in range(60):
        archive_day(date(2026, 10, 31) - timedelta(days=ago), {"*": {"dogs": 7, "cats": 2}, "en": {"dogs": 7}})
    ask()


def test_past_days_in_the_header_lead_here(client):
    html = get(client)
    assert re.search(r'<a href="/days/"\s+aria-current="page">Past days</a>', html)


def listed_day(month, number):
    return ListedDay(date(2026, month, number), "simulator", 1, True, None)


def test_months_with_a_day_come_newest_first_and_whole():
    november, september = months_of([listed_day(9, 30), listed_day(11, 2), listed_day(11, 1)])
    assert (november.first, november.starts_on, len(november.cells)) == (date(2026, 11, 1), 7, 30)
    assert [cell.date.day for cell in november.cells if cell.day] == [1, 2]
    assert (september.first, september.starts_on, len(september.cells)) == (date(2026, 9, 1), 2, 30)
    assert september.cells[-1].day == listed_day(9, 30)


def test_without_days_there_are_no_months():
    assert months_of([]) == []
