"""/weeks/, /months/, /years/ and any range of days: what led, what is new, and what is missing."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.trendsite.pages.conftest import ArchiveDay
from tests.trendsite.stage import NOW, TODAY, Stage
from trendsite.archive.models import Day, DayLanguage

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = date(2026, 11, 16)


def get(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def rows_of(page: str, section: str) -> list[list[str]]:
    """The texts of each row of a section's table, without the head."""
    found = re.search(rf'aria-labelledby="{section}".*?<tbody>(.*?)</tbody>', page)
    assert found
    rows = re.findall(r"<tr>(.*?)</tr>", found[1])
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def newcomers(page: str) -> list[str]:
    found = re.search(r'aria-labelledby="newcomers".*?</section>', page)
    assert found
    return re.findall(r"<bdi>#(\w+)</bdi>", found[0])


@pytest.fixture(autouse=True)
def _at_noon_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def archive_week(archive_day: ArchiveDay) -> Callable[..., None]:
    """``archive_week({"Cats": 9}, {"Cats": 8})`` archives days from a Monday on."""

    def archive(*days: Mapping[str, int] | None, source: str = "simulator", first: date = MONDAY) -> None:
        for number, counts in enumerate(days):
            if counts is not None:
                day = archive_day(first + timedelta(days=number), {"*": counts, "en": counts}, source=source)
                DayLanguage.objects.filter(day=day).update(hours=[1] * 24)

    return archive


def test_a_week_has_its_leaders_and_how_long_each_was_at_the_top(
    client: Client, archive_week: Callable[..., None]
) -> None:
    archive_week({"Cats": 9, "Dogs": 8}, {"Dogs": 5}, {"Dogs": 3, "Cats": 3})
    page = get(client, "/weeks/2026-W47/")
    assert rows_of(page, "leaders") == [["1", "#Dogs", "16", "3", "–"], ["2", "#Cats", "12", "2", "–"]]
    assert rows_of(page, "longest") == [["#Cats", "2", "2"], ["#Dogs", "1", "3"]]
    assert "28 posts · 3 of 7 days" in page
    assert "Unknown: there is no archived day from 9 November 2026 to 15 November 2026" in page


def test_a_hashtag_is_spelled_as_on_the_days_with_the_most_posts(
    client: Client, archive_week: Callable[..., None]
) -> None:
    archive_week({"TeaTime": 9, "CATS": 1}, {"teatime": 2, "Cats": 8}, {"teatime": 3, "cats": 2})
    page = get(client, "/weeks/2026-W47/")
    assert [row[1] for row in rows_of(page, "leaders")] == ["#TeaTime", "#Cats"]
    assert [row[0] for row in rows_of(page, "longest")] == ["#TeaTime", "#Cats"]


def test_newcomers_were_not_among_the_top_of_the_days_before(client: Client, archive_week: Callable[..., None]) -> None:
    archive_week({"Cats": 9, "Dogs": 10}, first=MONDAY - timedelta(days=1))
    archive_week({"Cats": 9, "Owls": 8})
    page = get(client, "/weeks/2026-W47/")
    assert newcomers(page) == ["Owls"]
    assert [(row[1], row[4]) for row in rows_of(page, "leaders")] == [("#Cats", "2"), ("#Owls", "new")]
    assert "Only 1 of these 7 days is archived." in page


def test_each_days_winner_leads_to_its_day(client: Client, archive_week: Callable[..., None]) -> None:
    archive_week({"Cats": 9}, None, {"Dogs": 3}, source="bluesky")
    page = get(client, "/weeks/2026-W47/?networks=bluesky")
    found = re.findall(r'<li class="card[^"]*"> ?<a href="([^"]*)".*?<bdi>#(\w+)', page)
    assert found == [
        ("/days/2026-11-16/?networks=bluesky", "Cats"),
        ("/days/2026-11-18/?networks=bluesky", "Dogs"),
    ]


def test_what_is_missing_is_listed(client: Client, archive_week: Callable[..., None]) -> None:
    archive_week({"Cats": 9}, None, {"Cats": 9})
    day = Day.objects.get(date=MONDAY)
    day.known_gaps = [{"start": "2026-11-16T03:10:00Z", "end": "2026-11-16T03:25:09Z", "reason": "lost"}]
    day.save()
    DayLanguage.objects.filter(day=day, language="*").update(hours=[0, 0, *[1] * 22])
    page = get(client, "/days/?from=2026-11-16&to=2026-11-18")
    lacks = re.search(r'aria-labelledby="lacks".*?</section>', page)
    assert lacks
    text = re.sub(r"<[^>]*>", "", lacks[0])
    assert "1 day is missing: 17 November 2026" in " ".join(text.split())
    assert "1 day without data" not in text, "of a single source the dates say it"
    assert "2 hours without any post · 1 known interruption" in text


