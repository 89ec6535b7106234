"""Hidden hashtags in Django's admin."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from contract.post import fold
from trendsite.admin_columns import moment
from trendsite.languages.names import language_name
from trendsite.moderation.forms import HideForm
from trendsite.moderation.models import HiddenHashtag


class LanguageFilter(admin.AllValuesFieldListFilter):
    """Offers the languages of the rules by name. The URL has their codes."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Offer all languages at once, then each."""
        for choice in super().choices(changelist):
            code = str(choice["display"])
            yield {**choice, "display": language_name(code) if code in self.lookup_choices else code}


@admin.register(HiddenHashtag)
class HiddenHashtagAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in its stubs
    """The same rows as on /moderation/, with Django's own record of who changed what."""

    form = HideForm
    list_display = (
        "key",
        "kind",
        "language_name",
        moment("until", gettext_lazy("until")),
        "reason",
        "hidden_by",
        moment("hidden_at", gettext_lazy("hidden at")),
    )
    list_filter = ("kind", ("language", LanguageFilter))
    list_select_related = ("hidden_by",)
    search_fields = ("key", "reason")
    fields = ("kind", "key", "language", "until", "reason", "hidden_by", "hidden_at")
    readonly_fields = ("hidden_by", "hidden_at")

    @admin.display(description=gettext_lazy("language"), ordering="language")
    def language_name(self, row: HiddenHashtag) -> str:
        """Return the name of the rule's language."""
        return language_name(row.language)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[HiddenHashtag], search_term: str
    ) -> tuple[QuerySet[HiddenHashtag], bool]:
        """Return the rules whose hashtag, in any spelling, or whose reason contains the search term."""
        key, reason = fold(search_term.strip()), search_term.strip()
        if not key or "\0" in search_term:
            return super().get_search_results(request, queryset, "")
        return queryset.filter(Q(key__contains=key) | Q(reason__icontains=reason)), False

    def save_model(self, request: HttpRequest, obj: HiddenHashtag, form: Form, change: bool) -> None:
        """Save the user as the one who hid it."""
        if not change:
            obj.hidden_by = request.user  # type: ignore[assignment]  # the user is logged in
        super().save_model(request, obj, form, change)
