"""Hidden hashtags in Django's admin, for those who are at home there."""

from django.contrib import admin
from django.forms import Form
from django.http import HttpRequest

from trendsite.hidden.forms import HideForm
from trendsite.hidden.models import HiddenHashtag


@admin.register(HiddenHashtag)
class HiddenHashtagAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in its stubs
    """The same rows as on /hidden/, with Django's own record of who changed what."""

    form = HideForm
    list_display = ("key", "kind", "language", "until", "reason", "hidden_by", "hidden_at")
    list_filter = ("kind", "language")
    list_select_related = ("hidden_by",)
    search_fields = ("key", "reason")
    fields = ("kind", "key", "language", "until", "reason", "hidden_by", "hidden_at")
    readonly_fields = ("hidden_by", "hidden_at")

    def save_model(self, request: HttpRequest, obj: HiddenHashtag, form: Form, change: bool) -> None:
        """Note who hid it."""
        if not change:
            obj.hidden_by = request.user  # type: ignore[assignment]  # somebody is logged in
        super().save_model(request, obj, form, change)
