"""/weeks/2026-W48/, /months/2026-11/, /years/2026/ and /days/?from=…&to=…: what led in more than a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from msgspec.structs import replace
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from trendsite.languages.names import own_name
from trendsite.localise import format_day
from trendsite.pages.month_grid import months_of, one_grid
from trendsite.pages.period_words import (
    PeriodLink,
    dates_in_words,
    download_addresses,
    links_around,
    period_address,
    period_title,
)
from trendsite.pages.query_params import Moment, moment_param, selection_param
from trendsite.pages.rendering import (
    PREVIEWED,
    Link,
    is_unknown,
    render_no_data,
    render_page,
    render_unknown_source,
    shown_source,
    source_links,
)
from trendsite.pages.shares import percent
from trendsite.queries.choice import TOPS
from trendsite.queries.groups import Selection, SourceNames, all_networks, latest_day, possible_sources, running_names
from trendsite.queries.known_sources import known_sources
from trendsite.queries.periods import Period
from trendsite.queries.pipeline_status import REDIS_AWAY, PipelineStatus, read_pipeline_status
from trendsite.queries.range_days import posts_by_language, sources_in
from trendsite.queries.range_summary import Leader, RangeSummary, SourceOfRange, read_range
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.sources import source_named

_ONE_GRID_DAYS = 14
"""A period this short is drawn as one grid, a longer one month by month."""

_CARD_DAYS = 62
"""A period longer than this shows its days small, by the colour of their winner."""

_SHOWN_MISSING = 10


@dataclass(frozen=True)
class _RangeData:
    """A period as an address selects it: the state of the pipeline, and the period of the selected sources."""

    selected: Selection
    pipeline: PipelineStatus
    names: SourceNames
    summary: RangeSummary | None = None
    languages: Mapping[str, int] = field(default_factory=dict)


@require_safe
async def range_page(request: HttpRequest, period: Period) -> HttpResponse:
    """Return the page of a period, ``?languages=en&top=25&networks=x``; 404 for a period without a day."""
    moment, selected = moment_param(request.GET), selection_param(request.GET)
    try:
        async with open_redis(timeout=1.0) as redis:
            data = await _read(redis, await read_pipeline_status(redis), selected, period, moment.language)
    except REDIS_IS_AWAY:
        data = await _read(None, REDIS_AWAY, selected, period, moment.language)
    return await sync_to_async(_respond)(request, period, moment, data)


async def _read(
    redis: Redis | None, pipeline: PipelineStatus, selected: Selection, period: Period, language: str
) -> _RangeData:
    names = await sync_to_async(possible_sources)(selected, running_names(pipeline))
    summary = await read_range(redis, names, period, language, latest_day(pipeline, names))
    languages = await sync_to_async(posts_by_language)(names, period)
    return _RangeData(selected, pipeline, names, summary, languages)


def _respond(request: HttpRequest, period: Period, moment: Moment, data: _RangeData) -> HttpResponse:
    summary = data.summary
    if summary is None:
        return _no_data(request, period, data)
    names = tuple(summary.source.split(","))
    running = running_names(data.pipeline)
    carried = {name: request.GET[name] for name in ("languages", "top") if name in request.GET}
    query = {**carried, **data.selected.query}
    sources = {*sources_in(period), *names}
    links = source_links(
        sources,
        names,
        lambda selected: period_address(period, {**carried, **selected.query}),
        all_networks(running, sources),
    )
    context = {
        "period": period,
        "title": period_title(period),
        "dates": "" if period.kind == "days" else dates_in_words(period),
        **_summary_context(period, moment, summary),
        "latest": latest_day(data.pipeline, data.names),
        "before": _before(period),
        "around": links_around(_newest(summary), query, period),
        "earlier": _neighbour(period.earlier(), query),
        "later": _neighbour(_not_in_future(period.later()), query),
        "sources": links,
        "source": shown_source(links, names, data.pipeline),
        "languages": _language_links(request, period, moment, data),
        "tops": TOPS,
        "top": moment.top,
        "carried": urlencode(query, safe="*,"),
        "hashtag_query": urlencode(data.selected.query, safe=","),
        "downloads": download_addresses(period, moment.language, data.selected.query),
        "summary_query": _summary_query(period, moment, data.selected),
    }
    return render_page(request, "pages/range.html", context)


def _summary_context(period: Period, moment: Moment, summary: RangeSummary) -> dict[str, object]:
    draw = one_grid if period.days <= _ONE_GRID_DAYS else months_of
    return {
        "summary": summary,
        "preview": summary.leaders[:PREVIEWED],
        "leaders": [(leader, _shares(leader)) for leader in summary.leaders[: moment.top]],
        "months": draw(period.dates, {day.date: day for day in summary.days}),
        "is_small": period.days > _CARD_DAYS,
        "open_days": sum(not day.final for day in summary.days),
        "lacking": [(source_named(one.source).title, one) for one in _lacking(summary.by_source)],
        "is_uncertain": _is_uncertain(summary, moment.top),
        **_missing_context(summary.missing),
    }


def _newest(summary: RangeSummary) -> date:
    """Return the last day that has data: the last one of a year may be months away."""
    return max(day.date for day in summary.days)


def _shares(leader: Leader) -> str:
    networks = leader.networks or {}
    return ", ".join(f"{source_named(name).title} {percent(posts, leader.posts)}" for name, posts in networks.items())


def _missing_context(missing: Sequence[date]) -> dict[str, object]:
    """Return the first stretches of missing days in words, and how many days the others have."""
    stretches: list[list[date]] = []
    for day in missing:
        if stretches and day - stretches[-1][-1] == timedelta(days=1):
            stretches[-1].append(day)
        else:
            stretches.append([day])
    shown = [
        format_day(days[0]) if len(days) == 1 else dates_in_words(Period("days", days[0], days[-1]))
        for days in stretches[:_SHOWN_MISSING]
    ]
    return {"missing": shown, "more_missing": sum(map(len, stretches[_SHOWN_MISSING:]))}


def _lacking(sources: Sequence[SourceOfRange]) -> list[SourceOfRange]:
    """Return the sources that lack something; the missing days of a single source are listed by date already."""
    if len(sources) == 1:
        sources = [replace(sources[0], missing_days=0)]
    return [one for one in sources if one.missing_days or one.empty_hours or one.known_gaps]


def _is_uncertain(summary: RangeSummary, top: int) -> bool:
    """Return whether a hashtag that is not in the list may have more posts than the last one in it."""
    shown = summary.leaders[:top]
    return len(shown) == top and shown[-1].posts < summary.certain_above


def _before(period: Period) -> PeriodLink | None:
    before = period.before()
    return PeriodLink(dates_in_words(before), period_address(before)) if before else None


def _neighbour(period: Period | None, query: dict[str, str]) -> PeriodLink | None:
    return PeriodLink(period_title(period), period_address(period, query)) if period else None


def _not_in_future(period: Period | None) -> Period | None:
    return period if period and period.first <= timezone.now().date() else None


def _language_links(request: HttpRequest, period: Period, moment: Moment, data: _RangeData) -> list[Link]:
    posts = {ALL_LANGUAGES: 0, moment.language: 0, **data.languages}
    others = {name: request.GET[name] for name in ("top",) if name in request.GET}
    return [
        Link(
            own_name(code),
            period_address(period, {**others, "languages": code, **data.selected.query}),
            code == moment.language,
            "" if code == ALL_LANGUAGES else code,
            of_language,
        )
        for code, of_language in posts.items()
    ]


def _summary_query(period: Period, moment: Moment, selected: Selection) -> str:
    dates = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    return urlencode({**dates, "languages": moment.language, **selected.query}, safe="*,")


def _no_data(request: HttpRequest, period: Period, data: _RangeData) -> HttpResponse:
    """Return the page for a period that the sources do not have, with links to the sources that have it."""
    known = known_sources(running_names(data.pipeline))
    if is_unknown(data.selected, known):
        return render_unknown_source(request, data.selected, known, redis=data.pipeline.redis)
    title = _("No data for %(period)s") % {"period": period_title(period)}
    source = source_named(data.selected.source) if data.selected.source else None
    others = source_links(sources_in(period), (), lambda selected: period_address(period, selected.query))
    if not data.pipeline.redis:
        reason = _("Redis is away, and none of these days is archived. Try again in a moment.")
        return render_no_data(request, title, reason, 503, others, source=source)
    reason = _("These sources have days of this period:") if others else _("No post was counted on these days.")
    return render_no_data(request, title, reason, 404, others, source=source)
