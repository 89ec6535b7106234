"""Django's admin, with lists that accept only the query parameters they show.

Django lets a list's query string filter by any field with any lookup. A regular expression over a million rows would
stop the site, and many values end in an error. Here every list accepts its own filters, search, order and pages only.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib.admin import ListFilter, ModelAdmin
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ERROR_FLAG, ORDER_VAR, SEARCH_VAR
from django.core.checks import Tags, register
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import DataError, models
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse
from django.utils.text import capfirst

from trendsite.migrations_check import check_migrations

MAX_SEARCHED_CHARACTERS = 200

# Django computes the end of the requested year or month.
_PARTS_OF_A_DATE = {"year": (1, 9_998), "month": (1, 12), "day": (1, 31)}

_ORDER = re.compile(r"-?[0-9]{1,2}(\.-?[0-9]{1,2}){0,9}")
_ROW_NUMBER = re.compile(r"[0-9]{1,18}")


class RestrictedList:
    """Mixed into every admin of the site."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Return True for a lookup of one of the list's filters or of its date hierarchy.

        Raises:
            IncorrectLookupParameters: the list has no such lookup. Django redirects to the list without filters.
        """
        part = self._date_part(lookup)
        if part and _is_number_in(value, _PARTS_OF_A_DATE[part]):
            return True
        if part or lookup not in self._lookups_of_filters(request):
            raise IncorrectLookupParameters
        return True

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Return the list; redirect to the list without filters if the query has no answer."""
        if not self._is_sensible(request):
            return _without_filters(request)
        try:
            context = {"title": page_title(self), **(extra_context or {})}
            response: HttpResponse = super().changelist_view(request, context)  # type: ignore[misc]  # ModelAdmin's
            if isinstance(response, SimpleTemplateResponse):
                response.render()  # queries the database
        except (OverflowError, ValidationError, DataError):
            return _without_filters(request)
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Return a form; refuse row numbers that no row can have, which only a forged form sends.

        Raises:
            SuspiciousOperation: the database cannot look for such a row.
        """
        try:
            response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]  # ModelAdmin's
        except (OverflowError, DataError):
            raise SuspiciousOperation("A form of the admin chose a row that cannot be") from None
        return response

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> models.Model | None:
        """Return a row. An empty ``_to_field`` counts as none; Django would take it for a field."""
        found: models.Model | None = super().get_object(request, object_id, from_field or None)  # type: ignore[misc]  # ModelAdmin's
        return found

    def _is_sensible(self, request: HttpRequest) -> bool:
        """Return whether search, order and selected rows are valid for this list."""
        if len(request.GET.get(SEARCH_VAR, "")) > MAX_SEARCHED_CHARACTERS:
            return False
        order = request.GET.get(ORDER_VAR, "")
        if order and not self._is_order(order, request):
            return False
        return all(_ROW_NUMBER.fullmatch(row) for row in request.POST.getlist(ACTION_CHECKBOX_NAME))

    def _is_order(self, order: str, request: HttpRequest) -> bool:
        """Return whether an order names only sortable columns."""
        if not _ORDER.fullmatch(order):
            return False
        shown = self.get_list_display(request)  # type: ignore[attr-defined]  # ModelAdmin's
        sortable = self.get_sortable_by(request)  # type: ignore[attr-defined]  # ModelAdmin's
        numbers = [int(number.removeprefix("-")) for number in order.split(".")]
        # Django numbers from 0, but a box to choose rows by stands before the first column.
        columns = ["action_checkbox", *(column for column in shown if column != "action_checkbox")]
        has_box = bool(self.get_actions(request))  # type: ignore[attr-defined]  # ModelAdmin's
        names = columns if has_box else columns[1:]
        return all(number < len(names) and names[number] in sortable for number in numbers)

    def _date_part(self, lookup: str) -> str:
        """Return the part of the date hierarchy in a lookup; empty if there is none."""
        hierarchy: str | None = self.date_hierarchy  # type: ignore[attr-defined]  # ModelAdmin's
        field, _, part = lookup.rpartition(LOOKUP_SEP)
        return part if hierarchy and field == hierarchy and part in _PARTS_OF_A_DATE else ""

    def _lookups_of_filters(self, request: HttpRequest) -> set[str]:
        """Return every query parameter of the list's filters."""
        filters = self.get_list_filter(request)  # type: ignore[attr-defined]  # ModelAdmin's
        return {lookup for each in filters for lookup in self._lookups_of(each)}

    def _lookups_of(self, list_filter: object) -> Iterator[str]:
        if isinstance(list_filter, tuple | list):
            list_filter = list_filter[0]
        if isinstance(list_filter, type) and issubclass(list_filter, ListFilter):
            yield list_filter.parameter_name  # type: ignore[attr-defined]  # those of Django's SimpleListFilter
            return
        path = list_filter if isinstance(list_filter, str) else list_filter.name  # type: ignore[attr-defined]  # a field
        field = get_fields_from_path(self.model, path)[-1]  # type: ignore[attr-defined]  # ModelAdmin's
        yield from (path, f"{path}__exact", f"{path}__isnull")
        if isinstance(field, models.DateField):
            yield from (f"{path}__gte", f"{path}__lt")
        if isinstance(field, models.ForeignKey | models.ManyToManyField):
            yield f"{path}__{field.target_field.name}__exact"


def page_title(admin: object) -> str:
    """Return the name of a table for people: the admin's own ``page_title``, or the model's."""
    model: type[models.Model] = admin.model  # type: ignore[attr-defined]  # ModelAdmin's
    return str(getattr(admin, "page_title", "") or capfirst(model._meta.verbose_name_plural))


class TrendsiteAdmin(AdminSite):
    """The admin of Trendsite. Its tables are links in the header, so lists have the whole width."""

    enable_nav_sidebar = False

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the apps with the names of their tables for people."""
        found = super().get_app_list(request, app_label)
        for table in (table for app in found for table in app["models"]):
            table["name"] = page_title(self._registry[table["model"]])
        return found

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:  # noqa: ANN401 - Django's
        """Register an admin whose lists accept only their own query parameters."""
        base = admin_class or ModelAdmin
        super().register(model_or_iterable, type(base.__name__, (RestrictedList, base), {}), **options)


class SiteConfig(AdminConfig):
    """Django's admin app with this admin site, and the site's own check of the database."""

    default_site = "trendsite.admin_site.TrendsiteAdmin"

    def ready(self) -> None:
        """Let ``manage.py migrate`` refuse the database of a newer Trendsite."""
        super().ready()
        register(check_migrations, Tags.database)


def _is_number_in(text: str, bounds: tuple[int, int]) -> bool:
    low, high = bounds
    return bool(re.fullmatch(r"[0-9]{1,4}", text)) and low <= int(text) <= high


def _without_filters(request: HttpRequest) -> HttpResponse:
    """Redirect to the list without filters, as Django does; refuse a request that already was redirected."""
    if ERROR_FLAG in request.GET:
        raise SuspiciousOperation("A list of the admin got parameters that it does not support")
    return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
