"""The hashtags used together with one on a day. Open days come from Redis, archived ones from the database.

Pairs are counted in all languages together. Streaming counts them in bounded memory, so each number has bounds; those
of several networks add up.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from asgiref.sync import sync_to_async
from redis.asyncio import Redis

from contract import redis_names
from contract.language import ALL_LANGUAGES
from contract.pairs import LEADING_HASHTAGS, Partner, decode_partners, ranked
from trendsite.archive.models import DayPartners
from trendsite.queries.groups import DayGroup
from trendsite.queries.hashtag_day import HashtagDay
from trendsite.queries.hiding import hides_in
from trendsite.queries.pipeline_status import SourceDay
from trendsite.queries.rankings import read_spellings


class PartnerHashtag(msgspec.Struct):
    """A hashtag used together with another one: in at least ``posts`` posts and at most ``at_most``.

    ``share`` is how many of the posts of the other one these are, from 0 to 1.
    """

    key: str
    hashtag: str
    posts: int
    at_most: int
    share: float

    @property
    def is_exact(self) -> bool:
        """Whether nothing was left out of the count."""
        return self.posts == self.at_most


@dataclass
class SourcePartners:
    """The partners of a hashtag in one source, with the spellings to show by key.

    A hashtag that is not among them has at most ``beyond`` posts with it.
    """

    beyond: int
    partners: list[Partner] = field(default_factory=list)
    spellings: dict[str, str] = field(default_factory=dict)


class UsedTogether(msgspec.Struct):
    """The hashtags used together with one, most posts first; hidden ones are left out.

    A hashtag that is not listed, and not hidden, has at most ``others_at_most`` posts with it.
    """

    together: list[PartnerHashtag]
    others_at_most: int


@dataclass(frozen=True)
class Pair:
    """Two hashtags of a day, in at least ``least`` and at most ``most`` posts together."""

    key: str
    other_key: str
    least: int
    most: int


async def read_pairs(redis: Redis | None, group: DayGroup, posts: Mapping[str, int]) -> list[Pair]:
    """Return which of some hashtags, with their ``posts`` of a date by key, are used together; each pair once.

    Raises:
        RedisError, OSError: Redis is away.
    """
    found = await sync_to_async(_archived_partners_of)(group, posts)
    for name in group.open if redis and posts else ():
        found.append(await _open_partners_of(redis, group.of_source(name), posts))
    pairs: dict[frozenset[str], Pair] = {}
    for key, of_key in posts.items():
        of_each = [of_source.get(key, SourcePartners(of_key)) for of_source in found]
        by_key = [{partner.key: partner for partner in partners.partners} for partners in of_each]
        for other in {partner for of_source in by_key for partner in of_source if partner in posts}:
            together = _sum(other, of_each, by_key, of_key)
            pair = Pair(key, other, together.least, together.most)
            both = frozenset((key, other))
            pairs[both] = max(pair, pairs.get(both, pair), key=lambda pair: pair.least)
    return sorted(pairs.values(), key=lambda pair: (-pair.least, pair.key, pair.other_key))


def _archived_partners_of(group: DayGroup, keys: Collection[str]) -> list[dict[str, SourcePartners]]:
    """Return the partners of some hashtags by key, of each archived source."""
    rows = DayPartners.objects.filter(day__date=group.day, day__source__in=group.archived, key__in=keys)
    found: dict[str, dict[str, SourcePartners]] = {name: {} for name in group.archived}
    for source, key, (beyond, partners) in rows.values_list("day__source", "key", "partners"):
        found[source][key] = SourcePartners(beyond, [Partner(other, *bounds) for other, _, *bounds in partners])
    return list(found.values())


async def _open_partners_of(redis: Redis | None, of_day: SourceDay, keys: Collection[str]) -> dict[str, SourcePartners]:
    messages = await redis.hmget(redis_names.pairs(of_day.source, of_day.day), list(keys)) if redis else []
    known = ((key, decode_partners(message)) for key, message in zip(keys, messages, strict=False) if message)
    return {key: SourcePartners(partners.beyond, partners.partners) for key, partners in known}


async def read_used_together(
    redis: Redis | None, group: DayGroup, days: Sequence[HashtagDay], limit: int, now: datetime
) -> UsedTogether:
    """Return the hashtags used together with one whose ``days`` are those in each source of a group that has it.

    Raises:
        RedisError, OSError: Redis is away.
    """
    found = []
    for day in days:
        of_day = group.of_source(day.source)
        if day.source in group.archived:
            partners = await sync_to_async(_archived_partners)(of_day, day)
        else:
            partners = await _read_partners(redis, of_day, day) if redis else SourcePartners(day.posts)
        found.append(partners)
    return add_up(found, sum(day.posts for day in days), limit, now)


def add_up(found: Sequence[SourcePartners], posts: int, limit: int, now: datetime) -> UsedTogether:
    """Return the sum of several sources; ``posts`` are the hashtag's in all of them. Hidden hashtags are left out."""
    by_key = [{partner.key: partner for partner in partners.partners} for partners in found]
    spellings = _shown_spellings(found)
    hides = hides_in((ALL_LANGUAGES,), now)
    visible = [key for key in spellings if not (hides and hides(key))]
    partners = [_sum(key, found, by_key, posts) for key in visible]
    top = ranked(partners, min(posts, sum(partners.beyond for partners in found)), limit)
    listed = [
        PartnerHashtag(one.key, spellings[one.key], one.least, one.most, round(one.least / max(posts, 1), 4))
        for one in top.partners
    ]
    return UsedTogether(listed, top.beyond)


