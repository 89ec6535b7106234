"""Hides and unhides for somebody, and keeps on record who did it: in Django's own log, which the admin shows."""

from datetime import UTC, datetime

from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.models import User
from django.db import transaction

from trendsite.hidden.models import HiddenHashtag, in_force


@transaction.atomic
def hide(hidden: HiddenHashtag, user: User) -> None:
    """Save what somebody hides. What has passed by goes: the table is bounded."""
    hidden.hidden_by = user
    hidden.save()
    _record(hidden, user, ADDITION)
    forget_passed(datetime.now(UTC))


@transaction.atomic
def unhide(hidden: HiddenHashtag, user: User) -> None:
    """Show a hashtag again."""
    _record(hidden, user, DELETION)
    hidden.delete()


def forget_passed(now: datetime) -> None:
    """Remove what hides nothing any more."""
    HiddenHashtag.objects.exclude(in_force(now)).delete()


def _record(hidden: HiddenHashtag, user: User, action: int) -> None:
    message = f"{hidden.get_kind_display()}; {hidden.reason}"
    LogEntry.objects.log_actions(user.pk, [hidden], action, change_message=message, single_object=True)
