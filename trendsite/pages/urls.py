"""The addresses of hashtags, days, weeks, months, years, search and status."""

from datetime import date

from django.urls import path, register_converter

from trendsite.pages.calendar_page import calendar
from trendsite.pages.comparison_page import compare, comparison_picture, embed_comparison
from trendsite.pages.day_page import day
from trendsite.pages.embed_builder import embed_builder
from trendsite.pages.hashtag_page import hashtag
from trendsite.pages.range_page import range_page
from trendsite.pages.search_page import search
from trendsite.pages.status_page import status_page
from trendsite.queries.periods import Period, PeriodKind, parse_period


class IsoDate:
    """A date in an address. A date that does not exist matches nothing."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """Return the date. Django takes a ValueError as no match."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """Return the date as in the address."""
        return value.isoformat()


class _PeriodText:
    """A week, month or year in an address. One that does not exist matches nothing."""

    kind: PeriodKind
    regex: str

    def to_python(self, value: str) -> Period:
        """Return the period. Django takes a ValueError as no match."""
        period = parse_period(self.kind, value)
        if period is None:
            raise ValueError(value)
        return period

    def to_url(self, value: Period) -> str:
        """Return the period as in the address."""
        return value.text


class IsoWeek(_PeriodText):
    """``2026-W48``."""

    kind = "week"
    regex = r"\d{4}-W\d{2}"


class IsoMonth(_PeriodText):
    """``2026-11``."""

    kind = "month"
    regex = r"\d{4}-\d{2}"


class IsoYear(_PeriodText):
    """``2026``."""

    kind = "year"
    regex = r"\d{4}"


register_converter(IsoDate, "isodate")
register_converter(IsoWeek, "isoweek")
register_converter(IsoMonth, "isomonth")
register_converter(IsoYear, "isoyear")

urlpatterns = [
    path("status/", status_page, name="status-page"),
    # A hashtag can contain any character, even a slash.
    path("hashtags/<path:key>/", hashtag, name="hashtag-page"),
    path("search/", search, name="search-page"),
    path("compare/", compare, name="compare"),
    path("compare/picture.svg", comparison_picture, name="comparison-picture"),
    path("embed/compare/", embed_comparison, name="embed-compare"),
    path("embed/builder/", embed_builder, name="embed-builder"),
    path("days/", calendar, name="days-page"),
    path("days/<isodate:day>/", day, name="day-page"),
    path("weeks/<isoweek:period>/", range_page, name="week-page"),
    path("months/<isomonth:period>/", range_page, name="month-page"),
    path("years/<isoyear:period>/", range_page, name="year-page"),
]
