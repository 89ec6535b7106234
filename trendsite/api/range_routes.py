"""GET /api/v1/range and /api/v1/counts: what led in a range of days, and the counts of its days as a file."""

import itertools
from collections.abc import Iterator, Sequence

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from trendsite.api.api_errors import ApiError, refuse_unknown
from trendsite.api.download_limits import Download
from trendsite.api.operation import file_operation, operation
from trendsite.api.query_params import CountsParams, RangeParams, selected
from trendsite.api.responses import (
    CSV,
    Cell,
    Table,
    network_columns,
    networks_of,
    posts_by_network,
    respond,
    table_name,
)
from trendsite.archive.pipeline.day_files import BYTE_ORDER_MARK
from trendsite.archive.tasks.download import csv_of, iterate_in_thread, parquet_of
from trendsite.client_address import request_address
from trendsite.queries.counts_table import COUNTS_SCHEMA, DayOfSource, read_batches, stored_days
from trendsite.queries.groups import latest_day, possible_sources, running_names
from trendsite.queries.periods import Period, PeriodError, period_between
from trendsite.queries.pipeline_status import read_pipeline_or_away, read_pipeline_status
from trendsite.queries.range_summary import RangeSummary, read_range
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.sources import joined

PARQUET = "application/vnd.apache.parquet"

MOST_LISTS = 1_200
"""How many lists of 1,000 hashtags a download has at most: one for each day, source and language."""

_COLUMNS = ("rank", "hashtag", "key", "posts", "days_first", "days_in_top", "rank_before")


def _period(params: RangeParams | CountsParams) -> Period:
    try:
        return period_between(params.first, params.last)
    except PeriodError as error:
        raise ApiError(400, str(error)) from error


@operation(
    "api/v1/range", RangeParams, RangeSummary, example="/api/v1/range?from=2026-11-16&to=2026-11-22&languages=en"
)
async def range_of_days(request: HttpRequest, params: RangeParams) -> HttpResponseBase:
    """What led in a week, a month, a year or any days.

    The hashtags with the most posts, those that are new among them, those that led for the most days, each day's
    winner, and what is missing. Today is included as far as it is counted. The table has the leaders.
    """
    period = _period(params)
    found = await _summary(params, period)
    found.leaders = found.leaders[: params.limit]
    name = table_name(f"range-{period.first}-to-{period.last}", found.source)
    return await respond(request, found, Table(name, *_leaders_table(found)), params.format)


def _leaders_table(found: RangeSummary) -> tuple[Sequence[str], Iterator[Sequence[Cell]]]:
    networks = networks_of(found.leaders)
    rows = (
        (*(getattr(leader, column) for column in _COLUMNS), *posts_by_network(leader, networks))
        for leader in found.leaders
    )
    return (*_COLUMNS, *network_columns(networks)), rows


async def _summary(params: RangeParams, period: Period) -> RangeSummary:
    selection = selected(params)
    try:
        async with open_redis(timeout=1.0) as redis:
            pipeline = await read_pipeline_status(redis)
            names = await sync_to_async(possible_sources)(selection, running_names(pipeline))
            found = await read_range(redis, names, period, params.language, latest_day(pipeline, names))
    except REDIS_IS_AWAY as error:
        names = await sync_to_async(possible_sources)(selection, ())
        found = await read_range(None, names, period, params.language, None)
        if found is None:
            raise ApiError(503, "Redis is away, and the archive does not have these days") from error
    if found is None:
        await refuse_unknown(selection)
        raise _no_days(period)
    return found


@file_operation(
    "api/v1/counts", CountsParams, CSV, PARQUET, example="/api/v1/counts?from=2026-11-22&to=2026-11-22&languages=en"
)
async def counts(request: HttpRequest, params: CountsParams) -> HttpResponseBase:
    """The counts of a day or of a range, as a file.

    CSV or Parquet, with a row for each of the first 1,000 hashtags of each archived day, source and language: posts,
    authors (estimated) and the posts of each hour. Several networks have rows of their own. Today is not archived yet.
    At most 1,200 such lists of 1,000 rows at once: the days times the sources times the languages.
    """
    period, selection = _period(params), selected(params)
    running = running_names(await read_pipeline_or_away())
    names = await sync_to_async(possible_sources)(selection, running)
    days = await sync_to_async(stored_days)(names, period)
    if not days:
        await refuse_unknown(selection)
        raise _no_days(period)
    lists = len(days) * len(params.languages)
    if lists > MOST_LISTS:
        raise ApiError(
            400,
            f"from, to, languages: {len(days)} days of sources in {len(params.languages)} languages are {lists:,} "
            f"lists; at most {MOST_LISTS:,} can be downloaded at once: give fewer days, networks or languages",
        )
    return _file(request, params, days)


def _no_days(period: Period) -> ApiError:
    return ApiError(404, f"from, to: no day is archived from {period.first} to {period.last}")


def _file(request: HttpRequest, params: CountsParams, days: Sequence[DayOfSource]) -> HttpResponseBase:
    kind = PARQUET if params.format == "parquet" else f"{CSV}; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="{_file_name(params, days)}"', "Cache-Control": "no-store"}
    if request.method == "HEAD":
        return HttpResponse(content_type=kind, headers=headers)
    download = Download(request_address(request), iterate_in_thread(_chunks(params, days)))
    return StreamingHttpResponse(download, content_type=kind, headers=headers)


def _chunks(params: CountsParams, days: Sequence[DayOfSource]) -> Iterator[bytes]:
    batches = read_batches(days, params.languages)
    if params.format == "parquet":
        return parquet_of(COUNTS_SCHEMA, batches)
    mark = [BYTE_ORDER_MARK] if params.format == "excel" else []
    return itertools.chain(mark, csv_of(COUNTS_SCHEMA, batches))


def _file_name(params: CountsParams, days: Sequence[DayOfSource]) -> str:
    dates = f"{params.first}" if params.first == params.last else f"{params.first}-to-{params.last}"
    languages = "all" if "*" in params.languages else "-".join(params.languages)
    suffix = "parquet" if params.format == "parquet" else "csv"
    name = table_name(f"trendsite-{dates}-{languages}", joined({source for *_, source in days}))
    return f"{name}.{suffix}"
