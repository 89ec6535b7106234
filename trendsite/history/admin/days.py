"""Archived days in the admin: their list, and a day with its chart, its languages and its ranking."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from contract.language import ALL_LANGUAGES
from trendsite.history.admin.day_actions import DayActions
from trendsite.history.admin.language_filter import PARAMETER, DaysLanguageFilter, language_asked
from trendsite.history.admin.read_only import CheckedList, ReadOnly, language_in_words
from trendsite.history.admin.totals import with_totals
from trendsite.history.hours_drawn import in_a_table, in_a_word
from trendsite.history.models import ArchiveTask, Day, DayCount, DayLanguage
from trendsite.history.stored import day_prefix
from trendsite.live.minutes import clock_time, gaps

RANKS_A_PAGE = 100
DRAWN_PLACES = 10

_SHOWN_TASKS = 5


class DayLanguageInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # generic only in its stubs
    """A day's totals, a row a language; there are no more languages than contract.language lists."""

    model = DayLanguage
    verbose_name_plural = "languages"
    fields = ("language_name", "posts", "authors", "hashtags", "by_hour", "ranking")
    readonly_fields = ("language_name", "by_hour", "ranking")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DayLanguage]:
        """Return the rows with their day, which the links need."""
        return super().get_queryset(request).select_related("day")

    @admin.display(description="language")
    def language_name(self, row: DayLanguage) -> str:
        """Return the language's name."""
        return language_in_words(row.language)

    @admin.display(description="by hour (UTC)")
    def by_hour(self, row: DayLanguage) -> str:
        """Return the hours as a word."""
        return in_a_word(row.hours)

    @admin.display(description="chart and ranking")
    def ranking(self, row: DayLanguage) -> str:
        """Return a link to this page with the chart and the ranking of this language."""
        return format_html(
            '<a href="?{}">Show<span class="visually-hidden"> those of {}</span></a>',
            urlencode({PARAMETER: row.language}),
            language_in_words(row.language),
        )


@admin.register(Day)
class DayAdmin(CheckedList, ReadOnly, DayActions):
    """The archived days, their totals and winners in the language of the filter."""

    list_display = ("date", "source", "posts", "authors", "hashtags", "winner", "archive_state")
    list_filter = (DaysLanguageFilter, "source")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    date_hierarchy = "date"
    fieldsets = (
        (None, {"fields": ("date", "source", "posts", "authors", "hashtags")}),
        ("Its input", {"fields": ("gaps", "dropped_posts")}),
        ("By hour", {"fields": ("by_hour",), "classes": ("collapse",)}),
        ("Archive", {"fields": ("archived_at", "stored_in", "parquet_bytes", "csv_bytes", "race_bytes", "tasks")}),
    )
    readonly_fields = ("posts", "authors", "hashtags", "by_hour", "gaps", "dropped_posts", "stored_in", "tasks")
    inlines = (DayLanguageInline,)

    # A page's totals are read beside it: joined, they would be read for every day there is.
    def get_queryset(self, request: HttpRequest) -> QuerySet[Day]:
        """Return the days without what only a day's own page shows."""
        return super().get_queryset(request).defer("minutes", "dropped")

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list, its rows with their totals and winners in the language of the filter."""
        changes = super().get_changelist_instance(request)
        changes.result_list = with_totals(changes.result_list, language_asked(request))
        return changes

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Day | None:
        """Return a day with its totals."""
        day = super().get_object(request, object_id, from_field)
        return with_totals([day], ALL_LANGUAGES)[0] if day else None

    @admin.display()
    def posts(self, day: Day) -> int | None:
        """Return all posts of the day."""
        total = _total(day)
        return total.posts if total else None

    @admin.display(description="authors (about)")
    def authors(self, day: Day) -> int | None:
        """Return about how many authors the day had, where the posts told theirs."""
        total = _total(day)
        return total.authors if total else None

    @admin.display(description="by hour (UTC)")
    def by_hour(self, day: Day) -> str:
        """Return all posts of the day by hour."""
        total = _total(day)
        return in_a_table(total.hours if total else None)

    @admin.display()
    def hashtags(self, day: Day) -> int | None:
        """Return how many different hashtags the day had."""
        total = _total(day)
        return total.hashtags if total else None

    @admin.display()
    def winner(self, day: Day) -> str | None:
        """Return the day's most used hashtag."""
        return getattr(day, "winner", None)

    @admin.display(ordering="archived_at", description="archive")
    def archive_state(self, day: Day) -> str:
        """Return that the day is archived, or that something is asked for and not done yet."""
        return "task open" if getattr(day, "is_asked_for", False) else "archived"

    @admin.display(description="gaps (UTC)")
    def gaps(self, day: Day) -> str:
        """Return when no post came, as live.minutes defines it."""
        if day.minutes is None:
            return "not on record: posts were not counted by the minute"
        found = [f"{clock_time(start)} to {clock_time(end)}" for start, end in gaps(day.minutes)]
        return ", ".join(found) or "none"

    @admin.display(description="dropped posts")
    def dropped_posts(self, day: Day) -> str:
        """Return what the collector dropped, most first."""
        if day.dropped is None:
            return "not on record"
        most_first = sorted(day.dropped.items(), key=lambda dropped: (-dropped[1], dropped[0]))
        return ", ".join(f"{count:,} {reason}" for reason, count in most_first) or "none"

    @admin.display(description="stored in")
    def stored_in(self, day: Day) -> str:
        """Return the day's folder in the archive."""
        return day_prefix(day.source, day.date)

    @admin.display(description="asked for")
    def tasks(self, day: Day) -> str:
        """Return the latest tasks of the day, with how each went."""
        latest = ArchiveTask.objects.filter(date=day.date, source=day.source)[:_SHOWN_TASKS]
        told = ((task.get_work_display(), task.asked_by, task.get_state_display(), task.outcome) for task in latest)
        return format_html_join(SafeString("<br>"), "{}, by {}: {} {}", told) or "nothing"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Return a day's page with its chart and a page of its ranking, in the language of the address."""
        language = language_asked(request)
        ranking = _ranking(object_id, language, request.GET.get("p", "1"))
        top = DayCount.objects.filter(day_id=_number(object_id), language=language, rank__lte=DRAWN_PLACES)
        drawn = top.order_by("rank").values("rank", "key", "hashtag", "posts")
        context = {
            "language": language_in_words(language),
            "ranking": ranking,
            "pages": ranking.paginator.get_elided_page_range(ranking.number),
            "drawn": {"top": list(drawn)},
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)


def _total(day: Day) -> DayLanguage | None:
    return getattr(day, "total", None)


def _number(object_id: str) -> int:
    """Return the number of a day's row, 0 for what is none."""
    return int(object_id) if object_id.isascii() and object_id.isdigit() and len(object_id) < 19 else 0


def _ranking(object_id: str, language: str, number: str) -> Page[DayCount]:
    rows = DayCount.objects.filter(day_id=_number(object_id), language=language).order_by("rank")
    return Paginator(rows, RANKS_A_PAGE).get_page(number)
