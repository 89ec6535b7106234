"""Every page about archived days asks the database a bounded number of questions, whatever the number of days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from benchmarks.ten_years.days import HASHTAGS, LANGUAGES, LAST_DAY, SOURCE
from benchmarks.ten_years.pages import ask, pages
from trendsite.history.models import Day, DayCount, DayLanguage

pytestmark = pytest.mark.django_db

MOST_QUERIES = 13

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
    few = {name: ask(admin_client, name, address).queries for name, address in pages(SHOWN)}
    add_days(SHOWN - timedelta(days=60), 60)
    many = {name: ask(admin_client, name, address).queries for name, address in pages(SHOWN)}
    assert {name: number for name, number in many.items() if number > MOST_QUERIES} == {}
    # Days of several years and months are more to choose from; the rest asks what it asked before.
    assert {name: number for name, number in many.items() if number > few[name] + 1} == {}
