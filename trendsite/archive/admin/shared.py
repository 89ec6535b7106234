"""What the admin's pages of past days share: they are read-only, and they filter by language and source."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from contract.language import ALL_LANGUAGES
from trendsite.archive.models import DayLanguage
from trendsite.languages.names import language_name
from trendsite.sources import source_named

PARAMETER = "language"

_MAX_CODE_CHARACTERS = 8


class ReadOnly:
    """Removes every permission but to view, even from superusers: an archived day is final."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return False."""
        return False


def language_label(code: str) -> str:
    """Return the name and the code of a language."""
    return f"{language_name(code)} ({code})"


def chosen_language(request: HttpRequest) -> str:
    """Return the language in the URL, ``*`` without one."""
    code = request.GET.get(PARAMETER, "")
    return code if 0 < len(code) <= _MAX_CODE_CHARACTERS else ALL_LANGUAGES


class LanguageFilter(admin.SimpleListFilter):
    """Offers languages by name. It reads the totals, a thousandth of the counts."""

    title = gettext_lazy("language")
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return every archived language, all languages first."""
        codes = DayLanguage.objects.order_by("language").values_list("language", flat=True).distinct()
        named = [(code, language_label(code)) for code in codes]
        return sorted(named, key=lambda language: (language[0] != ALL_LANGUAGES, language[1]))

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Offer one language at a time; one is always selected."""
        for code, name in self.lookup_choices:
            chosen = {} if code == ALL_LANGUAGES else {PARAMETER: code}
            yield {
                "selected": (self.value() or ALL_LANGUAGES) == code,
                "query_string": changelist.get_query_string(chosen, [PARAMETER]),
                "display": name,
            }


class DaysLanguageFilter(LanguageFilter):
    """Selects the days that have the language."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return these days; every day has the total of all languages."""
        language = chosen_language(request)
        return queryset if language == ALL_LANGUAGES else queryset.filter(languages__language=language)


class CountsLanguageFilter(LanguageFilter):
    """Selects the counts in the language."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return these counts."""
        return queryset.filter(language=chosen_language(request))


class SourceFilter(admin.AllValuesFieldListFilter):
    """Offers sources by title. The URL has their names."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Offer all sources at once, then each."""
        for choice in super().choices(changelist):
            name = str(choice["display"])
            is_source = name in self.lookup_choices
            yield {**choice, "display": source_named(name).exact_title if is_source else name}