def _sum(key: str, found: Sequence[SourcePartners], by_key: Sequence[Mapping[str, Partner]], posts: int) -> Partner:
    least = sum(of_source[key].least for of_source in by_key if key in of_source)
    most = sum(
        of_source[key].most if key in of_source else partners.beyond
        for partners, of_source in zip(found, by_key, strict=True)
    )
    return Partner(key, least, max(least, min(most, posts)))


def _shown_spellings(found: Sequence[SourcePartners]) -> dict[str, str]:
    """Return the spelling of each partner, from the source in which it has the most posts."""
    partners = [(partner, of_source) for of_source in found for partner in of_source.partners]
    partners.sort(key=lambda one: one[0].least)
    return {partner.key: of_source.spellings.get(partner.key, partner.key) for partner, of_source in partners}


async def _read_partners(redis: Redis, of_day: SourceDay, day: HashtagDay) -> SourcePartners:
    name = redis_names.pairs(of_day.source, of_day.day)
    pipeline = redis.pipeline(transaction=False)
    pipeline.hget(name, day.key)
    pipeline.hlen(name)
    message, hashtags = await pipeline.execute()
    if not message:
        # Of a small day every hashtag with a partner is there.
        return SourcePartners(0 if 0 < hashtags < LEADING_HASHTAGS else day.posts)
    partners = decode_partners(message)
    keys = [partner.key for partner in partners.partners]
    spellings = await read_spellings(redis, of_day.source, [of_day.day], keys)
    return SourcePartners(partners.beyond, partners.partners, dict(zip(keys, spellings, strict=True)))


def _archived_partners(of_day: SourceDay, day: HashtagDay) -> SourcePartners:
    of_source = DayPartners.objects.filter(day__date=of_day.day, day__source=of_day.source)
    row = of_source.filter(key=day.key).first()
    if row is None:
        # Without any row, an older version counted the day.
        return SourcePartners(0 if of_source.exists() else day.posts)
    beyond, partners = row.partners
    return SourcePartners(
        beyond,
        [Partner(key, least, most) for key, _, least, most in partners],
        {key: hashtag for key, hashtag, *_ in partners},
    )
