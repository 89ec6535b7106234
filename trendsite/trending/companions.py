"""Joins rising hashtags that always occur together to one place. ``together.py`` judges, this reads their hours."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from redis.asyncio import Redis

from trendsite.trending.baseline import SourceLanguage, read_posts_by_hour
from trendsite.trending.merge import RisingHashtag, RisingHashtags
from trendsite.trending.together import groups, may_be_together

GROUPED_HASHTAGS = 100
"""How many hashtags that rise, and how many that fade, are looked at: twice the places that a page shows."""


async def join_companions(redis: Redis, found: RisingHashtags, starts: Sequence[datetime]) -> RisingHashtags:
    """Return what was found, with the hashtags that always occur together as one: the first of them.

    Hours are read only of hashtags with nearly equal peaks in the same hour and language.

    Raises:
        RedisError, OSError: Redis is away.
    """
    near = _with_near_peaks(found.hashtags)
    if not near:
        return found
    wanted: dict[SourceLanguage, list[str]] = {}
    for alike in near:
        wanted.setdefault(alike[0].scope, []).extend(hashtag.peak.key for hashtag in alike)
    hours = await read_posts_by_hour(redis, wanted, starts)
    companions: dict[str, tuple[str, ...]] = {}
    for alike in near:
        for first, *others in groups([hashtag.peak.key for hashtag in alike], hours[alike[0].scope]):
            companions[first] = tuple(others)
    joined = {key for others in companions.values() for key in others}
    hashtags = [
        hashtag._replace(together=companions.get(hashtag.peak.key, ()))
        for hashtag in found.hashtags
        if hashtag.peak.key not in joined
    ]
    return replace(found, hashtags=hashtags)


def _with_near_peaks(hashtags: Sequence[RisingHashtag]) -> list[list[RisingHashtag]]:
    """Return the hashtags of the same language, state and peak hour, where two of them have nearly equal peaks."""
    alike: dict[tuple[SourceLanguage, bool, datetime], list[RisingHashtag]] = {}
    for is_fading in (False, True):
        for hashtag in [one for one in hashtags if one.is_fading == is_fading][:GROUPED_HASHTAGS]:
            alike.setdefault((hashtag.scope, is_fading, hashtag.peak.at), []).append(hashtag)
    return [some for some in alike.values() if _has_near(sorted(one.peak.observed for one in some))]


def _has_near(counts: Sequence[float]) -> bool:
    return any(may_be_together(one, next_one) for one, next_one in pairwise(counts))
