"""What is done with archived days from their list: downloaded, and asked of the archive to be written or read again."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.contrib import admin, messages
from django.core.files.storage import storages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from trendsite.history import download
from trendsite.history.download import DayOfSource
from trendsite.history.models import ArchiveTask, Day
from trendsite.history.tasks import ask


class DayActions(admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in its stubs
    """The actions of a list of days, and the button above it."""

    actions = ("download_csv", "download_parquet", "archive_again", "restore")

    def has_archive_permission(self, request: HttpRequest) -> bool:
        """Return whether somebody may ask the archive to do something again."""
        return request.user.has_perm("history.add_archivetask")

    @admin.action(description="Download as CSV", permissions=["view"])
    def download_csv(self, request: HttpRequest, days: QuerySet[Day]) -> StreamingHttpResponse:  # noqa: ARG002
        """Return the whole counts of days for a spreadsheet."""
        chosen = _chosen(days)
        return _download(download.as_csv(storages["archive"], chosen), "text/csv; charset=utf-8", chosen, "csv")

    @admin.action(description="Download as Parquet", permissions=["view"])
    def download_parquet(self, request: HttpRequest, days: QuerySet[Day]) -> StreamingHttpResponse:  # noqa: ARG002
        """Return the whole counts of days for a program."""
        chosen = _chosen(days)
        pieces = download.as_parquet(storages["archive"], chosen)
        return _download(pieces, "application/vnd.apache.parquet", chosen, "parquet")

    @admin.action(description="Archive again: write storage and database anew", permissions=["archive"])
    def archive_again(self, request: HttpRequest, days: QuerySet[Day]) -> None:
        """Ask the archive for it."""
        self._ask(request, ArchiveTask.Work.ARCHIVE, _chosen(days))

    @admin.action(description="Restore from storage: write the database anew", permissions=["archive"])
    def restore(self, request: HttpRequest, days: QuerySet[Day]) -> None:
        """Ask the archive for it."""
        self._ask(request, ArchiveTask.Work.RESTORE, _chosen(days))

    def get_urls(self) -> list[URLPattern]:
        """Add the address that the button above the list sends to."""
        find = path("find/", self.admin_site.admin_view(require_POST(self.find)), name="history_day_find")
        return [find, *super().get_urls()]

    def find(self, request: HttpRequest) -> HttpResponse:
        """Ask the archive to restore every day that only storage has."""
        if not self.has_archive_permission(request):
            return HttpResponse("You may not ask the archive for anything.", status=403, content_type="text/plain")
        self._ask(request, ArchiveTask.Work.FIND, [("", None)])
        return HttpResponseRedirect(reverse("admin:history_day_changelist"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Return the list, with the button for those who may press it."""
        return super().changelist_view(
            request, {**(extra_context or {}), "may_ask": self.has_archive_permission(request)}
        )

    def _ask(self, request: HttpRequest, work: ArchiveTask.Work, days: Sequence[tuple[str, date | None]]) -> None:
        new = ask(work, days, request.user.get_username(), datetime.now(UTC))
        tasks = format_html('<a href="{}">archive tasks</a>', reverse("admin:history_archivetask_changelist"))
        self.message_user(
            request,
            format_html("Asked for: {}. New tasks: {}. See {}.", work.label, new, tasks),
            messages.SUCCESS,
        )


def _chosen(days: QuerySet[Day]) -> list[DayOfSource]:
    return list(days.order_by("date", "source").values_list("source", "date"))


def _download(pieces: Iterator[bytes], kind: str, days: list[DayOfSource], suffix: str) -> StreamingHttpResponse:
    first, last = days[0][1], days[-1][1]
    name = f"trendsite-{first}.{suffix}" if len(days) == 1 else f"trendsite-{first}-to-{last}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(download.sent(pieces), content_type=kind, headers=headers)
