"""Past days in the admin, for a staff user who may only view."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from urllib.parse import parse_qs, parse_qsl

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from trendsite.archive.models import Day, DayCount, DayLanguage

pytestmark = pytest.mark.django_db

DAYS = reverse("admin:history_day_changelist")
COUNTS = reverse("admin:history_daycount_changelist")
HOSTILE = "<img src=x onerror=alert(1)>"

AddDay = Callable[..., Day]


@pytest.fixture
def add_day() -> AddDay:
    def add(day: date, source: str = "simulator", hashtags: tuple[str, ...] = ("Covid19", "rain")) -> Day:
        row = Day.objects.create(source=source, date=day, archived_at=datetime(2026, 11, 22, tzinfo=UTC))
        for language in ("*", "en", "es"):
            DayLanguage.objects.create(day=row, language=language, posts=12_345, hashtags=len(hashtags))
            for rank, hashtag in enumerate(hashtags, start=1):
                key = hashtag.casefold()
                posts = 9_000 - rank
                DayCount.objects.create(day=row, language=language, rank=rank, key=key, hashtag=hashtag, posts=posts)
        return row

    return add


@pytest.fixture
def viewer(client: Client) -> Client:
    """A staff user with the permission to view, and no other."""
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_day"))
    client.force_login(user)
    return client


def parse_qs_once(link: str) -> dict[str, str]:
    """The query of a link."""
    return dict(parse_qsl(link.partition("?")[2]))


class Page(HTMLParser):
    """A page taken apart as a browser does: its tags, its text, and the cells of its tables by their class."""

    def __init__(self, client: Client, url: str, query: dict[str, str] | None = None) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.cells: dict[str, list[str]] = {}
        self._cell: list[str] | None = None
        self._open: list[str] = []
        answer = client.get(url, query)
        assert answer.status_code == 200
        self.source = answer.content.decode()
        self.feed(self.source)
        self.text = " ".join(self._open)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attributes)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag in ("td", "th"):
            name = next((part for part in (given.get("class") or "").split() if part.startswith("field-")), "")
            self._cell = self.cells.setdefault(name.removeprefix("field-"), [])
            self._cell.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = None

    def handle_data(self, data: str) -> None:
        self._open.append(data)
        if self._cell:
            self._cell[-1] = (self._cell[-1] + data).strip()


def test_days_show_their_totals_and_winner_newest_first(viewer: Client, add_day: AddDay) -> None:
    add_day(date(2026, 11, 19), hashtags=("rain",))
    add_day(date(2026, 11, 20))
    page = Page(viewer, DAYS)
    assert page.cells["iso_date"] == ["2026-11-20", "2026-11-19"]
    assert page.cells["winner"] == ["Covid19", "rain"]
    assert page.cells["hashtags"] == ["2", "1"]
    assert page.cells["posts"] == ["12,345", "12,345"]
    assert "Trendsite" in page.text


def test_days_can_be_filtered_by_date_and_source(viewer: Client, add_day: AddDay) -> None:
    add_day(date(2026, 11, 20))
    add_day(date(2026, 11, 20), source="replay-x")
    add_day(date(2025, 1, 1))
    assert len(Page(viewer, DAYS, {"date__year": "2026"}).cells["iso_date"]) == 2
    assert Page(viewer, DAYS, {"source": "replay-x"}).cells["source_title"] == ["replay of x"]


def test_a_day_without_hashtags_is_listed(viewer: Client, add_day: AddDay) -> None:
    add_day(date(2026, 11, 20), hashtags=())
    page = Page(viewer, DAYS)
    assert page.cells["winner"] == ["-"]
    assert page.cells["hashtags"] == ["0"]


def test_a_day_shows_its_authors_and_hours(viewer: Client, add_day: AddDay) -> None:
    day = add_day(date(2026, 11, 20))
    hours = [0] * 22 + [12_000, 345]
    day.languages.update(authors=4_321, hours=hours)
    day.counts.update(authors=87, hours=hours)
    assert Page(viewer, DAYS).cells["authors"] == ["4,321"]
    page = Page(viewer, reverse("admin:history_day_change", args=[day.pk]))
    assert "4,321" in page.text
    assert "21:00 unknown 22:00 12,000 23:00 345" in page.text
    assert page.cells["authors"] == ["4,321"] * 3 + ["87"] * 2
    assert page.cells["by_hour"] == ["░" * 22 + "█▁"] * 3
    assert 'aria-label="most from 22:00: 12,000"' in page.source


def test_a_hashtag_shows_its_authors_and_hours(viewer: Client, add_day: AddDay) -> None:
    count = add_day(date(2026, 11, 20)).counts.get(language="es", rank=1)
    count.authors, count.hours = 87, [5] * 24
    count.save()
    assert Page(viewer, COUNTS, {"language": "es"}).cells["authors"] == ["87", "-"]
    page = Page(viewer, reverse("admin:history_daycount_change", args=[count.pk]))
    assert "87" in page.text
    assert "00:00 5 01:00 5" in page.text


def test_an_older_day_without_authors_and_hours_is_shown_without_them(viewer: Client, add_day: AddDay) -> None:
    day = add_day(date(2026, 11, 20))
    assert Page(viewer, DAYS).cells["authors"] == ["-"]
    page = Page(viewer, reverse("admin:history_day_change", args=[day.pk]))
    assert page.cells["by_hour"] == ["-"] * 3
    assert page.cells["authors"] == ["-"] * 5
    shown = viewer.get(reverse("admin:history_day_change", args=[day.pk])).content.decode()
    assert '<div class="readonly">None</div>' not in shown


def test_a_day_shows_its_languages_and_first_hashtags_and_links_to_the_rest(viewer: Client, add_day: AddDay) -> None:
    add_day(date(2026, 11, 19))
    day = add_day(date(2026, 11, 20), hashtags=tuple(f"tag{number:03}" for number in range(130)))
    url = reverse("admin:history_day_change", args=[day.pk])
    page = Page(viewer, url)
    assert page.cells["rank"] == [str(rank) for rank in range(1, 101)]
    assert page.cells["language_name"] == ["All languages (*)", "English (en)", "Spanish (es)"]
    assert "day=2026-11-20/source=simulator" in page.text
    assert "Ranking: All languages (*)" in page.text
    spanish = next(link for link in page.links if link.endswith("?language=es"))
    listed = Page(viewer, url, parse_qs_once(spanish))
    assert "Ranking: Spanish (es)" in listed.text
    assert "?language=es&p=2#ranking" in listed.links
    last = Page(viewer, url, {"language": "es", "p": "2"})
    assert last.cells["rank"] == [str(rank) for rank in range(101, 131)]
    assert last.cells["hashtag"] == [f"tag{number:03}" for number in range(100, 130)]


def test_hashtags_of_all_languages_are_listed_by_newest_day_and_rank(viewer: Client, add_day: AddDay) -> None:
    add_day(date(2026, 11, 20))
    add_day(date(2026, 11, 19))
    page = Page(viewer, COUNTS)
    assert page.cells["rank"] == ["1", "2"] * 2
    assert page.cells["day"] == ["2026-11-20, simulated posts"] * 2 + ["2026-11-19, simulated posts"] * 2
    assert set(page.cells["language_name"]) == {"All languages (*)"}
    assert page.cells["hashtag"][:2] == ["Covid19", "rain"]
    assert page.cells["posts"][:2] == ["8,999", "8,998"]


def test_hashtags_can_be_filtered_by_language_source_and_day(viewer: Client, add_day: AddDay) -> None:
    add_day(date(2026, 11, 20))
    add_day(date(2026, 11, 20), source="replay-x")
    add_day(date(2026, 11, 19), source="replay-x")
    chosen = {"language": "en", "day__source": "replay-x", "day__date__day": "20"}
    page = Page(viewer, COUNTS, {**chosen, "day__date__year": "2026", "day__date__month": "11"})
    assert page.cells["day"] == ["2026-11-20, replay of x"] * 2
    assert page.cells["language_name"] == ["English (en)"] * 2
    assert "All languages (*)" in page.text


def test_the_date_hierarchy_of_hashtags_leads_through_years_months_and_days(viewer: Client, add_day: AddDay) -> None:
    for day in (date(2025, 3, 1), date(2026, 10, 31), date(2026, 11, 20), date(2026, 11, 21)):
        add_day(day)
    add_day(date(2024, 1, 1), source="replay-x")
    steps: list[tuple[dict[str, str], str, list[str]]] = [
        ({}, "year", ["2024", "2025", "2026"]),
        ({"day__source": "simulator", "q": "rain"}, "year", ["2025", "2026"]),
        ({"day__date__year": "2026"}, "month", ["10", "11"]),
        ({"day__date__year": "2026", "day__date__month": "11"}, "day", ["20", "21"]),
    ]
    for query, part, offered in steps:
        links = [parse_qs(link.partition("?")[2]) for link in Page(viewer, COUNTS, query).links]
        found = [link[f"day__date__{part}"][0] for link in links if f"day__date__{part}" in link]
        assert sorted(set(found)) == offered


@pytest.mark.parametrize(
    "query", ["day__date__year=abc", "day__date__year=2026&day__date__month=99", "nothing=1", "day__id__in=1,2"]
)
def test_an_unknown_filter_redirects_to_the_list(viewer: Client, add_day: AddDay, query: str) -> None:
    add_day(date(2026, 11, 20))
    assert viewer.get(f"{COUNTS}?{query}", follow=True).status_code == 200


@pytest.mark.parametrize("term", ["#Covid19", "covid19", "＃ＣＯＶＩＤ１９", " COVID", "covid1"])
def test_a_search_finds_a_hashtag_in_any_spelling(viewer: Client, add_day: AddDay, term: str) -> None:
    add_day(date(2026, 11, 20), hashtags=("rain", "Covid19", "nocovid19"))
    assert Page(viewer, COUNTS, {"q": term}).cells["hashtag"] == ["Covid19"]
    assert Page(viewer, COUNTS, {"q": term, "language": "es"}).cells["language_name"] == ["Spanish (es)"]


def test_a_search_finds_hashtags_archived_under_an_earlier_folding_rule(viewer: Client, add_day: AddDay) -> None:
    add_day(date(2026, 11, 20), hashtags=("İstanbul", "می\u200cخواهم", "istanbul"))
    assert Page(viewer, COUNTS, {"q": "İstanbul"}).cells["hashtag"] == ["İstanbul", "istanbul"]
    assert Page(viewer, COUNTS, {"q": "می\u200cخو"}).cells["hashtag"] == ["می\u200cخواهم"]


@pytest.mark.parametrize("term", ["%", "_ovid19", "snow", "#snow"])
def test_a_search_for_an_unknown_hashtag_finds_nothing(viewer: Client, add_day: AddDay, term: str) -> None:
    add_day(date(2026, 11, 20))
    assert "hashtag" not in Page(viewer, COUNTS, {"q": term}).cells


def test_a_hashtag_is_escaped_on_every_page(viewer: Client, add_day: AddDay) -> None:
    day = add_day(date(2026, 11, 20), hashtags=(HOSTILE, "rain"))
    count = day.counts.get(language="*", rank=1)
    pages = [
        (DAYS, {}),
        (reverse("admin:history_day_change", args=[day.pk]), {}),
        (COUNTS, {}),
        (COUNTS, {"q": HOSTILE}),
        (reverse("admin:history_daycount_change", args=[count.pk]), {}),
    ]
    for url, query in pages:
        page = Page(viewer, url, query)
        assert HOSTILE in page.text
        assert "onerror=alert(1)>" not in page.source
        assert "img" not in page.tags or 'src="/static/' in page.source


@pytest.mark.parametrize("url", [DAYS, COUNTS])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    viewer: Client, add_day: AddDay, django_assert_num_queries: DjangoAssertNumQueries, url: str
) -> None:
    add_day(date(2026, 11, 1))
    add_day(date(2026, 11, 2))
    viewer.get(url)
    with django_assert_num_queries(1000, exact=False) as few:
        viewer.get(url)
    for day in range(3, 20):
        add_day(date(2026, 11, day), hashtags=("a", "b", "c", "d"))
    with django_assert_num_queries(len(few)):
        viewer.get(url)
    assert len(few) <= 13


def test_the_number_of_queries_of_a_day_does_not_grow_with_its_hashtags(
    viewer: Client, add_day: AddDay, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    small = add_day(date(2026, 11, 19), hashtags=("a",))
    large = add_day(date(2026, 11, 20), hashtags=tuple(f"tag{number:03}" for number in range(100)))
    with django_assert_num_queries(1000, exact=False) as few:
        viewer.get(reverse("admin:history_day_change", args=[small.pk]))
    with django_assert_num_queries(len(few)):
        viewer.get(reverse("admin:history_day_change", args=[large.pk]))


def test_not_even_a_superuser_can_change_a_past_day(admin_client: Client, add_day: AddDay) -> None:
    day = add_day(date(2026, 11, 20))
    count = day.counts.get(language="*", rank=1)
    for name, row in (("day", day), ("daycount", count)):
        assert admin_client.get(reverse(f"admin:history_{name}_add")).status_code == 403
        assert (
            admin_client.post(reverse(f"admin:history_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code
            == 403
        )
        url = reverse(f"admin:history_{name}_change", args=[row.pk])
        assert admin_client.post(url, {"source": "x", "posts": "1"}).status_code == 403
        page = admin_client.get(url).content.decode()
        assert 'name="_save"' not in page
    action = {"action": "delete_selected", "_selected_action": [str(day.pk)]}
    admin_client.post(DAYS, action)
    assert Day.objects.get() == day
    assert DayCount.objects.get(pk=count.pk).posts == count.posts


def test_staff_without_the_permission_sees_nothing(client: Client, add_day: AddDay) -> None:
    day = add_day(date(2026, 11, 20))
    client.force_login(User.objects.create_user("other", is_staff=True))
    for url in (DAYS, COUNTS, reverse("admin:history_day_change", args=[day.pk])):
        assert client.get(url).status_code == 403


def test_the_only_permissions_are_to_view_and_to_request_tasks() -> None:
    codenames = Permission.objects.filter(content_type__app_label="history").values_list("codename", flat=True)
    assert sorted(codenames) == [
        *("add_archivetask", "view_archivetask", "view_day", "view_daycount", "view_daylanguage")
    ]


def test_a_search_also_finds_longer_hashtags_than_the_exact_one(viewer: Client, add_day: AddDay) -> None:
    add_day(date(2026, 11, 20), hashtags=("Cup", "CupFinal", "rain"))
    assert set(Page(viewer, COUNTS, {"q": "cup"}).cells["hashtag"]) == {"Cup", "CupFinal"}


def test_sources_have_titles_and_each_page_marks_what_is_not_live(viewer: Client, add_day: AddDay) -> None:
    day = add_day(date(2026, 11, 20), source="replay-covid-0123abcd")
    add_day(date(2026, 11, 21))
    html = viewer.get(DAYS).content.decode()
    assert re.search(r'<a href="\?source=replay-covid-0123abcd">\s*replay of covid', html)
    page = viewer.get(reverse("admin:history_day_change", args=[day.pk])).content.decode()
    assert '<span class="kind" title="Source: replay of covid">Replay</span>' in page
    assert "(replay)</title>" in page


def test_times_are_marked_as_utc(viewer: Client, add_day: AddDay) -> None:
    day = add_day(date(2026, 11, 20))
    page = viewer.get(reverse("admin:history_day_change", args=[day.pk])).content.decode()
    assert re.search(r"2026-\d\d-\d\d \d\d:\d\d UTC", page)


def test_the_list_shows_the_other_networks_of_a_date_beside_each(viewer: Client, add_day: AddDay) -> None:
    day = date(2026, 11, 20)
    bluesky, mastodon = (add_day(day, name) for name in ("bluesky", "mastodon"))
    add_day(day, "simulator")
    add_day(date(2026, 11, 19), "bluesky")
    page = Page(viewer, DAYS)
    beside = zip(page.cells["source_title"], page.cells["same_date"], strict=True)
    assert [(title, " ".join(other.split())) for title, other in beside] == [
        ("simulated posts", "-"),
        ("Mastodon", "Bluesky 12,345"),
        ("Bluesky", "Mastodon 12,345"),
        ("Bluesky", "-"),
    ]
    assert reverse("admin:history_day_change", args=[mastodon.pk]) in page.source
    of_bluesky = Page(viewer, reverse("admin:history_day_change", args=[bluesky.pk]))
    assert "Mastodon 12,345" in " ".join(of_bluesky.text.split())


def test_a_day_shows_the_gaps_that_its_source_knows(viewer: Client, add_day: AddDay) -> None:
    day = add_day(date(2026, 11, 20), "bluesky")
    gap = {"start": "2026-11-20T03:10:00Z", "end": "2026-11-20T03:25:09Z", "reason": HOSTILE}
    Day.objects.update(known_gaps=[gap])
    page = Page(viewer, reverse("admin:history_day_change", args=[day.pk]))
    assert f"03:10:00 to 03:25:09: {HOSTILE}" in " ".join(page.text.split())
    assert HOSTILE not in page.source
