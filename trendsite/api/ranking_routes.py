"""GET /api/v1/top: the most used hashtags of a day, live from Redis while it has the day, then from the archive.

The last hour and rising hashtags are live only.
"""

from datetime import UTC, date, datetime

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from redis.asyncio import Redis

from contract.ranking import RankedHashtag, Ranking, Why
from trendsite.api.api_errors import ApiError, refuse_unknown, unknown_day, unknown_today
from trendsite.api.operation import operation
from trendsite.api.query_params import TopParams, selected
from trendsite.api.responses import Table, network_columns, networks_of, posts_by_network, respond, table_name
from trendsite.queries.archived_rankings import archived_at
from trendsite.queries.day_rankings import read_day_ranking
from trendsite.queries.groups import (
    DayGroup,
    Selection,
    SourceNames,
    find_group,
    latest_day,
    possible_sources,
    running_names,
)
from trendsite.queries.known_sources import archived_sources
from trendsite.queries.pipeline_status import read_pipeline_status
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.sources import kind_of
from trendsite.trending.rising_ranking import read_chosen_ranking


@operation("api/v1/top", TopParams, Ranking, example="/api/v1/top?languages=en,es&limit=25")
async def top(request: HttpRequest, params: TopParams) -> HttpResponseBase:
    """The most used hashtags of a day, or of now.

    Today's ranking is live. Several languages are added up. An archived day has the first 1,000 hashtags of each
    language. The window `rising` has the most unusual hashtags first, each with its reasons (`why`). Hashtags that rose
    lately and no longer do are `fading`.
    """
    ranking = await find_top(params)
    return await respond(request, ranking, _table(ranking), params.format, is_final=ranking.final)


def _table(ranking: Ranking) -> Table:
    """Return the places as a table. In the window ``rising`` each part of the reasons has a column of its own."""
    plain = [name for name in RankedHashtag.__struct_fields__ if name not in ("why", "networks", "together")]
    reasons = Why.__struct_fields__ if ranking.window == "rising" else ()
    companions = ["together"] if reasons else []
    places = [*ranking.top, *(ranking.fading or [])]
    networks = networks_of(places)
    rows = (
        [
            *(getattr(place, name) for name in plain),
            *(getattr(place.why, name) for name in reasons),
            *([" ".join(f"#{one.hashtag}" for one in place.together or ())] if companions else []),
            *posts_by_network(place, networks),
        ]
        for place in places
    )
    return Table(table_name("top", ranking.source), [*plain, *reasons, *companions, *network_columns(networks)], rows)


async def find_top(params: TopParams) -> Ranking:
    """Return the requested ranking with its source.

    Raises:
        ApiError: there is none.
    """
    selection = selected(params)
    try:
        async with open_redis(timeout=1.0) as redis:
            ranking = await _top_from_redis(redis, params, selection)
    except REDIS_IS_AWAY as error:
        ranking = await _top_from_archive(params, selection)
        if ranking is None:
            raise ApiError(503, "Redis is away, and the archive has no answer to this") from error
    if ranking is None:
        await refuse_unknown(selection)
        raise unknown_day(params.day.isoformat()) if params.day else unknown_today()
    return ranking


async def _top_from_redis(redis: Redis, params: TopParams, selection: Selection) -> Ranking | None:
    """Return the ranking from Redis if it has the day of every source, otherwise from the archive too."""
    pipeline = await read_pipeline_status(redis)
    names = await sync_to_async(possible_sources)(selection, running_names(pipeline))
    latest = latest_day(pipeline, names)
    _refuse_past_hours(params, latest)
    day = params.day or latest
    if day is None and params.window == "day":
        day = await sync_to_async(_newest_archived_day)(selection, names)
    if day is None:
        return None
    group = await find_group(redis, names, day)
    if group.names and set(group.names) <= set(group.in_redis):
        return _with_source(await _read_ranking(redis, group, params), group)
    if params.window != "day":
        return None
    return _with_source(await read_day_ranking(redis, group, params.choice, params.limit, datetime.now(UTC)), group)


async def _read_ranking(redis: Redis, group: DayGroup, params: TopParams) -> Ranking:
    ranking = await read_chosen_ranking(redis, group.shown, params.choice, params.limit, datetime.now(UTC))
    if ranking.window == "day" and group.is_final:
        # The same answer at any time.
        archived = await sync_to_async(archived_at)(group.names, group.day)
        ranking.final, ranking.as_of = True, archived or ranking.as_of
    return ranking


async def _top_from_archive(params: TopParams, selection: Selection) -> Ranking | None:
    """Return the ranking from the archive alone, while Redis is away."""
    names = await sync_to_async(possible_sources)(selection, ())
    day = params.day or await sync_to_async(_newest_archived_day)(selection, names)
    if day is None or params.window != "day":
        return None
    group = await find_group(None, names, day)
    ranking = await read_day_ranking(None, group, params.choice, params.limit, datetime.now(UTC))
    return _with_source(ranking, group)


def _with_source(ranking: Ranking | None, group: DayGroup) -> Ranking | None:
    if ranking:
        ranking.source, ranking.kind = group.source, kind_of(group.source)
    return ranking


def _newest_archived_day(selection: Selection, names: SourceNames) -> date | None:
    """Return the newest archived day of the sources that an address names. Without a name it means today."""
    newest = archived_sources()
    return max((newest[name] for name in names if name in newest), default=None) if selection.query else None


def _refuse_past_hours(params: TopParams, latest: date | None) -> None:
    window = params.window
    is_elsewhere = latest is None and params.source is not None
    if window != "day" and (is_elsewhere or (params.day and params.day != latest)):
        raise ApiError(
            400,
            f"window: {window} is known of the day on the board alone; leave out day and source, or give window=day",
        )
