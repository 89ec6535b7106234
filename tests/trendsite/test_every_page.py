"""What holds for every page: it asks few questions, whatever the number of days, and says what is not live."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from benchmarks.ten_years.days import HASHTAGS, LANGUAGES, LAST_DAY, SOURCE
from benchmarks.ten_years.pages import pages, request_page
from tests.trendsite.stage import Stage
from trendsite.archive.models import Day, DayCount, DayLanguage

pytestmark = pytest.mark.django_db

MOST_QUERIES = 18

SHOWN = LAST_DAY - timedelta(days=1)


def add_days(first: date, number: int) -> None:
    for day in (first + timedelta(days=ago) for ago in range(number)):
        row = Day.objects.create(source=SOURCE, date=day, archived_at=datetime(2026, 11, 21, tzinfo=UTC))
        DayLanguage.objects.bulk_create(
            DayLanguage(day=row, language=language, posts=999, hashtags=2, hours=[1] * 24) for language in LANGUAGES
        )
        DayCount.objects.bulk_create(
            DayCount(
                day=row, language=language, rank=rank, key=f"ctag{rank}", hashtag=f"cTag{rank}", posts=9_999 - rank
            )
            for language in LANGUAGES
            for rank in (1, 3, HASHTAGS)
        )


def test_more_days_mean_no_more_questions(admin_client: Client) -> None:
    add_days(SHOWN, 2)
    few = {name: request_page(admin_client, name, address).queries for name, address in pages(SHOWN)}
    add_days(SHOWN - timedelta(days=60), 60)
    many = {name: request_page(admin_client, name, address).queries for name, address in pages(SHOWN)}
    assert {name: number for name, number in many.items() if number > MOST_QUERIES} == {}
    # Days of several years and months are more to choose from; the rest asks what it asked before.
    assert {name: number for name, number in many.items() if number > few[name] + 1} == {}


@pytest.mark.parametrize(
    "path",
    [
        "/alerts/",
        "/moderation/",
        "/languages/",
        "/api/",
        "/embed/builder/",
        "/search/",
        "/days/",
        "/hashtags/nobody/",
        "/none",
    ],
)
@pytest.mark.parametrize(("source", "label"), [("simulator", "Simulated"), ("replay-a-0123abcd", "Replay")])
def test_every_page_says_what_is_not_live(
    admin_client: Client, stage: Stage, path: str, source: str, label: str
) -> None:
    stage.source = source
    stage.show()
    html = admin_client.get(path).content.decode()
    assert re.search(rf'<p class="kind"\s+title="Source: [^"]*">{label}</p>', html)
    assert f"({label.lower()})</title>" in html


def test_what_is_live_needs_no_label(client: Client, stage: Stage) -> None:
    stage.source = "x"
    stage.show()
    assert 'class="kind"' not in client.get("/login/").content.decode()


def test_the_admin_says_what_is_not_live(admin_client: Client, stage: Stage) -> None:
    stage.show()
    html = admin_client.get("/admin/").content.decode()
    assert '<span class="kind" title="Source: simulated posts">Simulated</span>' in html
    assert "(simulated)</title>" in html


def test_browsers_that_ask_for_an_icon_at_the_root_get_one(client: Client) -> None:
    answer = client.get("/favicon.ico")
    body = b"".join(answer.streaming_content)
    assert answer.status_code == 200
    # An icon file with three pictures.
    assert body[:6] == b"\0\0\1\0\3\0"
