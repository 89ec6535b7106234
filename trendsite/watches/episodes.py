"""Writes what a look at the counts changed: episodes, and for those that begin an alert and its deliveries.

One transaction has all of a watch. So after a kill an episode has its alert and its deliveries, or there is none yet
and the next look finds it again. Two processes that look at the same time make one alert: the second finds the row.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import translation

from trendsite.public_url import site_origin
from trendsite.template_tags import hashtag_address
from trendsite.watches import outbox
from trendsite.watches.conditions import Changes, Hit
from trendsite.watches.models import EPISODE_ENDS_AFTER, MAX_ALERTS, Alert, Delivery, Episode, Watch
from trendsite.watches.texts import alert_text

_DELETED_AT_ONCE = 200


@transaction.atomic
def write(watch: Watch, found: Changes, hits: Mapping[str, Hit], languages: Sequence[str], now: datetime) -> int:
    """Write the changes of a watch; return how many alerts are new. The first look at a watch makes none.

    Raises:
        DatabaseError: the database is away.
    """
    if not Watch.objects.filter(pk=watch.pk, is_on=True).exists():
        return 0  # its user removed it a moment ago
    episodes = Episode.objects.filter(watch=watch)
    if found.lapsed:
        episodes.filter(key__in=found.lapsed, false_since=None).update(false_since=now)
    if found.resumed:
        episodes.filter(key__in=found.resumed).update(false_since=None)
    if found.ended:
        episodes.filter(key__in=found.ended, false_since__lte=now - EPISODE_ENDS_AFTER).delete()
    begun = [key for key in found.begun if _begins(watch, key, now)]
    if watch.started_at is None:
        Watch.objects.filter(pk=watch.pk).update(started_at=now)
        return 0
    alerts = [_alert(watch, hits[key], languages, now) for key in begun]
    if alerts:
        outbox.queue(alerts, watch, now)
        _remove_oldest(watch.user_id)
    return len(alerts)


def _begins(watch: Watch, key: str, now: datetime) -> bool:
    """Write the row of an episode; return whether it is a new one."""
    over = now - EPISODE_ENDS_AFTER
    if Episode.objects.filter(watch=watch, key=key, false_since__lte=over).update(since=now, false_since=None):
        return True
    return Episode.objects.get_or_create(watch=watch, key=key, defaults={"since": now})[1]


def _alert(watch: Watch, hit: Hit, languages: Sequence[str], now: datetime) -> Alert:
    with translation.override(watch.locale):
        text = alert_text(watch, hit, languages)
    facts = {
        "hashtag": hit.hashtag,
        "posts": hit.posts,
        "rank": hit.rank or None,
        "times": hit.times or None,
        "condition": watch.condition,
        "threshold": watch.threshold,
        "languages": list(languages),
        "url": f"{site_origin()}{hashtag_address(hit.key)}",
    }
    return Alert.objects.create(user_id=watch.user_id, watch=watch, at=now, key=hit.key, text=text[:500], facts=facts)


def _remove_oldest(user: int) -> None:
    """Remove the alerts beyond MAX_ALERTS. Those that wait for a receiver stay: the outbox bounds them."""
    newest = Alert.objects.filter(user=user).values_list("pk", flat=True)[MAX_ALERTS : MAX_ALERTS + _DELETED_AT_ONCE]
    oldest = Alert.objects.filter(pk__in=list(newest))
    oldest.exclude(deliveries__state=Delivery.State.WAITING).delete()
