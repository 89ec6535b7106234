"""The history of moderation, read from Django's log: who hid, unhid and allowed what, when and why."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from trendsite.moderation.models import AllowedHashtag, HiddenHashtag

_UNTIL = "%Y-%m-%d %H:%M"

_MESSAGE = re.compile(r"[^;\[{]*?(?:, until (?P<until>\d{4}-\d\d-\d\d \d\d:\d\d) UTC)?; ?(?P<reason>.*)", re.DOTALL)


@dataclass(frozen=True)
class Event:
    """One line of the history. ``until`` (UTC) is the end of a rule that ends by itself."""

    at: datetime
    who: str
    action: str
    what: str
    reason: str
    until: datetime | None

    @property
    def has_ended(self) -> bool:
        """Whether the rule has ended by itself, unless it was unhidden before."""
        return self.until is not None and self.until <= datetime.now(UTC)


def log_message(row: HiddenHashtag | AllowedHashtag) -> str:
    """Return what the log says about a rule beside its hashtag: its kind, its end and its reason, in this form."""
    if isinstance(row, AllowedHashtag):
        return ""
    until = f", until {row.until.astimezone(UTC):{_UNTIL}} UTC" if row.until else ""
    return f"{row.kind}{until}; {row.reason}"


def entries() -> QuerySet[LogEntry]:
    """Return the log entries about moderation, newest first."""
    types = ContentType.objects.get_for_models(HiddenHashtag, AllowedHashtag).values()
    found = LogEntry.objects.filter(content_type__in=[kind.pk for kind in types])
    return found.select_related("user", "content_type").order_by("-action_time", "-pk")


def events_of(entries: Iterable[LogEntry]) -> list[Event]:
    """Return log entries as lines of the history. Entries of the admin have its own words for a reason."""
    return [_event(entry) for entry in entries]


def _event(entry: LogEntry) -> Event:
    found = _MESSAGE.fullmatch(entry.change_message)
    until = found and found["until"]
    reason = found["reason"] if found else entry.get_change_message()
    # Only that it was added, which the action says.
    is_plain = found or entry.action_flag != ADDITION
    return Event(
        at=entry.action_time,
        who=entry.user.get_username(),
        action=_action(entry),
        what=entry.object_repr,
        reason=str(reason) if is_plain else "",
        until=datetime.strptime(until, _UNTIL).replace(tzinfo=UTC) if until else None,
    )


def _action(entry: LogEntry) -> str:
    is_allowance = entry.content_type is not None and entry.content_type.model == AllowedHashtag._meta.model_name
    if entry.action_flag == ADDITION:
        return _("allowed") if is_allowance else _("hid")
    if entry.action_flag == DELETION:
        return _("no longer allowed") if is_allowance else _("unhid")
    return _("changed")
