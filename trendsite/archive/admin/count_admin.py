"""The admin's list of top hashtags of all archived days: millions of rows in time, searched by hashtag."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from trendsite.admin_columns import number, number_text
from trendsite.archive.admin.charts import curves_of, hours_as_table
from trendsite.archive.admin.shared import (
    CountsLanguageFilter,
    ReadOnly,
    SourceFilter,
    chosen_language,
    language_label,
)
from trendsite.archive.models import DayCount, DayLanguage, hours_of_all
from trendsite.queries.hashtag_search import MAX_KEYS, archived_key, filter_counts
from trendsite.queries.minutes import known_hours

MAX_DAYS = 10
"""How many days a list without a search has. For older days one chooses a year, a month or a day."""

# URL parameters of the list's filters that also filter DayLanguage.
_SHARED_FILTERS = {
    *(f"day__date__{part}" for part in ("year", "month", "day")),
    "day__source",
    "day__source__exact",
}
_COLUMNS = (
    *("rank", "language", "key", "hashtag", "posts", "authors"),
    *("day__date", "day__source"),
)


class IndexPaginator(Paginator):  # type: ignore[type-arg]  # generic only in its stubs
    """Reads a page in two queries: an index gives its row numbers, then only these rows are read.

    Rows of a page are far apart on the disk.
    """

    def page(self, number: int | str) -> Page[Any]:
        """Return a page, in the order of the list.

        Raises:
            InvalidPage: there is no such page.
        """
        valid = self.validate_number(number)
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]  # the admin pages through nothing else
        first = (valid - 1) * self.per_page
        wanted = list(rows.values_list("pk", flat=True)[first : first + self.per_page])
        return Page(rows.filter(pk__in=wanted), valid, self)


@admin.register(DayCount)
class DayCountAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in its stubs
    """Top hashtags, newest day first. A search also shows the hashtag's curve over all days."""

    list_display = (
        number("rank", gettext_lazy("rank")),
        "hashtag",
        "language_name",
        number("posts", gettext_lazy("posts")),
        number("authors", gettext_lazy("authors (about)")),
        "day",
    )
    list_display_links = ("hashtag",)
    list_filter = (CountsLanguageFilter, ("day__source", SourceFilter))
    # An order without an index would sort millions of rows.
    sortable_by = ()
    date_hierarchy = "day__date"
    paginator = IndexPaginator
    search_fields = ("key",)
    search_help_text = gettext_lazy("A hashtag, or its first letters. Capitals and # do not matter.")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = ("day", "language_name", "rank", "hashtag", "key", "posts_text", "authors_text", "by_hour")
    readonly_fields = ("language_name", "posts_text", "authors_text", "by_hour")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DayCount]:
        """Return the counts with the columns of the list."""
        return super().get_queryset(request).select_related("day").only(*_COLUMNS)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list. Its date hierarchy uses the totals: the same days, a thousand times faster."""
        changes = super().get_changelist_instance(request)
        chosen = {name: value for name, value in changes.params.items() if name in _SHARED_FILTERS}
        # The rows of the page are read by now; only the date hierarchy uses this query set.
        changes.queryset = DayLanguage.objects.filter(language=chosen_language(request), **chosen)
        return changes

    def get_search_results(
        self,
        request: HttpRequest,
        queryset: QuerySet[DayCount],
        search_term: str,
    ) -> tuple[QuerySet[DayCount], bool]:
        """Return the hashtags that start with the search term. Without one, those of the newest days."""
        if search_term.strip():
            return filter_counts(queryset, search_term, chosen_language(request)), False
        days = self._newest_days(request)
        request.days_are_left_out = len(days) > MAX_DAYS  # type: ignore[attr-defined]  # for the template
        return queryset.filter(day__in=days[:MAX_DAYS]), False

    def _newest_days(self, request: HttpRequest) -> list[int]:
        """Return the newest days within the filters of the URL, one more than the list has."""
        chosen = {name: value for name, value in request.GET.items() if name in _SHARED_FILTERS}
        try:
            days = DayLanguage.objects.filter(language=chosen_language(request), **chosen)
            newest = days.order_by("-day__date", "-day__source").values_list("day", flat=True)
            return list(newest[: MAX_DAYS + 1])
        except (ValueError, ValidationError):
            return []

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Return the list, with the curves of the searched hashtag above it."""
        typed = request.GET.get("q", "").strip()
        context = {
            "curves": curves_of(archived_key(typed), chosen_language(request)) if typed else [],
            "language": language_label(chosen_language(request)),
            "typed": typed,
            "max_keys": MAX_KEYS,
            "max_days": MAX_DAYS,
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    @admin.display(description=gettext_lazy("language"))
    def language_name(self, count: DayCount) -> str:
        """Return the language's name."""
        return language_label(count.language)

    @admin.display(description=gettext_lazy("posts"))
    def posts_text(self, count: DayCount) -> str:
        """Return the posts."""
        return number_text(count.posts)

    @admin.display(description=gettext_lazy("authors (about)"))
    def authors_text(self, count: DayCount) -> str:
        """Return the distinct authors (estimated), where posts name them."""
        return number_text(count.authors)

    @admin.display(description=gettext_lazy("by hour (UTC)"))
    def by_hour(self, count: DayCount) -> str:
        """Return the hashtag's posts by hour."""
        return hours_as_table(count.hours and known_hours(count.hours, hours_of_all(count.day)))
