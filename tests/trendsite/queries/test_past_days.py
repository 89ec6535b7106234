"""The sources and years that have archived days."""

from datetime import UTC, date, datetime

import pytest

from trendsite.archive.models import Day
from trendsite.queries.known_sources import archived_sources, known_sources
from trendsite.queries.past_days import neighbouring_years

pytestmark = pytest.mark.django_db

RECORDING = "replay-ep2014-0123abcd"


def archive(source, *dates):
    for day in dates:
        Day.objects.create(source=source, date=day, archived_at=datetime(2026, 11, 22, tzinfo=UTC))


def test_archived_sources_and_the_running_one_are_known():
    archive(RECORDING, date(2014, 5, 20), date(2014, 5, 21))
    assert archived_sources() == {RECORDING: date(2014, 5, 21)}
    assert known_sources(["simulator"]) == [RECORDING, "simulator"]
    assert known_sources([]) == [RECORDING]


def test_years_without_a_day_of_the_source_are_skipped():
    archive("x", date(2014, 1, 1), date(2021, 12, 31), date(2026, 11, 21))
    archive(RECORDING, date(2019, 1, 1))
    assert neighbouring_years(["x"], 2021) == (2014, 2026)
    assert neighbouring_years(["x"], 2017) == (2014, 2021)
    assert neighbouring_years(["x"], 2014) == (None, 2021)
