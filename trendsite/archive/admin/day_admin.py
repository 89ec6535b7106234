"""The admin's list of archived days, and the page of a day with its chart, its languages and its ranking."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from contract.language import ALL_LANGUAGES
from trendsite.admin_columns import date_text, moment_text, number, number_text
from trendsite.archive.admin.actions import DayActions
from trendsite.archive.admin.charts import hours_as_table, hours_as_text
from trendsite.archive.admin.shared import (
    PARAMETER,
    DaysLanguageFilter,
    ReadOnly,
    SourceFilter,
    chosen_language,
    language_label,
)
from trendsite.archive.models import ArchiveTask, Day, DayCount, DayLanguage
from trendsite.archive.pipeline.layout import day_prefix
from trendsite.archive.tasks.worker import OPEN_STATES
from trendsite.queries.dropped_reasons import dropped_in_words
from trendsite.queries.gap_reasons import reason_in_words
from trendsite.queries.minutes import clock_time, first_post, gaps, known_hours
from trendsite.sources import NETWORKS, is_network, source_named

RANKS_PER_PAGE = 100
CHART_PLACES = 10

_MAX_TASKS = 5

_SIZES = (
    number("parquet_bytes", gettext_lazy("Parquet bytes")),
    number("csv_bytes", gettext_lazy("CSV bytes")),
    number("race_bytes", gettext_lazy("race bytes")),
)


_NUMBERS = (
    number("posts", gettext_lazy("posts")),
    number("authors", gettext_lazy("authors (about)")),
    number("hashtags", gettext_lazy("hashtags")),
)


class DayLanguageInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # generic only in its stubs
    """A day's totals, one row for each language of contract.language."""

    model = DayLanguage
    verbose_name_plural = gettext_lazy("languages")
    fields = ("language_name", *_NUMBERS, "by_hour", "ranking")
    readonly_fields = ("language_name", *_NUMBERS, "by_hour", "ranking")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DayLanguage]:
        """Return the rows with their day, for links, and with the hours of all languages."""
        of_all = DayLanguage.objects.filter(day=OuterRef("day"), language=ALL_LANGUAGES)
        rows: QuerySet[DayLanguage] = super().get_queryset(request).select_related("day")
        return rows.annotate(of_all=Subquery(of_all.values("hours")[:1]))

    @admin.display(description=gettext_lazy("language"))
    def language_name(self, row: DayLanguage) -> str:
        """Return the language's name."""
        return language_label(row.language)

    @admin.display(description=gettext_lazy("by hour (UTC; ░ unknown)"))
    def by_hour(self, row: DayLanguage) -> str:
        """Return the hours as block characters."""
        return hours_as_text(row.hours and known_hours(row.hours, vars(row)["of_all"]))

    @admin.display(description=gettext_lazy("chart and ranking"))
    def ranking(self, row: DayLanguage) -> str:
        """Return a link to the page of the day in this language."""
        return format_html(
            '<a href="?{}">{}<span class="visually-hidden"> {}</span></a>',
            urlencode({PARAMETER: row.language}),
            gettext("Show"),
            language_label(row.language),
        )


