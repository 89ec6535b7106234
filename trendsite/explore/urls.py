"""The pages of hashtags, days and search."""

from datetime import date

from django.urls import path, register_converter

from trendsite.explore.day import day
from trendsite.explore.days import days
from trendsite.explore.hashtag import hashtag
from trendsite.explore.search import search


class IsoDate:
    """A date in an address; one that no calendar has leads nowhere."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """Return the date, or raise the ValueError that Django takes for no match."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        """Return the date as it stands in the address."""
        return value.isoformat()


register_converter(IsoDate, "isodate")

urlpatterns = [
    # Any character may stand in a hashtag, even a slash.
    path("hashtags/<path:key>/", hashtag, name="hashtag-page"),
    path("search/", search, name="search-page"),
    path("days/", days, name="days-page"),
    path("days/<isodate:day>/", day, name="day-page"),
]
