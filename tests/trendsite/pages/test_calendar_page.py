"""/days/: the calendar of days."""

import re
from datetime import date, timedelta

import pytest

from tests.trendsite.stage import TODAY

pytestmark = pytest.mark.django_db


def get(client, query=""):
    response = client.get(f"/days/{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("<wbr>", "").split())


def shown(html):
    """The address of each day with its winner."""
    return re.findall(r'<li class="card[^"]*">\s*<a href="([^"]*)".*?<bdi>#(.*?)</bdi>', html, re.DOTALL)


def test_each_day_shows_its_winner_and_leads_to_its_page(client, archive_day):
    archive_day(date(2026, 10, 31), {"*": {"Cats": 9_000, "dogs": 2}, "en": {"dogs": 2}})
    archive_day(date(2026, 11, 1), {"*": {"dogs": 7}})
    html = get(client)
    assert shown(html) == [("/days/2026-11-01/", "dogs")]
    assert "November 2026</h2>" in html
    assert 'rel="prev" href="/days/?month=2026-10"' in html
    october = get(client, "?month=2026-10")
    assert shown(october) == [("/days/2026-10-31/", "Cats")]
    assert "9,000" in october


def test_the_latest_days_are_a_list_by_weekday_newest_first(client, stage, archive_day):
    for ago in range(1, 12):
        archive_day(TODAY - timedelta(days=ago), {"*": {"dogs": 7}})
    stage.count("*", {"WorldCup": 3})
    stage.show()
    recent = re.search(r'<section class="recent".*?</section>', get(client))[0]
    texts = [re.sub(r"<[^>]*>", " ", item).split() for item in re.findall(r"<li>(.*?)</li>", recent)]
    assert [(text[0], text[1]) for text in texts] == [
        ("Sunday", "22"),
        ("Saturday", "21"),
        ("Friday", "20"),
        ("Thursday", "19"),
        ("Wednesday", "18"),
        ("Tuesday", "17"),
        ("Monday", "16"),
        ("Sunday", "15"),
    ]
    assert texts[0][3:] == ["today", "#WorldCup", "3", "posts"]
    assert texts[1][3] == "yesterday"
    assert 'class="recent"' not in get(client, "?month=2026-11")


def test_ten_years_are_no_longer_page_than_one_month(client, archive_day):
    for year in range(2016, 2027):
        for month in (1, 11):
            archive_day(date(year, month, 21), {"*": {f"Year{year}": 1}})
    html = get(client)
    assert shown(html) == [("/days/2026-11-21/", "Year2026")]
    years = re.search(r'aria-label="Years">(.*?)</nav>', html)[1]
    assert re.findall(r'href="([^"]*)"', years)[:2] == ["/days/?month=2026-11", "/days/?month=2025-11"]
    assert len(re.findall("href", years)) == 11
    months = re.search(r'aria-label="Months of the year">(.*?)</nav>', html)[1]
    assert re.findall(r'href="([^"]*)"', months) == ["/days/?month=2026-01", "/days/?month=2026-11"]


def test_weeks_months_and_years_are_linked(client, archive_day):
    archive_day(date(2026, 11, 18), {"*": {"dogs": 7}}, source="bluesky")
    html = get(client, "?networks=bluesky")
    for address in ("/weeks/2026-W47/", "/months/2026-11/", "/years/2026/"):
        assert f'href="{address}?networks=bluesky"' in html


def test_two_dates_lead_to_the_page_of_these_days(client, archive_day):
    archive_day(date(2026, 11, 18), {"*": {"dogs": 7}})
    assert "18 November 2026 to 19 November 2026" in get(client, "?from=2026-11-18&to=2026-11-19")
    for dates, address in (
        ("from=2026-11-18&to=2026-11-18&top=25", "/days/2026-11-18/?top=25"),
        ("from=2026-11-16&to=2026-11-22", "/weeks/2026-W47/"),
        ("from=2026-11-01&to=2026-11-30&languages=en", "/months/2026-11/?languages=en"),
        ("from=2026-01-01&to=2026-12-31", "/years/2026/"),
    ):
        assert client.get(f"/days/?{dates}")["Location"] == address


@pytest.mark.parametrize(
    ("dates", "reason"),
    [
        ("from=2026-11-19&to=2026-11-18", "The last day must not be before the first."),
        ("from=2020-01-01&to=2026-11-18", "Choose at most 366 days at once, not 2514."),
        ("from=2026-11-19&to=", "Give both days as dates, such as 2026-11-21."),
        ("from=9999-12-31&to=0001-01-01", "The last day must not be before the first."),
    ],
)
def test_dates_that_are_no_range_say_what_is_wrong(client, archive_day, dates, reason):
    archive_day(date(2026, 11, 18), {"*": {"dogs": 7}})
    response = client.get(f"/days/?{dates}")
    assert response.status_code == 400
    assert reason in response.content.decode()


def test_today_is_marked_and_comes_from_redis(client, stage, archive_day):
    archive_day(TODAY - timedelta(days=1), {"*": {"dogs": 7}})
    stage.count("*", {"WorldCup": 3})
    stage.show()
    html = get(client)
    assert shown(html) == [("/days/2026-11-21/", "dogs"), ("/days/2026-11-22/", "WorldCup")]
    assert html.count('class="badge"') == 2
    assert html.index('class="card today"') > html.index("/days/2026-11-21/")


def test_a_year_shows_its_newest_month(client, archive_day):
    for year in (2024, 2025, 2026):
        archive_day(date(year, 12, 31), {"*": {f"Year{year}": 1}})
    html = get(client, "?year=2025")
    assert shown(html) == [("/days/2025-12-31/", "Year2025")]
    assert 'rel="prev" href="/days/?month=2024-12"' in html
    assert 'rel="next" href="/days/?month=2026-12"' in html
    assert 'rel="prev"' not in get(client, "?year=2024")


def test_months_without_a_day_are_skipped(client, stage, archive_day):
    for year in (2014, 2021):
        archive_day(date(year, 12, 30), {"*": {f"Year{year}": 1}})
    stage.count("*", {"WorldCup": 3})
    stage.show()
    assert 'rel="prev" href="/days/?month=2021-12"' in get(client)
    html = get(client, "?month=2021-12")
    assert 'rel="prev" href="/days/?month=2014-12"' in html
    assert 'rel="next" href="/days/?month=2026-11"' in html
    between = get(client, "?month=2017-05")
    assert "No day in May 2017" in between
    assert 'rel="prev" href="/days/?month=2014-12"' in between
    assert 'rel="next" href="/days/?month=2021-12"' in between


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
    assert re.search(r'<span class="badge"> ?latest ?</span>', html)
    assert "today" not in re.sub(r"<[^>]*>", " ", html)
    assert "(replay)</title>" in html


def test_without_days_the_page_says_so(client, stage):
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
