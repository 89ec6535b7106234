"""Past days in Django's admin: to look at, never to change. Who may look is decided by Django's own permissions."""

from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from contract.language import ALL_LANGUAGES
from contract.post import fold
from trendsite.history.hours_drawn import in_a_table, in_a_word
from trendsite.history.models import Day, DayCount, DayLanguage
from trendsite.history.stored import day_prefix
from trendsite.languages.names import english_name

SHOWN_RANKS = 100
"""Hashtags on a day's own page; the list of top hashtags has the rest."""

admin.site.site_header = "Trendsite"
admin.site.site_title = "Trendsite"
admin.site.index_title = "Trendsite"


class ReadOnly:
    """Takes away every permission but to view, even from superusers: an archived day is final."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return False."""
        return False


class DayLanguageInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # generic only in its stubs
    """A day's totals, a row a language."""

    model = DayLanguage
    verbose_name_plural = "languages"
    fields = ("language_name", "posts", "authors", "hashtags", "by_hour", "top_hashtags")
    readonly_fields = ("language_name", "by_hour", "top_hashtags")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DayLanguage]:
        """Return the rows with their day, which the links need."""
        return super().get_queryset(request).select_related("day")

    @admin.display(description="language")
    def language_name(self, row: DayLanguage) -> str:
        """Return the language's name."""
        return _language(row.language)

    @admin.display(description="by hour (UTC)")
    def by_hour(self, row: DayLanguage) -> str:
        """Return the hours as a word."""
        return in_a_word(row.hours)

    @admin.display(description="top hashtags")
    def top_hashtags(self, row: DayLanguage) -> str:
        """Return a link to the day's top hashtags in this language."""
        return format_html('<a href="{}">Show</a>', _top_hashtags_url(row.day, row.language))


class DayCountInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # generic only in its stubs
    """A day's first hashtags in all languages."""

    model = DayCount
    verbose_name_plural = f"first {SHOWN_RANKS} hashtags, all languages"
    fields = ("rank", "hashtag", "posts", "authors", "by_hour")
    readonly_fields = ("by_hour",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DayCount]:
        """Return the rows that are shown."""
        shown = super().get_queryset(request).filter(language=ALL_LANGUAGES, rank__lte=SHOWN_RANKS)
        return shown.order_by("rank")

    @admin.display(description="by hour (UTC)")
    def by_hour(self, row: DayCount) -> str:
        """Return the hours as a word."""
        return in_a_word(row.hours)


@admin.register(Day)
class DayAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in its stubs
    """The archived days."""

    list_display = ("date", "source", "posts", "authors", "hashtags", "winner", "archived_at")
    list_filter = ("source",)
    date_hierarchy = "date"
    fields = (
        *("date", "source", "posts", "authors", "hashtags", "by_hour"),
        *("archived_at", "stored_in", "parquet_bytes", "csv_bytes"),
    )
    readonly_fields = ("posts", "authors", "hashtags", "by_hour", "stored_in")
    inlines = (DayLanguageInline, DayCountInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Day]:
        """Return the days with their totals and winner in all languages, read in the same query."""
        everything = FilteredRelation("languages", condition=Q(languages__language=ALL_LANGUAGES))
        first = FilteredRelation("counts", condition=Q(counts__language=ALL_LANGUAGES, counts__rank=1))
        days: QuerySet[Day] = super().get_queryset(request).annotate(everything=everything, first=first)
        return days.defer("minutes").annotate(
            all_posts=F("everything__posts"),
            all_authors=F("everything__authors"),
            all_hours=F("everything__hours"),
            all_hashtags=F("everything__hashtags"),
            first_hashtag=F("first__hashtag"),
        )

    @admin.display(ordering="all_posts")
    def posts(self, day: Day) -> int | None:
        """Return all posts of the day."""
        return getattr(day, "all_posts", None)

    @admin.display(ordering="all_authors", description="authors, about")
    def authors(self, day: Day) -> int | None:
        """Return about how many authors the day had, where the posts told theirs."""
        return getattr(day, "all_authors", None)

    @admin.display(description="by hour (UTC)")
    def by_hour(self, day: Day) -> str:
        """Return all posts of the day by hour."""
        return in_a_table(getattr(day, "all_hours", None))

    @admin.display(ordering="all_hashtags", description="distinct hashtags")
    def hashtags(self, day: Day) -> int | None:
        """Return how many different hashtags the day had."""
        return getattr(day, "all_hashtags", None)

    @admin.display(ordering="first_hashtag")
    def winner(self, day: Day) -> str | None:
        """Return the day's most used hashtag."""
        return getattr(day, "first_hashtag", None)

    @admin.display(description="stored in")
    def stored_in(self, day: Day) -> str:
        """Return the day's folder in the archive."""
        return day_prefix(day.source, day.date)


