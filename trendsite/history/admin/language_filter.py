"""The filter by language: lists of past days show one language at a time, all together unless another is chosen."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from contract.language import ALL_LANGUAGES
from trendsite.history.admin.read_only import language_in_words
from trendsite.history.models import DayLanguage

PARAMETER = "language"

_MAX_CODE_CHARACTERS = 8


def language_asked(request: HttpRequest) -> str:
    """Return the language of the address, ``*`` for one without."""
    code = request.GET.get(PARAMETER, "")
    return code if 0 < len(code) <= _MAX_CODE_CHARACTERS and "\0" not in code else ALL_LANGUAGES


class LanguageFilter(admin.SimpleListFilter):
    """Offers languages by name; read from the totals, which are a thousandth of the counts."""

    title = "language"
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return every archived language, all languages first."""
        codes = DayLanguage.objects.order_by("language").values_list("language", flat=True).distinct()
        named = [(code, language_in_words(code)) for code in codes]
        return sorted(named, key=lambda language: (language[0] != ALL_LANGUAGES, language[1]))

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Offer one language at a time: there is no choice of none."""
        for code, name in self.lookup_choices:
            chosen = {} if code == ALL_LANGUAGES else {PARAMETER: code}
            yield {
                "selected": (self.value() or ALL_LANGUAGES) == code,
                "query_string": changelist.get_query_string(chosen, [PARAMETER]),
                "display": name,
            }


class DaysLanguageFilter(LanguageFilter):
    """Leaves the days that have the language."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return those days; every day has the language that stands for all."""
        language = language_asked(request)
        return queryset if language == ALL_LANGUAGES else queryset.filter(languages__language=language)


class CountsLanguageFilter(LanguageFilter):
    """Leaves the counts of the language."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return those counts."""
        return queryset.filter(language=language_asked(request))
