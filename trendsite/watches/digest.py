"""The daily mail: the watched hashtags and the leaders of yesterday, at an hour that the user chose."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from redis.asyncio import Redis

from contract.ranking import RankedHashtag, Ranking
from trendsite.public_url import site_origin
from trendsite.queries.choice import EVERYTHING
from trendsite.queries.day_rankings import read_day_ranking
from trendsite.queries.groups import Selection, selected_group
from trendsite.queries.redis_client import open_redis
from trendsite.watches.models import Delivery, Preferences, Receiver, Watch
from trendsite.watches.quiet import digest_day, zone_of
from trendsite.watches.texts import hashtag_name

LEADERS = 10
DEPTH = 1_000
"""How deep watched hashtags are looked for: what the database stores of a day."""

MOST_AT_ONCE = 50
"""Digests of one step. The next step does further ones."""


async def queue_due(now: datetime) -> None:
    """Queue the digests that are due. Each user gets one a day: the row that says so changes in the same transaction.

    Raises:
        RedisError, OSError: Redis is away.
        Error: the database is away.
    """
    due = await sync_to_async(_due)(now)
    if not due:
        return
    async with open_redis() as redis:
        ranking = await _yesterday(redis, now)
    for preferences in due:
        await sync_to_async(_queue)(preferences, ranking, now)


def _due(now: datetime) -> list[Preferences]:
    # Nowhere is the local date further from ours than a day.
    not_sent = Q(digest_sent_on=None) | Q(digest_sent_on__lte=now.date())
    wanted = Preferences.objects.filter(not_sent, user__is_active=True).exclude(digest_hour=None)
    return [row for row in wanted.select_related("user") if _day(row, now)][:MOST_AT_ONCE]


def _day(preferences: Preferences, now: datetime) -> object:
    zone = zone_of(preferences.time_zone)
    return digest_day(now, zone, preferences.digest_hour or 0, preferences.digest_sent_on)


async def _yesterday(redis: Redis, now: datetime) -> Ranking | None:
    day = now.astimezone(UTC).date() - timedelta(days=1)
    return await read_day_ranking(redis, await selected_group(redis, Selection(), day), EVERYTHING, DEPTH, now)


@transaction.atomic
def _queue(preferences: Preferences, ranking: Ranking | None, now: datetime) -> None:
    day = _day(preferences, now)
    mine = Preferences.objects.filter(pk=preferences.pk, digest_sent_on=preferences.digest_sent_on)
    if not mine.update(digest_sent_on=day):
        return
    receiver = Receiver.objects.filter(user=preferences.user, kind=Receiver.Kind.MAIL).first()
    if receiver is None:
        return  # the page says that the digest needs one
    watched = Watch.objects.filter(user=preferences.user, subject=Watch.Subject.HASHTAG, is_on=True)
    keys = list(dict.fromkeys(watched.values_list("key", flat=True)))
    with translation.override(preferences.locale):
        subject, text = digest_text(ranking, keys)
    Delivery.objects.create(
        receiver=receiver, kind=Delivery.Kind.DIGEST, subject=subject, text=text, made_at=now, due_at=now
    )


def digest_text(ranking: Ranking | None, keys: Sequence[str]) -> tuple[str, str]:
    """Return subject and text of a digest in the active language, from yesterday's ranking of all languages."""
    if ranking is None or not ranking.top:
        return _("Trendsite: yesterday"), _("Nothing was counted yesterday.")
    day = date_format(ranking.day, "DATE_FORMAT")
    lines = [_("Leaders of %(day)s (UTC), in all languages:") % {"day": day}]
    lines += [_place(place) for place in ranking.top[:LEADERS]]
    if keys:
        found = {place.key: place for place in ranking.top}
        lines += ["", _("Your hashtags:")]
        lines += [_place(found[key]) if key in found else _absent(key) for key in keys]
    address = f"{site_origin()}{reverse('day-page', args=[ranking.day])}"
    return _("Trendsite: %(day)s") % {"day": day}, "\n".join([*lines, "", address])


def _place(place: RankedHashtag) -> str:
    values = {
        "rank": number_format(place.rank, force_grouping=True),
        "hashtag": hashtag_name(place.hashtag),
        "posts": number_format(place.posts, force_grouping=True),
    }
    return _("%(rank)s. %(hashtag)s: %(posts)s posts") % values


def _absent(key: str) -> str:
    return _("%(hashtag)s is not among the first %(number)s.") % {
        "hashtag": hashtag_name(key),
        "number": number_format(DEPTH, force_grouping=True),
    }
