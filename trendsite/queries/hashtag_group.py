"""One hashtag's day in several networks, added up; each network's comes from the database or from Redis."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from asgiref.sync import sync_to_async
from msgspec.structs import asdict
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from trendsite.archive.models import STORED_RANKS
from trendsite.queries.archived_rankings import add_up_authors
from trendsite.queries.choice import EVERYTHING
from trendsite.queries.day_rankings import read_day_ranking
from trendsite.queries.groups import DayGroup
from trendsite.queries.hashtag_day import (
    HashtagDay,
    HashtagDetails,
    archived_hashtag_day,
    archived_hashtag_details,
    may_be_left_out_of_archive,
    may_be_left_out_of_redis,
    read_hashtag_day,
    read_hashtag_details,
)
from trendsite.queries.hashtag_rank import archived_rank, read_rank
from trendsite.queries.minutes import add_up_hours


async def read_hashtag_day_of(
    redis: Redis | None, group: DayGroup, key: str, languages: tuple[str, ...]
) -> HashtagDay | None:
    """Return a hashtag's day in some languages, None if no source of the group has it.

    Raises:
        RedisError, OSError: Redis is away.
    """
    found = await read_days_of(redis, group, key, languages)
    if not found:
        return None
    at_least = False
    for name in set(group.names) - {day.source for day in found}:
        of_day = group.of_source(name)
        if name in group.archived:
            at_least |= await sync_to_async(may_be_left_out_of_archive)(of_day, languages)
        elif redis:
            at_least |= await may_be_left_out_of_redis(redis, of_day, languages)
    return add_up_hashtag_days(found, group, at_least=at_least)


async def read_days_of(
    redis: Redis | None, group: DayGroup, key: str, languages: tuple[str, ...]
) -> Sequence[HashtagDay]:
    """Return a hashtag's day in each source of a group that has it in one of these languages.

    Raises:
        RedisError, OSError: Redis is away.
    """
    found = []
    for name in group.names:
        of_day = group.of_source(name)
        if name in group.archived:
            day = await sync_to_async(archived_hashtag_day)(of_day, key, languages)
        else:
            day = await read_hashtag_day(redis, of_day, key, languages) if redis else None
        if day:
            found.append(day)
    return found


def add_up_hashtag_days(days: Sequence[HashtagDay], group: DayGroup, *, at_least: bool) -> HashtagDay:
    """Return the sum of a hashtag's days in those networks of a group that have it, or the day of the only source.

    ``at_least`` means that it can have posts in the others.
    """
    if not group.is_several:
        return days[0]
    first = max(days, key=lambda day: day.posts)
    return HashtagDay(
        day=first.day,
        key=first.key,
        hashtag=first.hashtag,
        languages=first.languages,
        posts=sum(day.posts for day in days),
        authors=add_up_authors([day.authors for day in days]),
        hours=add_up_hours([day.hours for day in days]),
        source=group.source,
        at_least=at_least or any(day.at_least for day in days),
        networks={day.source: day.posts for day in sorted(days, key=lambda day: day.source)},
    )


async def read_details_of(redis: Redis | None, group: DayGroup, key: str) -> tuple[HashtagDetails, ...]:
    """Return the details of a hashtag in each source of a group that has it.

    Raises:
        RedisError, OSError: Redis is away.
    """
    found = []
    for name in group.names:
        of_day = group.of_source(name)
        if name in group.archived:
            details = await sync_to_async(archived_hashtag_details)(of_day, key)
        else:
            details = await read_hashtag_details(redis, of_day, key) if redis else None
        if details:
            found.append(details)
    return tuple(found)


async def add_up_details(redis: Redis | None, group: DayGroup, details: Sequence[HashtagDetails]) -> HashtagDetails:
    """Return the details of a hashtag in several networks together, with its rank among all of their hashtags.

    Raises:
        RedisError, OSError: Redis is away.
    """
    if not group.is_several:
        return details[0]
    day = add_up_hashtag_days(details, group, at_least=False)
    by_language = Counter[str]()
    for of_network in details:
        by_language.update(dict(of_network.by_language))
    return HashtagDetails(
        **asdict(day),
        final=group.is_final,
        rank=await _rank(redis, group, day.key, day.posts),
        by_language=sorted(by_language.items(), key=lambda found: (-found[1], found[0])),
        begun=max(of_network.begun for of_network in details),
    )


async def _rank(redis: Redis | None, group: DayGroup, key: str, posts: int) -> int:
    if group.is_final or redis is None:
        return await sync_to_async(archived_rank)(group.archived, group.day, ALL_LANGUAGES, key, posts)
    if set(group.names) <= set(group.in_redis):
        return await read_rank(redis, [group.of_source(name) for name in group.names], key, posts)
    ranking = await read_day_ranking(redis, group, EVERYTHING, STORED_RANKS, datetime.now(UTC))
    top = ranking.top if ranking else []
    return next((place.rank for place in top if place.key == key), len(top) + 1)
