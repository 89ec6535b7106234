"""Gaps that a source knows (contract.gap): of archived days from the database, of open ones from its collector."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

import msgspec
from asgiref.sync import sync_to_async
from redis.asyncio import Redis

from contract import redis_names
from contract.gap import Gap, gaps_of
from contract.status import CollectorStatus
from trendsite.archive.models import Day
from trendsite.queries.groups import DayGroup, SourceNames

Some = TypeVar("Some", bound=Hashable)


def by_networks(of_each: Mapping[str, Iterable[Some]]) -> list[tuple[SourceNames, list[Some]]]:
    """Return what several networks have, such as gaps: each once, with the names of all networks that have it."""
    names: dict[Some, list[str]] = {}
    for name, found in of_each.items():
        for one in found:
            names.setdefault(one, []).append(name)
    shared: dict[SourceNames, list[Some]] = {}
    for one, having in names.items():
        shared.setdefault(tuple(having), []).append(one)
    return list(shared.items())


async def read_known_gaps(redis: Redis | None, group: DayGroup) -> dict[str, list[Gap]]:
    """Return the known gaps of a date by source, without those that have none. An open day needs a running collector.

    Raises:
        RedisError, OSError: Redis is away.
    """
    found = await sync_to_async(_archived)(group)
    for name in group.open if redis else ():
        found[name] = await _read_open(redis, group, name)
    return {name: gaps for name, gaps in sorted(found.items()) if gaps}


def _archived(group: DayGroup) -> dict[str, list[Gap]]:
    days = Day.objects.filter(source__in=group.archived, date=group.day, known_gaps__isnull=False)
    return {day.source: day.gaps_known() for day in days.only("source", "known_gaps")}


async def _read_open(redis: Redis | None, group: DayGroup, name: str) -> list[Gap]:
    message = await redis.get(redis_names.collector_status(name)) if redis else None
    try:
        status = msgspec.json.decode(message, type=CollectorStatus) if message else None
    except msgspec.DecodeError:
        return []
    return gaps_of(group.day, status.gaps) if status else []
