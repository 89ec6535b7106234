"""What an address asks for, and what nobody can mean."""

from datetime import date

import pytest
from django.http import QueryDict

from trendsite.explore.asked import Moment, day_of, moment_of, source_of, whole_number


def test_a_moment_is_a_language_a_number_of_places_and_a_minute():
    asked = moment_of(QueryDict("at=14:35&languages=en&top=25"))
    assert asked == Moment("en", 25, 14 * 60 + 35)
    assert asked.at == "14:35"


def test_without_a_moment_the_end_of_the_day_is_meant():
    assert moment_of(QueryDict("")) == Moment("*", 10, None)
    assert moment_of(QueryDict("")).at == ""


def test_a_moment_between_two_frames_is_that_of_the_first():
    assert moment_of(QueryDict("at=14:39")).at == "14:35"


@pytest.mark.parametrize("at", ["24:00", "14:60", "1435", "14:35:00", "-1:00", "१४:३५", "now", ":", "4:35"])
def test_what_is_no_time_is_the_end_of_the_day(at):
    assert moment_of(QueryDict(f"at={at}")).minute is None


@pytest.mark.parametrize("query", ["languages=klingon", "languages=en,es", "languages=en&languages=es"])
def test_of_other_than_one_language_there_is_no_race_but_that_of_all(query):
    assert moment_of(QueryDict(query)).language == "*"


def test_a_source_that_cannot_be_one_is_not_asked_for():
    assert source_of(QueryDict("source=x")) == "x"
    for source in ("", "a%00b", "x" * 101):
        assert source_of(QueryDict(f"source={source}")) is None


def test_a_day_is_a_date_or_none():
    assert day_of(QueryDict("day=2026-11-21")) == date(2026, 11, 21)
    assert [day_of(QueryDict(query)) for query in ("", "day=2026-13-01", "day=yesterday")] == [None] * 3


def test_a_number_outside_of_its_bounds_is_none():
    assert whole_number(QueryDict("page=3"), "page", 1, 9) == 3
    for value in ("0", "10", "-3", "٣", "3.0", "9" * 400, ""):
        assert whole_number(QueryDict(f"page={value}"), "page", 1, 9) is None
