"""Query parameters of the pages, valid and invalid."""

from datetime import date

import pytest
from django.http import QueryDict

from trendsite.pages.query_params import Moment, day_param, moment_param, number_param, selection_param
from trendsite.queries.groups import Selection


def test_a_moment_is_a_language_a_number_of_places_and_a_minute():
    moment = moment_param(QueryDict("at=14:35&languages=en&top=25"))
    assert moment == Moment("en", 25, 14 * 60 + 35)
    assert moment.at == "14:35"


def test_without_a_moment_it_is_the_end_of_the_day():
    assert moment_param(QueryDict("")) == Moment("*", 10, None)
    assert moment_param(QueryDict("")).at == ""


def test_a_minute_is_rounded_down_to_a_step():
    assert moment_param(QueryDict("at=14:39")).at == "14:35"


@pytest.mark.parametrize("at", ["24:00", "14:60", "1435", "14:35:00", "-1:00", "१४:३५", "now", ":", "4:35"])
def test_an_invalid_time_is_the_end_of_the_day(at):
    assert moment_param(QueryDict(f"at={at}")).minute is None


@pytest.mark.parametrize("query", ["languages=klingon", "languages=en,es", "languages=en&languages=es"])
def test_several_or_unknown_languages_count_as_all(query):
    assert moment_param(QueryDict(query)).language == "*"


def test_a_source_name_that_is_too_long_becomes_one_that_no_source_has():
    assert selection_param(QueryDict("source=x")) == Selection("x")
    assert selection_param(QueryDict("source=")) == Selection()
    assert len(selection_param(QueryDict(f"source={'x' * 9_999}")).source) == 101


def test_networks_are_names_with_commas_and_one_exact_source_goes_before_them():
    assert selection_param(QueryDict("networks=x,bluesky&networks=x")) == Selection(networks=("bluesky", "x"))
    assert selection_param(QueryDict("networks=myspace")) == Selection()
    assert selection_param(QueryDict("networks=x&source=simulator")) == Selection("simulator")


def test_a_day_is_a_date_or_none():
    assert day_param(QueryDict("day=2026-11-21")) == date(2026, 11, 21)
    assert [day_param(QueryDict(query)) for query in ("", "day=2026-13-01", "day=yesterday")] == [None] * 3


def test_a_number_outside_of_its_bounds_is_none():
    assert number_param(QueryDict("page=3"), "page", 1, 9) == 3
    for value in ("0", "10", "-3", "٣", "3.0", "9" * 400, ""):
        assert number_param(QueryDict(f"page={value}"), "page", 1, 9) is None
