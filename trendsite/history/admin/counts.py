"""The top hashtags of all archived days in the admin: in time millions of rows, searched by hashtag."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from contract.post import fold
from trendsite.history.admin.index_paginator import IndexPaginator
from trendsite.history.admin.language_filter import CountsLanguageFilter, language_asked
from trendsite.history.admin.read_only import CheckedList, ReadOnly, language_in_words
from trendsite.history.curve import curves_of
from trendsite.history.hours_drawn import in_a_table
from trendsite.history.models import DayCount, DayLanguage
from trendsite.history.search import MOST_KEYS, found

MOST_DAYS = 10
"""Days of a list that is not of one hashtag: who looks for older ones chooses a year, a month or a day."""

# What the filters of the list of counts put into the address, and DayLanguage knows too.
_SHARED_FILTERS = {
    *(f"day__date__{part}" for part in ("year", "month", "day")),
    "day__source",
    "day__source__exact",
}
_SHOWN = (
    *("rank", "language", "key", "hashtag", "posts", "authors"),
    *("day__date", "day__source"),
)


@admin.register(DayCount)
class DayCountAdmin(CheckedList, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in its stubs
    """Top hashtags, newest day first; a hashtag that is searched for with its curve over all days."""

    list_display = ("rank", "hashtag", "language_name", "posts", "authors", "day")
    list_display_links = ("hashtag",)
    list_filter = (CountsLanguageFilter, "day__source")
    # Any other order than that of the index would sort millions of rows.
    sortable_by = ()
    date_hierarchy = "day__date"
    paginator = IndexPaginator
    search_fields = ("key",)
    search_help_text = "A hashtag, or how it begins. Capitals and # do not matter."
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = ("day", "language_name", "rank", "hashtag", "key", "posts", "authors", "by_hour")
    readonly_fields = ("language_name", "by_hour")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DayCount]:
        """Return the counts with what is shown of their days."""
        return super().get_queryset(request).select_related("day").only(*_SHOWN)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list, its date hierarchy drawn from the totals: the same days, a thousand times sooner."""
        changes = super().get_changelist_instance(request)
        chosen = {name: value for name, value in changes.params.items() if name in _SHARED_FILTERS}
        # The rows of the page have been read: from here on only the date hierarchy looks at this.
        changes.queryset = DayLanguage.objects.filter(language=language_asked(request), **chosen)
        return changes

    def get_search_results(
        self,
        request: HttpRequest,
        queryset: QuerySet[DayCount],
        search_term: str,
    ) -> tuple[QuerySet[DayCount], bool]:
        """Return the hashtags that begin with the search term, folded as they were when they were counted."""
        if search_term.strip():
            return found(queryset, search_term, language_asked(request)), False
        days = self._newest_days(request)
        request.days_are_left_out = len(days) > MOST_DAYS  # type: ignore[attr-defined]  # for the page to say
        return queryset.filter(day__in=days[:MOST_DAYS]), False

    def _newest_days(self, request: HttpRequest) -> list[int]:
        """Return the newest days that the address asks for, one more than are listed."""
        asked = {name: value for name, value in request.GET.items() if name in _SHARED_FILTERS}
        try:
            days = DayLanguage.objects.filter(language=language_asked(request), **asked)
            newest = days.order_by("-day__date", "-day__source").values_list("day", flat=True)
            return list(newest[: MOST_DAYS + 1])
        except (ValueError, ValidationError):
            return []

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Return the list, above it the curve of the hashtag that was searched for."""
        typed = request.GET.get("q", "").strip()
        context = {
            "curves": curves_of(fold(typed), language_asked(request)) if typed and "\0" not in typed else [],
            "language": language_in_words(language_asked(request)),
            "typed": typed,
            "most_keys": MOST_KEYS,
            "most_days": MOST_DAYS,
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    @admin.display(description="language")
    def language_name(self, count: DayCount) -> str:
        """Return the language's name."""
        return language_in_words(count.language)

    @admin.display(description="by hour (UTC)")
    def by_hour(self, count: DayCount) -> str:
        """Return the hashtag's posts by hour."""
        return in_a_table(count.hours)
