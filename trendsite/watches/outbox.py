"""The messages that wait for a receiver: in the database, so that no restart loses one, and bounded for each user.

A receiver that fails is tried again, later after each failure, and delays no other. What is not taken within a week is
dropped. The log shows each message and its attempts.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext_noop

from contract.backoff import Backoff
from trendsite.watches.channels import Outgoing, Target
from trendsite.watches.hidden import is_hidden
from trendsite.watches.models import MAX_WAITING, Alert, Delivery, Preferences, Receiver, Watch
from trendsite.watches.quiet import quiet_until, zone_of
from trendsite.watches.texts import summary_text, test_text

AN_HOUR = 30
"""Messages to one receiver within an hour. Further ones wait, and go together as one."""

HOUR = timedelta(hours=1)
BACKOFF = Backoff(first=5.0, longest=3_600.0)
GIVEN_UP_AFTER = timedelta(days=7)
SHOWN_ATTEMPTS = 10
MAX_SUMMARY = 100
"""Alerts in one summary. More of them make several."""

WAITING = Delivery.State.WAITING
SENT = gettext_noop("sent")


@dataclass(frozen=True, eq=False)
class Work:
    """One message for one receiver; ``pks`` are the deliveries that it does, several for a summary."""

    receiver: int
    user: int
    is_failing: bool
    pks: tuple[int, ...]
    target: Target
    message: Outgoing


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt; ``error`` is empty if the receiver took it, and has placeholders for ``values``."""

    error: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    retry_after: int = 0


def queue(alerts: Sequence[Alert], watch: Watch, now: datetime) -> None:
    """Queue alerts for each receiver of a watch, in the transaction that makes them. Quiet hours may drop them."""
    preferences = Preferences.objects.filter(user=watch.user_id).first() or Preferences()
    quiet = quiet_until(now, zone_of(preferences.time_zone), preferences.quiet_from, preferences.quiet_until)
    is_dropped = quiet is not None and preferences.quiet_mode == Preferences.QuietMode.DROP
    for receiver in watch.receivers.all():
        for alert in alerts:
            delivery = Delivery(
                receiver=receiver,
                alert=alert,
                subject=alert.text,
                text=f"{alert.text}\n{alert.facts['url']}",
                made_at=now,
                due_at=quiet or now,
                is_held=quiet is not None,
            )
            if is_dropped:
                _drop(delivery, gettext_noop("quiet hours"), now)
            elif quiet is None:
                _hold_beyond_limit(delivery, now)
            delivery.save()
    _bound(watch.user_id, now)


def queue_test(receiver: Receiver, locale: str, now: datetime) -> None:
    """Queue a test. It takes no notice of quiet hours and of earlier failures."""
    with translation.override(locale):
        subject, text = test_text()
    Delivery.objects.create(
        receiver=receiver, kind=Delivery.Kind.TEST, subject=subject, text=text, made_at=now, due_at=now
    )
    Receiver.objects.filter(pk=receiver.pk).update(retry_at=None)


def may_test(receiver: Receiver, now: datetime) -> bool:
    """Return whether a receiver may have another test: five an hour, so that no button floods a stranger."""
    return receiver.deliveries.filter(kind=Delivery.Kind.TEST, made_at__gt=now - HOUR).count() < 5


def _hold_beyond_limit(delivery: Delivery, now: datetime) -> None:
    latest = Delivery.objects.filter(receiver=delivery.receiver, made_at__gt=now - HOUR).exclude(state="dropped")
    if latest.filter(is_held=False).count() < AN_HOUR:
        return
    held = latest.filter(is_held=True, state=WAITING, due_at__gt=now).first()
    delivery.is_held, delivery.due_at = True, held.due_at if held else now + HOUR


def _bound(user: int, now: datetime) -> None:
    """Drop the oldest messages of a user beyond MAX_WAITING."""
    waiting = Delivery.objects.filter(receiver__user=user, state=WAITING).order_by("-pk")
    for delivery in waiting[MAX_WAITING:]:
        _drop(delivery, gettext_noop("too many were waiting"), now)
        delivery.save()


def _drop(delivery: Delivery, why: str, now: datetime) -> None:
    delivery.state, delivery.ended_at = Delivery.State.DROPPED, now
    _note(delivery, Outcome(why), now)


