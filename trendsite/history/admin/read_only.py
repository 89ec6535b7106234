"""What every page of past days in the admin shares: nobody changes anything, and the names of languages."""

from django.http import HttpRequest

from trendsite.languages.names import english_name


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
