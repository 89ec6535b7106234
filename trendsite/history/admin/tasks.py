"""What the archive was asked for, in the admin: who asked, how far it is, and what came of it."""

from django.contrib import admin
from django.http import HttpRequest

from trendsite.history.admin.read_only import CheckedList, ReadOnly
from trendsite.history.models import ArchiveTask


@admin.register(ArchiveTask)
class ArchiveTaskAdmin(CheckedList, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in its stubs
    """The latest tasks, newest first. They are asked for in the list of days."""

    list_display = ("asked_at", "work", "about", "state", "outcome", "asked_by", "ended_at")
    list_filter = ("state", "work")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = ("work", "about", "state", "outcome", "asked_by", "asked_at", "ended_at")
    readonly_fields = ("about",)

    @admin.display(description="day", ordering="date")
    def about(self, task: ArchiveTask) -> str:
        """Return the day it is about."""
        return task.day or "every one that is missing"

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return whether somebody may look: also who may ask."""
        return request.user.has_perm("history.view_archivetask") or request.user.has_perm("history.add_archivetask")
