"""What admins do about people: roles, e-mail addresses, access and links for new passwords, each with a log entry.

Nobody changes their own access, and the last active admin stays one, whatever two admins do at the same moment.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.auth.tokens import default_token_generator
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.functional import Promise
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from trendsite.accounts.models import Invitation
from trendsite.accounts.roles import ADMIN, ROLE_TITLES, ROLES
from trendsite.public_url import site_origin

PERMISSION = "auth.change_user"
"""The permission to see and change people; the role ``admin`` has it."""

MAX_EVENTS = 20

_WORDS: dict[str, Promise] = {
    "role": gettext_lazy("changed the role"),
    "e-mail": gettext_lazy("changed the e-mail address"),
    "deactivated": gettext_lazy("deactivated"),
    "reactivated": gettext_lazy("reactivated"),
    "password link": gettext_lazy("made a link for a new password"),
    "invited": gettext_lazy("invited"),
    "withdrawn": gettext_lazy("withdrew the invitation"),
    "joined": gettext_lazy("joined by invitation"),
}
"""What a log entry of ours begins with, and what the page says for it. A role may follow."""


class PeopleError(ValueError):
    """A change that is refused; the message is for the admin."""


def role_of(user: User) -> str:
    """Return the highest role of a user, empty without one. A superuser is an admin."""
    if user.is_superuser:
        return ADMIN
    groups = {group.name for group in user.groups.all()}
    return next((role for role in reversed(ROLES) if role in groups), "")


def active_admins() -> QuerySet[User]:
    """Return the users who can do everything now."""
    return User.objects.filter(Q(is_superuser=True) | Q(groups__name=ADMIN), is_active=True).distinct()


@transaction.atomic
def change_person(user: User, role: str, email: str, by: User) -> bool:
    """Give a user a role (empty for none) and an e-mail address; return False if both are as before.

    Raises:
        PeopleError: it is the user's own role, or nobody would be an admin.
    """
    old_role, old_email = role_of(user), user.email
    if role != old_role:
        _refuse_own(user, by, _("You cannot change your own role. Another admin can."))
        _set_role(user, role)
        log(user, by, "role", role)
        _refuse_without_admin()
    if email != old_email:
        user.email = email
        user.save(update_fields=["email"])
        log(user, by, "e-mail")
    return (role, email) != (old_role, old_email)


@transaction.atomic
def set_active(user: User, is_active: bool, by: User) -> None:
    """Let a user in, or out: their sessions end at once, and their data stays.

    Raises:
        PeopleError: it is the user who asks, or nobody would be an admin.
    """
    _refuse_own(user, by, _("You cannot deactivate your own account. Another admin can."))
    _lock_admins()
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    log(user, by, "reactivated" if is_active else "deactivated")
    _refuse_without_admin()


def password_link(user: User, by: User) -> str:
    """Return a link to choose a new password. It works once, for an hour, as that of a forgotten password does."""
    log(user, by, "password link")
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return site_origin() + reverse("new-password", args=[uid, default_token_generator.make_token(user)])


def _set_role(user: User, role: str) -> None:
    """Replace the role. The admin of Django is for the role ``admin``; other groups of the user stay."""
    _lock_admins()
    user.groups.remove(*Group.objects.filter(name__in=ROLES))
    if role:
        user.groups.add(Group.objects.get(name=role))
    user.is_superuser = False
    user.is_staff = role == ADMIN
    user.save(update_fields=["is_superuser", "is_staff"])


def _lock_admins() -> None:
    """Let another transaction that takes an admin away wait for this one. SQLite has one writer at a time anyway."""
    list(
        User.objects.select_for_update()
        .filter(pk__in=list(active_admins().values_list("pk", flat=True)))
        .order_by("pk")
    )


def _refuse_own(user: User, by: User, words: str) -> None:
    if user.pk == by.pk:
        raise PeopleError(words)


def _refuse_without_admin() -> None:
    if not active_admins().exists():
        raise PeopleError(_("This is the last active admin. Make another person admin first."))


def log(row: Model, by: User, what: str, role: str = "") -> None:
    """Write to Django's log what ``by`` did; the page shows it."""
    message = f"{what}: {role}" if role else what
    LogEntry.objects.log_actions(by.pk, [row], CHANGE, change_message=message, single_object=True)


@dataclass(frozen=True)
class Event:
    """One line of the log: who did what to whom."""

    at: datetime
    who: str
    action: str
    whom: str


def latest_events() -> list[Event]:
    """Return the newest entries of the log about people, those of Django's admin included."""
    types = [kind.pk for kind in ContentType.objects.get_for_models(User, Invitation).values()]
    entries = LogEntry.objects.filter(content_type__in=types).select_related("user", "content_type")
    return [_event(entry) for entry in entries.order_by("-action_time", "-pk")[:MAX_EVENTS]]


def _event(entry: LogEntry) -> Event:
    what, _separator, role = entry.change_message.partition(": ")
    words = str(_WORDS[what]) if what in _WORDS else str(entry.get_change_message() or entry.get_action_flag_display())
    named = f"{words}: {ROLE_TITLES[role]}" if role in ROLE_TITLES and what in _WORDS else words
    return Event(entry.action_time, entry.user.get_username(), named, entry.object_repr)