class LanguageFilter(admin.SimpleListFilter):
    """Filter by language, offered by name; read from the totals, which are a thousandth of the counts."""

    title = "language"
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return every archived language, all languages first."""
        codes = DayLanguage.objects.order_by("language").values_list("language", flat=True).distinct()
        named = [(code, _language(code)) for code in codes]
        return sorted(named, key=lambda language: (language[0] != ALL_LANGUAGES, language[1]))

    def queryset(self, request: HttpRequest, queryset: QuerySet[DayCount]) -> QuerySet[DayCount]:  # noqa: ARG002
        """Return the counts of the chosen language."""
        return queryset.filter(language=self.value()) if self.value() else queryset


# What the filters of the list of counts put into the address, and DayLanguage knows too.
_SHARED_FILTERS = {
    *(f"day__date__{part}" for part in ("year", "month", "day")),
    "day__source",
    "day__source__exact",
    "language",
}


@admin.register(DayCount)
class DayCountAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in its stubs
    """The top hashtags of every archived day and language: in time millions of rows."""

    list_display = ("rank", "hashtag", "language_name", "posts", "authors", "day")
    list_display_links = ("hashtag",)
    list_filter = (LanguageFilter, "day__source")
    list_select_related = ("day",)
    date_hierarchy = "day__date"
    search_fields = ("key",)
    search_help_text = "The beginning of a hashtag. Capitals and # do not matter."
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = ("day", "language_name", "rank", "hashtag", "key", "posts", "authors", "by_hour")
    readonly_fields = ("language_name", "by_hour")

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list, its date hierarchy drawn from the totals: the same days, a thousand times sooner."""
        changes = super().get_changelist_instance(request)
        chosen = {name: value for name, value in changes.params.items() if name in _SHARED_FILTERS}
        # The rows of the page have been read: from here on only the date hierarchy looks at this.
        changes.queryset = DayLanguage.objects.filter(**chosen)
        return changes

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[DayCount],
        search_term: str,
    ) -> tuple[QuerySet[DayCount], bool]:
        """Return the hashtags that begin with the search term, folded as they were when they were counted."""
        key = fold(search_term.strip())
        return (queryset.filter(key__startswith=key) if key else queryset), False

    @admin.display(ordering="language", description="language")
    def language_name(self, count: DayCount) -> str:
        """Return the language's name."""
        return _language(count.language)

    @admin.display(description="by hour (UTC)")
    def by_hour(self, count: DayCount) -> str:
        """Return the hashtag's posts by hour."""
        return in_a_table(count.hours)


def _language(code: str) -> str:
    return f"{english_name(code)} ({code})"


def _top_hashtags_url(day: Day, language: str) -> str:
    """Return the address of the list of top hashtags, filtered as a reader could have done by hand."""
    filters = {
        "day__date__year": day.date.year,
        "day__date__month": day.date.month,
        "day__date__day": day.date.day,
        "day__source": day.source,
        "language": language,
    }
    return f"{reverse('admin:history_daycount_changelist')}?{urlencode(filters)}"
