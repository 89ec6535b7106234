"""The desk's list: what leads the boards and no editor has decided on, and the decisions that shorten it.

A decision can be undone: the session holds the latest MAX_UNDO of them.
"""

from collections.abc import Collection, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib.admin.models import ADDITION, DELETION
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contract.post import MAX_HASHTAG_CHARACTERS, fold
from trendsite.moderation.models import MAX_ALLOWED, MAX_SEEN, AllowedHashtag, HiddenHashtag, SeenHashtags
from trendsite.moderation.visibility import log, unhide
from trendsite.queries.leading import Leading, read_languages_of, read_leading
from trendsite.queries.pipeline_status import read_pipeline_status
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis

MAX_LISTED = 100
"""Hashtags on the page. Those beyond it follow once these are decided."""

MAX_UNDO = 20

_UNDO = "moderation.undo"


@dataclass(frozen=True)
class NewHashtags:
    """What is new for a user: ``listed``, and how many ``more`` there are. ``is_away`` means that Redis is."""

    listed: list[Leading]
    more: int = 0
    is_away: bool = False


def new_for(user: User, language: str) -> NewHashtags:
    """Return the leading hashtags of a language (``*`` for all) that ``user`` has not seen and nobody has allowed."""
    seen = SeenHashtags.objects.filter(user=user).values_list("keys", flat=True).first() or ()
    try:
        return async_to_sync(_read)(language, frozenset(map(str, seen)))
    except REDIS_IS_AWAY:
        return NewHashtags([], is_away=True)


async def _read(language: str, seen: Collection[str]) -> NewHashtags:
    async with open_redis(timeout=2.0) as redis:
        shown = (await read_pipeline_status(redis)).board
        if shown is None:
            return NewHashtags([])
        leading = await read_leading(redis, shown, language, datetime.now(UTC))
        allowed = {key async for key in _allowed_among([row.key for row in leading])}
        new = [row for row in leading if row.key not in allowed and row.key not in seen]
        languages = await read_languages_of(redis, shown, [row.key for row in new[:MAX_LISTED]])
    listed = [replace(row, languages=languages.get(row.key, ())) for row in new[:MAX_LISTED]]
    return NewHashtags(listed, len(new) - len(listed))


def _allowed_among(keys: Sequence[str]) -> Any:  # noqa: ANN401 - a query set of strings
    return AllowedHashtag.objects.filter(key__in=keys).values_list("key", flat=True)


def usable_keys(values: Iterable[str]) -> list[str]:
    """Return the keys of a form that hashtags can have, each once, at most MAX_LISTED."""
    keys = dict.fromkeys(fold(value.strip()) for value in values if len(value) <= 2 * MAX_HASHTAG_CHARACTERS)
    return [key for key in keys if 0 < len(key) <= MAX_HASHTAG_CHARACTERS and "\0" not in key][:MAX_LISTED]


@transaction.atomic
def allow(key: str, user: User) -> AllowedHashtag:
    """Remember that a hashtag is harmless. Allowing it twice changes nothing."""
    row, is_new = AllowedHashtag.objects.get_or_create(key=key, defaults={"allowed_by": user})
    if is_new:
        log(row, user, ADDITION)
        kept = AllowedHashtag.objects.values_list("pk", flat=True)[:MAX_ALLOWED]
        if AllowedHashtag.objects.count() > MAX_ALLOWED:
            AllowedHashtag.objects.exclude(pk__in=list(kept)).delete()
    return row


@transaction.atomic
def ask_again(row: AllowedHashtag, user: User) -> None:
    """Forget that a hashtag was allowed, so that the desk lists it when it leads."""
    log(row, user, DELETION)
    row.delete()


@transaction.atomic
def mark_seen(keys: Iterable[str], user: User, now: datetime) -> list[str]:
    """Mark hashtags as seen by ``user``; return those that were not."""
    row, _is_new = SeenHashtags.objects.select_for_update().get_or_create(user=user, defaults={"marked_at": now})
    new = [key for key in keys if key not in set(row.keys)]
    row.keys = [*row.keys, *new][-MAX_SEEN:]
    row.marked_at = now
    row.save()
    return new


@transaction.atomic
def unmark_seen(keys: Collection[str], user: User) -> None:
    """List hashtags again that ``user`` has marked as seen."""
    row = SeenHashtags.objects.select_for_update().filter(user=user).first()
    if row:
        row.keys = [key for key in row.keys if key not in set(keys)]
        row.save()


Session = MutableMapping[str, Any]


def remember_decision(session: Session, what: str, about: object) -> None:
    """Put a decision on the stack of those that can be undone: ``hide`` a row, ``allow`` a key, ``seen`` some keys."""
    session[_UNDO] = [*session.get(_UNDO, ()), [what, about]][-MAX_UNDO:]


def next_undo(session: Session) -> str:
    """Return what undoing would undo, in words; empty if there is nothing."""
    stack = session.get(_UNDO)
    if not stack:
        return ""
    what, about = stack[-1]
    if what == "seen":
        return ngettext("%(number)d marked as seen", "%(number)d marked as seen", len(about)) % {"number": len(about)}
    if what == "allow":
        return _("#%(hashtag)s allowed") % {"hashtag": about}
    return _("#%(hashtag)s hidden") % {"hashtag": about[1]}


def undo(session: Session, user: User) -> bool:
    """Undo the latest decision; return False if there is none, or another editor has changed it since."""
    stack = session.get(_UNDO)
    if not stack:
        return False
    what, about = stack[-1]
    session[_UNDO] = stack[:-1]
    if what == "seen":
        unmark_seen(about, user)
        return True
    if what == "allow":
        allowed = AllowedHashtag.objects.filter(key=about).first()
        if allowed:
            ask_again(allowed, user)
        return allowed is not None
    hidden = HiddenHashtag.objects.filter(pk=about[0]).first()
    if hidden:
        unhide(hidden, user)
    return hidden is not None
