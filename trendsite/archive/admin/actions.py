"""The actions on archived days, and the tasks that they create: download, archive again, restore."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.contrib import admin, messages
from django.core.files.storage import storages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from trendsite.admin_columns import moment
from trendsite.archive.admin.shared import ReadOnly
from trendsite.archive.models import ArchiveTask, Day
from trendsite.archive.pipeline.day_files import BYTE_ORDER_MARK
from trendsite.archive.tasks import download
from trendsite.archive.tasks.download import DayOfSource
from trendsite.archive.tasks.worker import request_tasks


class DayActions(admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in its stubs
    """The actions on selected days, and the button above the list."""

    actions = ("download_csv", "download_excel", "download_parquet", "archive_again", "restore")

    def has_archive_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may request tasks."""
        return request.user.has_perm("history.add_archivetask")

    @admin.action(description=gettext_lazy("Download as CSV"), permissions=["view"])
    def download_csv(self, request: HttpRequest, days: QuerySet[Day]) -> StreamingHttpResponse | None:
        """Return all counts of the selected days for a spreadsheet."""
        chosen = self._selected(request, days)
        chunks = download.csv_chunks(storages["archive"], chosen)
        return _download(chunks, "text/csv; charset=utf-8", chosen, "csv") if chosen else None

    @admin.action(description=gettext_lazy("Download as CSV for Excel"), permissions=["view"])
    def download_excel(self, request: HttpRequest, days: QuerySet[Day]) -> StreamingHttpResponse | None:
        """Return all counts of the selected days as CSV that Excel reads as UTF-8."""
        chosen = self._selected(request, days)
        chunks = itertools.chain([BYTE_ORDER_MARK], download.csv_chunks(storages["archive"], chosen))
        return _download(chunks, "text/csv; charset=utf-8", chosen, "excel.csv") if chosen else None

    @admin.action(description=gettext_lazy("Download as Parquet"), permissions=["view"])
    def download_parquet(self, request: HttpRequest, days: QuerySet[Day]) -> StreamingHttpResponse | None:
        """Return all counts of the selected days for a program."""
        chosen = self._selected(request, days)
        chunks = download.parquet_chunks(storages["archive"], chosen)
        return _download(chunks, "application/vnd.apache.parquet", chosen, "parquet") if chosen else None

    @admin.action(
        description=gettext_lazy("Archive again: replace stored files and database rows"), permissions=["archive"]
    )
    def archive_again(self, request: HttpRequest, days: QuerySet[Day]) -> None:
        """Request a task for each selected day."""
        self._request(request, ArchiveTask.Work.ARCHIVE, _in_order(days))

    @admin.action(description=gettext_lazy("Restore from storage: replace database rows"), permissions=["archive"])
    def restore(self, request: HttpRequest, days: QuerySet[Day]) -> None:
        """Request a task for each selected day."""
        self._request(request, ArchiveTask.Work.RESTORE, _in_order(days))

    def get_urls(self) -> list[URLPattern]:
        """Add the URL of the button above the list."""
        find = path("find/", self.admin_site.admin_view(require_POST(self.find)), name="history_day_find")
        return [find, *super().get_urls()]

    def find(self, request: HttpRequest) -> HttpResponse:
        """Request that every day that only storage has is restored."""
        if not self.has_archive_permission(request):
            return HttpResponse(gettext("You may not request archive tasks."), status=403, content_type="text/plain")
        self._request(request, ArchiveTask.Work.FIND, [("", None)])
        return HttpResponseRedirect(reverse("admin:history_day_changelist"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Return the list, with the button for users who may press it."""
        return super().changelist_view(
            request, {**(extra_context or {}), "may_request": self.has_archive_permission(request)}
        )

    def _selected(self, request: HttpRequest, days: QuerySet[Day]) -> list[DayOfSource]:
        """Return the selected days; without any, add a message."""
        chosen = _in_order(days)
        if not chosen:
            self.message_user(request, gettext("None of these days is in the database anymore."), messages.WARNING)
        return chosen

    def _request(self, request: HttpRequest, work: ArchiveTask.Work, days: Sequence[tuple[str, date | None]]) -> None:
        new = request_tasks(work, days, request.user.get_username(), datetime.now(UTC))
        tasks = format_html(
            '<a href="{}">{}</a>', reverse("admin:history_archivetask_changelist"), gettext("Archive tasks")
        )
        text = gettext("Requested: %(work)s. New tasks: %(number)s.") % {"work": work.label, "number": new}
        self.message_user(request, format_html("{} {}", text, tasks), messages.SUCCESS)


def _in_order(days: QuerySet[Day]) -> list[DayOfSource]:
    return list(days.order_by("date", "source").values_list("source", "date"))


def _download(chunks: Iterator[bytes], kind: str, days: list[DayOfSource], suffix: str) -> StreamingHttpResponse:
    first, last = days[0][1], days[-1][1]
    sources = {source for source, _ in days}
    prefix = f"{sources.pop()}-" if len(sources) == 1 else ""
    name = f"trendsite-{prefix}{first}.{suffix}" if len(days) == 1 else f"trendsite-{prefix}{first}-to-{last}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(download.iterate_in_thread(chunks), content_type=kind, headers=headers)


@admin.register(ArchiveTask)
class ArchiveTaskAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in its stubs
    """The latest tasks, newest first. The list of days creates them."""

    list_display = (
        moment("asked_at", gettext_lazy("requested at")),
        "work",
        "about",
        "state",
        "outcome",
        "asked_by",
        moment("ended_at", gettext_lazy("ended at")),
    )
    list_filter = ("state", "work")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = ("work", "about", "state", "outcome", "asked_by", "asked_at", "ended_at")
    readonly_fields = ("about",)

    @admin.display(description=gettext_lazy("day"), ordering="date")
    def about(self, task: ArchiveTask) -> str:
        """Return the day of the task."""
        return task.day or gettext("all missing days")

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return whether the user may see tasks; users who may request them may."""
        return request.user.has_perm("history.view_archivetask") or request.user.has_perm("history.add_archivetask")
