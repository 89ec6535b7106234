"""The addresses of hashtags, days, search and status."""

from datetime import date

from django.urls import path, register_converter

from trendsite.pages.calendar_page import calendar
from trendsite.pages.day_page import day
from trendsite.pages.hashtag_page import hashtag
from trendsite.pages.search_page import search
from trendsite.pages.status_page import status_page


class IsoDate:
    """A date in an address. A date that does not exist matches nothing."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """Return the date. Django takes a ValueError as no match."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """Return the date as in the address."""
        return value.isoformat()


register_converter(IsoDate, "isodate")

urlpatterns = [
    path("status/", status_page, name="status-page"),
    # A hashtag can contain any character, even a slash.
    path("hashtags/<path:key>/", hashtag, name="hashtag-page"),
    path("search/", search, name="search-page"),
    path("days/", calendar, name="days-page"),
    path("days/<isodate:day>/", day, name="day-page"),
]
