"""/days/: the calendar of days."""

import re
from datetime import date, timedelta

import pytest

from tests.trendsite.stage import TODAY

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


@pytest.mark.parametrize("year", ["0", "9999", "1e3", "-1", "٢٠٢٦", "99999999999999"])
def test_a_year_that_is_none_shows_the_newest(client, archive_day, year):
    archive_day(date(2026, 11, 1), {"*": {"dogs": 7}})
    assert shown(get(client, f"?year={year}")) == [("/days/2026-11-01/", "dogs")]


def test_another_source_has_its_own_calendar(client, stage, archive_day):
    archive_day(date(2026, 11, 1), {"*": {"dogs": 7}})
    archive_day(date(2026, 11, 2), {"*": {"cats": 7}}, source="replay-x")
    stage.count("*", {"WorldCup": 3})
    stage.show()
    html = get(client, "?source=replay-x")
    assert shown(html) == [("/days/2026-11-02/?source=replay-x", "cats")]
    assert re.search(r'href="\?source=simulator"', html)


def test_before_the_first_day_the_page_says_so(client, stage):
    assert "No day yet" in get(client)


def test_a_day_without_hashtags_has_no_winner(client, archive_day):
    archive_day(date(2026, 11, 1), {"*": {}})
    assert "no hashtag" in get(client)


def test_the_number_of_queries_does_not_grow_with_days(client, archive_day, django_assert_num_queries):
    def ask():
        with django_assert_num_queries(3):
            get(client, "?source=simulator")

    archive_day(date(2026, 11, 1), {"*": {"dogs": 7}})
    ask()
    for ago in range(60):
        archive_day(date(2026, 10, 31) - timedelta(days=ago), {"*": {"dogs": 7, "cats": 2}, "en": {"dogs": 7}})
    ask()


def test_past_days_in_the_header_lead_here(client):
    html = get(client)
    assert re.search(r'<a href="/days/"\s+aria-current="page">Past days</a>', html)
