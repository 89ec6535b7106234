"""Joins rising hashtags that are used together to one place. ``together.py`` judges, this reads their pairs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from redis.asyncio import Redis

from contract import redis_names
from contract.language import ALL_LANGUAGES
from contract.pairs import decode_partners
from trendsite.trending.merge import RisingHashtag, RisingHashtags
from trendsite.trending.together import groups

GROUPED_HASHTAGS = 100
"""How many hashtags that rise, and how many that fade, are looked at: twice the places that a page shows."""

_MOMENT = timedelta(microseconds=1)


class _Alike(NamedTuple):
    """The source and day of some peaks, and whether they fade."""

    source: str
    day: date
    is_fading: bool


async def join_companions(redis: Redis, found: RisingHashtags) -> RisingHashtags:
    """Return what was found, with the hashtags that are used together as one: the first of them.

    Raises:
        RedisError, OSError: Redis is away.
    """
    companions: dict[str, tuple[str, ...]] = {}
    for alike, keys in _alike(found.hashtags).items():
        if len(keys) > 1:
            for first, *others in await _groups(redis, alike, keys):
                companions[first] = tuple(others)
    joined = {key for others in companions.values() for key in others}
    hashtags = [
        hashtag._replace(together=companions.get(hashtag.peak.key, ()))
        for hashtag in found.hashtags
        if hashtag.peak.key not in joined
    ]
    return replace(found, hashtags=hashtags)


def _alike(hashtags: Sequence[RisingHashtag]) -> dict[_Alike, list[str]]:
    """Return the keys of the hashtags of the same source, state and day of their peak, highest score first."""
    alike: dict[_Alike, list[str]] = {}
    for is_fading in (False, True):
        for hashtag in [one for one in hashtags if one.is_fading == is_fading][:GROUPED_HASHTAGS]:
            # The last hour of a day ends at the next midnight.
            day = (hashtag.peak.at - _MOMENT).date()
            alike.setdefault(_Alike(hashtag.scope.source, day, is_fading), []).append(hashtag.peak.key)
    return alike


async def _groups(redis: Redis, alike: _Alike, keys: list[str]) -> list[list[str]]:
    pipeline = redis.pipeline(transaction=False)
    pipeline.hmget(redis_names.pairs(alike.source, alike.day), keys)
    pipeline.zmscore(redis_names.counts(alike.source, alike.day, ALL_LANGUAGES), keys)
    messages, scores = await pipeline.execute()
    posts = {key: int(score) for key, score in zip(keys, scores, strict=True) if score}
    partners = {key: decode_partners(message) for key, message in zip(keys, messages, strict=True) if message}
    return groups(keys, posts, partners)
