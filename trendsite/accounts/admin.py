"""Accounts in Django's admin: users with their roles, and the failed log-ins of django-axes.

Its other logs are switched off, so they have no page.
"""

from axes.admin import AccessAttemptAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from trendsite.accounts.people import role_of
from trendsite.accounts.roles import ROLE_TITLES
from trendsite.admin_columns import EMPTY, moment, number

admin.site.unregister((User, AccessAttempt, AccessFailureLog, AccessLog))


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]  # generic only in its stubs
    """Users as the page of people shows them; here are also their single permissions."""

    list_display = (
        "username",
        "email",
        "role",
        "is_active",
        "is_staff",
        moment("last_login", gettext_lazy("last log-in")),
    )
    list_filter = ("is_active", "is_staff", "groups")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return the users with their groups, which the roles are read from."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=gettext_lazy("role"))
    def role(self, user: User) -> str:
        """Return the highest role."""
        role = role_of(user)
        return str(ROLE_TITLES[role]) if role else EMPTY


@admin.register(AccessAttempt)
class FailedLoginAdmin(AccessAttemptAdmin):  # type: ignore[misc]  # django-axes has no types
    """Failed log-ins, with the columns that say something here."""

    page_title = gettext_lazy("Failed log-ins")
    list_display = (
        moment("attempt_time", gettext_lazy("latest attempt")),
        "ip_address",
        number("failures_since_start", gettext_lazy("failures")),
        "path_info",
    )
    list_filter = ("attempt_time",)
