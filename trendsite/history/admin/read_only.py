"""What every page of past days in the admin shares: nobody changes anything, and the names of languages."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from trendsite.languages.names import english_name


class CheckedList:
    """A list whose address PostgreSQL can be asked about: it refuses a NUL, with an error that is not caught."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Return the list, without filters where they hold a NUL."""
        if any("\0" in value for values in request.GET.lists() for value in values[1]):
            return HttpResponseRedirect(request.path)
        answer: HttpResponse = super().changelist_view(request, extra_context)  # type: ignore[misc]  # ModelAdmin's
        return answer


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


def language_in_words(code: str) -> str:
    """Return the name and the code of a language."""
    return f"{english_name(code)} ({code})"
