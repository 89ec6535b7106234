"""GET /api/v1/days/, /api/v1/days/{day} and /api/v1/days/{day}/race: the days of a source, one day, and its race."""

from collections.abc import Iterator

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from msgspec.structs import asdict, astuple
from redis.asyncio import Redis

from contract.closed_day import HOURS
from trendsite.api.api_errors import ApiError, refuse_unknown, unknown_day
from trendsite.api.operation import operation
from trendsite.api.query_params import DayParams, DaysParams, RaceParams, selected
from trendsite.api.responses import Cell, Table, network_columns, networks_of, posts_by_network, respond, table_name
from trendsite.queries.groups import DayGroup, latest_day, possible_sources, running_names, selected_group
from trendsite.queries.known_sources import known_sources
from trendsite.queries.network_races import read_race_of
from trendsite.queries.one_day import OneDay, read_day
from trendsite.queries.past_days import ListedDay, list_days
from trendsite.queries.pipeline_status import read_pipeline_or_away, read_pipeline_status
from trendsite.queries.races import Race
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.sources import SourceKind, joined, sources_named
from trendsite.story.facts import Fact
from trendsite.story.read import read_facts

_DAYS_COLUMNS = ("date", "source", "posts", "final", "winner_key", "winner_hashtag", "winner_posts", "kind")
_DAY_COLUMNS = ("language", "posts", "authors", "hashtags", *(f"h{hour:02}" for hour in range(HOURS)))
_ARCHIVE_LACKS_DAY = "Redis is away, and the archive does not have the day"
_UNKNOWN_HOURS: list[Cell] = [None] * HOURS


class KnownSource(msgspec.Struct):
    """A source that has days: its name in addresses, its title for people, and its kind."""

    name: str
    title: str
    kind: SourceKind


class Days(msgspec.Struct):
    """A page of days. For the next page, set ``before`` to the last of them.

    ``source`` is the source of these days, or networks with commas; null if there is none. ``sources`` lists every
    source that has days.
    """

    days: list[ListedDay]
    source: str | None
    sources: list[KnownSource]


@operation("api/v1/days/", DaysParams, Days, example="/api/v1/days/?limit=7")
async def days(request: HttpRequest, params: DaysParams) -> HttpResponseBase:
    """The list of days, newest first.

    It includes today. Each day has its winner. For the next page, set `before` to the last day of this page. `sources`
    lists every source that has days. Several networks are added up, and `networks` has the posts of each.
    """
    page = await _page_of_days(params)
    return await respond(request, page, _days_table(page), params.format)


def _days_table(page: Days) -> Table:
    networks = networks_of(page.days)
    rows = ((*_cells(day), *posts_by_network(day, networks)) for day in page.days)
    return Table("days", (*_DAYS_COLUMNS, *network_columns(networks)), rows)


def _cells(day: ListedDay) -> tuple[Cell, ...]:
    winner: tuple[Cell, ...] = astuple(day.winner) if day.winner else (None, None, None)
    return day.date, day.source, day.posts, day.final, *winner, day.kind


async def _page_of_days(params: DaysParams) -> Days:
    selection = selected(params)
    try:
        async with open_redis(timeout=1.0) as redis:
            pipeline = await read_pipeline_status(redis)
            running = running_names(pipeline)
            names = await sync_to_async(possible_sources)(selection, running)
            days = await list_days(redis, names, latest_day(pipeline, names), params.before, params.limit)
    except REDIS_IS_AWAY:
        running = ()
        names = await sync_to_async(possible_sources)(selection, running)
        days = await list_days(None, names, None, params.before, params.limit)
    if not days:
        await refuse_unknown(selection)
    known = await sync_to_async(known_sources)(running)
    sources = [KnownSource(one.name, one.title, one.kind) for one in sources_named(known)]
    return Days(days, joined(name for name in names if name in known) or None, sources)


class DayWithStory(OneDay, kw_only=True):
    """A day, and its ``story``: at most five facts of all languages together, in the order in which they are told."""

    story: list[Fact]


@operation("api/v1/days/<day>", DayParams, DayWithStory, example="/api/v1/days/2026-11-22")
async def day(request: HttpRequest, params: DayParams) -> HttpResponseBase:
    """One day, its winner and its languages.

    The posts of each language (of an archived day by the hour too), the gaps in the input, and the story of the day.
    Today has its counts so far.
    """
    found = await _one_day(params)
    table = Table(table_name("day", found.source), _DAY_COLUMNS, _language_rows(found))
    return await respond(request, found, table, params.format, is_final=found.final)


def _language_rows(found: OneDay) -> Iterator[tuple[Cell, ...]]:
    for counted in found.languages:
        hours = counted.hours or _UNKNOWN_HOURS
        yield counted.language, counted.posts, counted.authors, counted.hashtags, *hours


async def _one_day(params: DayParams) -> DayWithStory:
    selection = selected(params)
    try:
        async with open_redis(timeout=1.0) as redis:
            found = await _day_with_story(redis, await selected_group(redis, selection, params.day))
    except REDIS_IS_AWAY as error:
        found = await _day_with_story(None, await selected_group(None, selection, params.day))
        if found is None:
            raise ApiError(503, _ARCHIVE_LACKS_DAY) from error
    if found is None:
        await refuse_unknown(selection)
        raise unknown_day(params.day.isoformat())
    return found


async def _day_with_story(redis: Redis | None, group: DayGroup) -> DayWithStory | None:
    found = await read_day(redis, group)
    return DayWithStory(**asdict(found), story=await read_facts(redis, group)) if found else None


@operation("api/v1/days/<day>/race", RaceParams, Race, example="/api/v1/days/2026-11-22/race?languages=en")
async def race(request: HttpRequest, params: RaceParams) -> HttpResponseBase:
    """How a day's ranking changed, moment by moment.

    A frame about every five minutes, of one language or all, with the gaps in the input. Today has its frames so far.
    """
    found = await _race(params)
    table = Table(table_name("race", found.source), ("at", "rank", "key", "hashtag", "posts"), _place_rows(found))
    return await respond(request, found, table, params.format, is_final=True)


def _place_rows(race: Race) -> Iterator[tuple[Cell, ...]]:
    for frame in race.frames:
        for rank, (key, posts) in enumerate(frame.top, start=1):
            yield frame.at, rank, key, race.hashtags[key], posts


async def _race(params: RaceParams) -> Race:
    selection = selected(params)
    pipeline = await read_pipeline_or_away()
    names = await sync_to_async(possible_sources)(selection, running_names(pipeline))
    found = await read_race_of(names, params.day, params.language)
    if found is None:
        if not pipeline.redis:
            raise ApiError(503, _ARCHIVE_LACKS_DAY)
        await refuse_unknown(selection)
        raise unknown_day(params.day.isoformat())
    return found