def _note(delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    attempt = [now.isoformat(timespec="seconds"), outcome.error or SENT, dict(outcome.values)]
    delivery.attempts = [*delivery.attempts, attempt][-SHOWN_ATTEMPTS:]


def has_waiting() -> bool:
    """Return whether any message waits, due or not.

    Raises:
        DatabaseError: the database is away.
    """
    return Delivery.objects.filter(state=WAITING).exists()


def due_receivers(now: datetime, busy: Collection[int]) -> QuerySet[Receiver]:
    """Return the receivers to which something is due, without those that are ``busy``. Those that work come first."""
    is_due = Q(deliveries__state=WAITING, deliveries__due_at__lte=now)
    may_try = Q(retry_at=None) | Q(retry_at__lte=now)
    found = Receiver.objects.filter(may_try, is_due, user__is_active=True).exclude(pk__in=busy)
    return found.select_related("user").distinct().order_by("failures", "retry_at", "pk")


def next_work(receiver: Receiver, now: datetime) -> Work | None:
    """Return the oldest message that is due, or a summary of those that were held until the same moment."""
    due = receiver.deliveries.filter(state=WAITING, due_at__lte=now).select_related("alert")
    _drop_hidden(due, now)
    first = due.first()
    if first is None:
        return None
    together = list(due.filter(is_held=True)[:MAX_SUMMARY]) if first.is_held else [first]
    address = receiver.user.email if receiver.kind == Receiver.Kind.MAIL else receiver.address
    return Work(
        receiver.pk,
        receiver.user_id,
        receiver.failures > 0,
        tuple(delivery.pk for delivery in together),
        Target(receiver.kind, address, receiver.secret),
        _outgoing(together),
    )


def _drop_hidden(due: QuerySet[Delivery], now: datetime) -> None:
    """Drop the alerts whose hashtag was hidden while they waited."""
    for delivery in due.exclude(alert=None):
        if delivery.alert and is_hidden(delivery.alert, now):
            _drop(delivery, gettext_noop("an editor has hidden the hashtag"), now)
            delivery.save()


def _outgoing(together: Sequence[Delivery]) -> Outgoing:
    first = together[0]
    if len(together) == 1:
        data: dict[str, object] = {"type": first.kind, "at": first.made_at.isoformat()}
        return Outgoing(first.uid, first.subject, first.text, data | _facts(first))
    watch = first.alert.watch if first.alert else None
    with translation.override(watch.locale if watch else "en"):
        subject, text = summary_text([delivery.text for delivery in together])
    alerts = [{"at": delivery.made_at.isoformat(), **_facts(delivery)} for delivery in together]
    return Outgoing(first.uid, subject, text, {"type": "summary", "alerts": alerts})


def _facts(delivery: Delivery) -> dict[str, object]:
    return {"key": delivery.alert.key, **delivery.alert.facts} if delivery.alert else {}


@transaction.atomic
def record(work: Work, outcome: Outcome, now: datetime, random: Callable[[], float]) -> None:
    """Record the outcome of an attempt. ``random`` returns a number in [0, 1).

    Raises:
        DatabaseError: the database is away. The message then goes once more.
    """
    error = outcome.error
    for delivery in Delivery.objects.filter(pk__in=work.pks, state=WAITING):
        delivery.tries += 1
        _note(delivery, outcome, now)
        if not error:
            delivery.state, delivery.ended_at = Delivery.State.SENT, now
        elif delivery.kind == Delivery.Kind.TEST or now - delivery.due_at > GIVEN_UP_AFTER:
            delivery.state, delivery.ended_at = Delivery.State.DROPPED, now
        delivery.save()
    receiver = Receiver.objects.filter(pk=work.receiver).first()
    if receiver and (error or receiver.failures):
        receiver.failures = receiver.failures + 1 if error else 0
        delay = max(BACKOFF.delay(max(1, receiver.failures), random()), outcome.retry_after)
        receiver.retry_at = now + timedelta(seconds=delay) if error else None
        receiver.save(update_fields=["failures", "retry_at"])


def remove_old(now: datetime) -> None:
    """Remove tests and digests that ended a month ago; those of alerts go with their alerts."""
    Delivery.objects.filter(alert=None, made_at__lt=now - timedelta(days=30)).exclude(state=WAITING).delete()


def others_of(user: User) -> QuerySet[Delivery]:
    """Return the newest tests and digests of a user."""
    own = Delivery.objects.filter(receiver__user=user, alert=None).select_related("receiver")
    return own.order_by("-pk")[:10]
