"""Hiding and unhiding a hashtag, with a log entry for each, and the visibility of a hashtag for a user."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from contract.language import ALL_LANGUAGES
from trendsite.moderation.history import log_message
from trendsite.moderation.models import PERMISSION, AllowedHashtag, HiddenHashtag, in_force
from trendsite.queries.hiding import Hiding, hides_in


@dataclass(frozen=True)
class Visibility:
    """Whether a hashtag is hidden; for a user who ``may_change`` that, the ``rows`` that hide it."""

    is_hidden: bool
    may_change: bool
    rows: list[HiddenHashtag]


def visibility_of(key: str, user: User | AnonymousUser) -> Visibility:
    """Return the visibility of a hashtag for ``user``."""
    now = datetime.now(UTC)
    hides = hides_in([ALL_LANGUAGES], now)
    may_change = user.has_perm(PERMISSION)
    rows = _rows_that_hide(key, now) if may_change else []
    return Visibility(hides is not None and hides(key), may_change, rows)


def _rows_that_hide(key: str, now: datetime) -> list[HiddenHashtag]:
    rows = HiddenHashtag.objects.filter(in_force(now)).select_related("hidden_by")
    return [row for row in rows if Hiding([row.rule]).is_hidden(key, row.language, now)]


def is_visible(key: str, language: str) -> bool:
    """Return whether a hashtag is visible in the ranking of a language."""
    hides = hides_in([language], datetime.now(UTC))
    return hides is None or not hides(key)


@transaction.atomic
def hide(hidden: HiddenHashtag, user: User) -> None:
    """Save a rule of ``user``. Expired rules are removed, so the table stays small."""
    hidden.hidden_by = user
    hidden.save()
    log(hidden, user, ADDITION)
    if hidden.kind == HiddenHashtag.Kind.EXACT:
        AllowedHashtag.objects.filter(key=hidden.key).delete()
    remove_expired(datetime.now(UTC))


@transaction.atomic
def unhide(hidden: HiddenHashtag, user: User) -> None:
    """Remove a rule, so that its hashtag is visible again."""
    log(hidden, user, DELETION)
    hidden.delete()


def remove_expired(now: datetime) -> None:
    """Remove the rules that are no longer in force."""
    HiddenHashtag.objects.exclude(in_force(now)).delete()


def log(row: HiddenHashtag | AllowedHashtag, user: User, action: int) -> None:
    """Write to Django's log what ``user`` did; trendsite.moderation.history reads it."""
    LogEntry.objects.log_actions(user.pk, [row], action, change_message=log_message(row), single_object=True)