def test_missing_days_in_a_row_are_one_stretch(client: Client, archive_week: Callable[..., None]) -> None:
    archive_week({"Cats": 9}, None, None, {"Cats": 9}, None, {"Cats": 9})
    page = get(client, "/days/?from=2026-11-16&to=2026-11-21")
    assert "3 days are missing: 17 November 2026 to 18 November 2026, 20 November 2026" in page


def test_a_whole_period_lacks_nothing(client: Client, archive_week: Callable[..., None]) -> None:
    archive_week({"Cats": 9}, {"Cats": 9})
    assert "lacks" not in get(client, "/days/?from=2026-11-16&to=2026-11-17")


def test_today_is_included_as_far_as_it_is_counted(
    client: Client, stage: Stage, archive_week: Callable[..., None]
) -> None:
    archive_week({"Cats": 9}, first=TODAY - timedelta(days=1))
    stage.count("*", {"Cats": 5, "Owls": 20})
    stage.show()
    page = get(client, "/weeks/2026-W47/")
    assert [row[1:3] for row in rows_of(page, "leaders")] == [["#Owls", "20"], ["#Cats", "14"]]
    assert "still counting" in page
    assert "Days that are still counted are included as far as they are." in page


def test_networks_are_added_up_and_one_can_be_chosen(client: Client, archive_week: Callable[..., None]) -> None:
    archive_week({"Cats": 9, "Owls": 8}, source="bluesky")
    archive_week({"Dogs": 9, "Owls": 8}, source="mastodon")
    page = get(client, "/months/2026-11/")
    assert rows_of(page, "leaders")[0][1:3] == ["#OwlsBluesky 50 %, Mastodon 50 %", "16"]
    assert rows_of(page, "longest")[0][0] == "#Owls"
    one = get(client, "/months/2026-11/?networks=bluesky")
    assert [row[1] for row in rows_of(one, "leaders")] == ["#Cats", "#Owls"]


def test_a_language_can_be_chosen(client: Client, archive_day: ArchiveDay) -> None:
    archive_day(MONDAY, {"*": {"Cats": 9, "Gatos": 7}, "es": {"Gatos": 7}})
    assert [row[1] for row in rows_of(get(client, "/years/2026/?languages=es"), "leaders")] == ["#Gatos"]


def test_hidden_hashtags_are_left_out(
    client: Client, archive_week: Callable[..., None], hide: Callable[..., None]
) -> None:
    archive_week({"Cats": 9, "Dogs": 3})
    hide("cats")
    page = get(client, "/weeks/2026-W47/")
    assert rows_of(page, "leaders") == [["1", "#Dogs", "3", "1", "–"]]
    assert rows_of(page, "longest") == [["#Dogs", "1", "1"]]
    assert "Cats" not in page


def test_periods_lead_to_each_other(client: Client, archive_week: Callable[..., None]) -> None:
    archive_week({"Cats": 9}, first=MONDAY - timedelta(days=7))
    page = get(client, "/weeks/2026-W46/?top=25")
    for address in ("/weeks/2026-W45/", "/weeks/2026-W47/", "/months/2026-11/", "/years/2026/"):
        assert f'href="{address}?top=25"' in page
    assert 'href="/days/?month=2026-11"' in page
    assert re.search(r'<a href="/days/"\s+aria-current="page">', page)


def test_a_year_draws_its_days_by_colour(client: Client, archive_week: Callable[..., None]) -> None:
    archive_week({"Cats": 9})
    page = get(client, "/years/2026/")
    assert 'class="winners small"' in page
    assert page.count("<h3>") == 12
    assert 'data-key="cats"' in page


@pytest.mark.parametrize(
    "path", ["/weeks/2026-W54/", "/months/2026-13/", "/years/0000/", "/weeks/2026-w47/", "/months/2026-1/"]
)
def test_a_period_that_does_not_exist_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_period_without_days_leads_to_the_sources_that_have_some(
    client: Client, stage: Stage, archive_week: Callable[..., None]
) -> None:
    archive_week({"Cats": 9}, source="replay-x")
    stage.show()
    page = get(client, "/weeks/2026-W47/", 404)
    assert "No data for Week 47, 2026" in page
    assert 'href="/weeks/2026-W47/?source=replay-x"' in page


def test_the_page_of_a_period_offers_its_counts(client: Client, archive_week: Callable[..., None]) -> None:
    archive_week({"Cats": 9}, source="bluesky")
    page = get(client, "/weeks/2026-W47/?networks=bluesky&languages=en").replace("&amp;", "&")
    address = "/api/v1/counts?from=2026-11-16&to=2026-11-22&languages=en&networks=bluesky&format=parquet"
    assert f'href="{address}"' in page
    assert client.head(address).status_code == 200