@admin.register(Day)
class DayAdmin(ReadOnly, DayActions):
    """Archived days with their totals and winners in the language of the filter."""

    page_title = gettext_lazy("Past days")
    list_display = ("iso_date", "source_title", "posts", "authors", "hashtags", "winner", "same_date", "archive_state")
    list_filter = (DaysLanguageFilter, ("source", SourceFilter))
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    date_hierarchy = "date"
    fieldsets = (
        (None, {"fields": ("iso_date", "source_title", "posts", "authors", "hashtags", "same_date")}),
        (gettext_lazy("Input"), {"fields": ("gaps", "known_gaps_text", "dropped_posts")}),
        (gettext_lazy("By hour"), {"fields": ("by_hour",), "classes": ("collapse",)}),
        (gettext_lazy("Archive"), {"fields": ("archived", "stored_in", *_SIZES, "tasks")}),
    )
    readonly_fields = (
        "iso_date",
        "archived",
        *_SIZES,
        "source_title",
        "posts",
        "authors",
        "hashtags",
        "by_hour",
        "same_date",
        "gaps",
        "known_gaps_text",
        "dropped_posts",
        "stored_in",
        "tasks",
    )
    inlines = (DayLanguageInline,)

    # Totals are read per page (_with_totals): a join would read those of every day.
    def get_queryset(self, request: HttpRequest) -> QuerySet[Day]:
        """Return the days without the columns that only the page of a day shows."""
        return super().get_queryset(request).defer("minutes", "dropped", "known_gaps")

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list, with totals and winners in the language of the filter."""
        changes = super().get_changelist_instance(request)
        changes.result_list = _with_totals(changes.result_list, chosen_language(request))
        return changes

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Day | None:
        """Return a day with its totals."""
        day = super().get_object(request, object_id, from_field)
        return _with_totals([day], ALL_LANGUAGES)[0] if day else None

    @admin.display(ordering="date", description=gettext_lazy("day"))
    def iso_date(self, day: Day) -> str:
        """Return the date."""
        return date_text(day.date)

    @admin.display(description=gettext_lazy("archived at"))
    def archived(self, day: Day) -> str:
        """Return when the day was first archived."""
        return moment_text(day.archived_at)

    @admin.display(ordering="source", description=gettext_lazy("source"))
    def source_title(self, day: Day) -> str:
        """Return the title of the source, with whether it is live, simulated or recorded."""
        return source_named(day.source).exact_title

    @admin.display(description=gettext_lazy("posts"))
    def posts(self, day: Day) -> str:
        """Return all posts of the day."""
        total = _total(day)
        return number_text(total.posts if total else None)

    @admin.display(description=gettext_lazy("authors (about)"))
    def authors(self, day: Day) -> str:
        """Return the day's distinct authors (estimated), where posts name them."""
        total = _total(day)
        return number_text(total.authors if total else None)

    @admin.display(description=gettext_lazy("by hour (UTC)"))
    def by_hour(self, day: Day) -> str:
        """Return all posts of the day by hour."""
        total = _total(day)
        return hours_as_table(known_hours(total.hours, total.hours) if total and total.hours else None)

    @admin.display(description=gettext_lazy("hashtags"))
    def hashtags(self, day: Day) -> str:
        """Return how many distinct hashtags the day had."""
        total = _total(day)
        return number_text(total.hashtags if total else None)

    @admin.display(description=gettext_lazy("winner"))
    def winner(self, day: Day) -> str | None:
        """Return the day's most used hashtag."""
        return getattr(day, "winner", None)

    @admin.display(ordering="archived_at", description=gettext_lazy("archive"))
    def archive_state(self, day: Day) -> str:
        """Return whether the day has an open task."""
        return gettext("task open") if getattr(day, "has_open_task", False) else gettext("archived")

    @admin.display(description=gettext_lazy("gaps (UTC)"))
    def gaps(self, day: Day) -> str:
        """Return the periods without posts (trendsite.queries.minutes)."""
        if day.minutes is None:
            return gettext("not on record: posts were not counted by minute")
        begin = first_post(day.minutes)
        before = [gettext("nothing before %(time)s") % {"time": clock_time(begin)}] if begin else []
        found = [_between(clock_time(start), clock_time(end)) for start, end in gaps(day.minutes)]
        return ", ".join([*before, *found]) or gettext("none")

    @admin.display(description=gettext_lazy("gaps that the source knows (UTC)"))
    def known_gaps_text(self, day: Day) -> str:
        """Return the times of which the source knew that posts are missing, with the reason."""
        known = (
            (_between(f"{gap.start:%H:%M:%S}", f"{gap.end:%H:%M:%S}"), reason_in_words(gap.reason))
            for gap in day.gaps_known()
        )
        return format_html_join(SafeString("<br>"), "{}: {}", known) or gettext("none")

    @admin.display(description=gettext_lazy("other networks, same day"))
    def same_date(self, day: Day) -> str:
        """Return the posts of the other networks on the date, each a link to its day."""
        others = getattr(day, "same_date", [])
        link = '<a href="{}">{}</a> {}'
        rows = (
            (reverse("admin:history_day_change", args=[row]), source_named(source).title, number_text(posts))
            for row, source, posts in others
        )
        return format_html_join(SafeString("<br>"), link, rows) or self.get_empty_value_display()

    @admin.display(description=gettext_lazy("dropped posts"))
    def dropped_posts(self, day: Day) -> str:
        """Return the dropped posts by reason, most first."""
        if day.dropped is None:
            return gettext("not on record")
        return dropped_in_words(day.dropped) or gettext("none")

    @admin.display(description=gettext_lazy("stored in"))
    def stored_in(self, day: Day) -> str:
        """Return the day's folder in the archive."""
        return day_prefix(day.source, day.date)

    @admin.display(description=gettext_lazy("tasks"))
    def tasks(self, day: Day) -> str:
        """Return the latest tasks of the day with their state and outcome."""
        latest = ArchiveTask.objects.filter(date=day.date, source=day.source)[:_MAX_TASKS]
        rows = ((task.get_work_display(), task.asked_by, task.get_state_display(), task.outcome) for task in latest)
        return format_html_join(SafeString("<br>"), "{} · {} · {} {}", rows) or gettext("no tasks")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Return the page of a day with its chart and a page of its ranking, in the language of the URL."""
        language = chosen_language(request)
        ranking = _ranking(object_id, language, request.GET.get("p", "1"))
        top = DayCount.objects.filter(day_id=_row_number(object_id), language=language, rank__lte=CHART_PLACES)
        chart = top.order_by("rank").values("rank", "key", "hashtag", "posts")
        context = {
            "language": language_label(language),
            "ranking": ranking,
            "pages": ranking.paginator.get_elided_page_range(ranking.number),
            "chart": {"top": list(chart)},
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    def render_change_form(  # noqa: PLR0913, PLR0917 - Django's signature
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Day | None = None,
    ) -> HttpResponse:
        """Return the page of a day, marked with its source."""
        if obj:
            context["source"] = source_named(obj.source)
        return super().render_change_form(request, context, add, change, form_url, obj)


def _between(start: str, end: str) -> str:
    return gettext("%(start)s to %(end)s") % {"start": start, "end": end}


def _total(day: Day) -> DayLanguage | None:
    return getattr(day, "total", None)


def _row_number(object_id: str) -> int:
    """Return the row number in a URL, 0 where it is none."""
    return int(object_id) if object_id.isascii() and object_id.isdigit() and len(object_id) < 19 else 0


def _ranking(object_id: str, language: str, number: str) -> Page[DayCount]:
    rows = DayCount.objects.filter(day_id=_row_number(object_id), language=language).order_by("rank")
    return Paginator(rows, RANKS_PER_PAGE).get_page(number)


def _with_totals(days: Iterable[Day], language: str) -> list[Day]:
    """Return days with the attributes ``total`` (a DayLanguage), ``winner`` (a hashtag) and ``has_open_task``.

    A page of days takes four queries. ``total`` and ``winner`` are None in a day without the language. ``same_date`` of
    the day of a network has (row, source, posts) of the other networks on its date.
    """
    listed = list(days)
    totals = {row.day_id: row for row in DayLanguage.objects.filter(day__in=listed, language=language)}
    first = DayCount.objects.filter(day__in=listed, language=language, rank=1)
    winners = dict(first.values_list("day_id", "hashtag"))
    tasks = ArchiveTask.objects.filter(date__in={day.date for day in listed}, state__in=OPEN_STATES)
    open_tasks = set(tasks.values_list("source", "date"))
    networks = _networks_by_date([day.date for day in listed if is_network(day.source)], language)
    for day in listed:
        attributes = {
            "same_date": [other for other in networks.get(day.date, ()) if other[0] != day.pk]
            if is_network(day.source)
            else [],
            "total": totals.get(day.pk),
            "winner": winners.get(day.pk),
            "has_open_task": (day.source, day.date) in open_tasks,
        }
        vars(day).update(attributes)
    return listed


def _networks_by_date(dates: Sequence[date], language: str) -> dict[date, list[tuple[int, str, int]]]:
    """Return (row, source, posts) of each network that has archived one of some dates, by date."""
    rows = DayLanguage.objects.filter(day__source__in=NETWORKS, day__date__in=dates, language=language)
    by_date: dict[date, list[tuple[int, str, int]]] = {}
    for day, row, source, posts in rows.order_by("day__source").values_list("day__date", "day", "day__source", "posts"):
        by_date.setdefault(day, []).append((row, source, posts))
    return by_date
