"""/hashtags/<key>/: one hashtag's day by the hour, its rank over time, its languages, and its past days."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from urllib.parse import quote, urlencode

from asgiref.sync import sync_to_async
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from contract.ranking import few_authors
from trendsite.moderation.visibility import Visibility, is_visible, visibility_of
from trendsite.pages.hashtag_figures import HashtagFigures, HourRow, figures_of
from trendsite.pages.query_params import day_param, number_param, selection_param
from trendsite.pages.rendering import (
    SourceAddress,
    is_unknown,
    render_no_data,
    render_page,
    render_unknown_source,
    shown_source,
    source_links,
    with_query,
)
from trendsite.pages.shares import network_shares, percent
from trendsite.queries.groups import (
    DayGroup,
    Selection,
    SourceNames,
    all_networks,
    find_group,
    latest_day,
    possible_sources,
    running_names,
)
from trendsite.queries.hashtag_day import HashtagDetails, max_unstored_posts
from trendsite.queries.hashtag_group import add_up_details, read_details_of
from trendsite.queries.hashtag_history import (
    DayOfHashtag,
    archived_dates,
    days_of_hashtag,
    newest_day_with_hashtag,
    sources_with_hashtag,
    spelling_on,
)
from trendsite.queries.hashtag_search import counted_key, possible_key
from trendsite.queries.known_sources import known_sources
from trendsite.queries.network_races import race_of, read_races
from trendsite.queries.pipeline_status import REDIS_AWAY, PipelineStatus, read_pipeline_status
from trendsite.queries.races import Race
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.queries.used_together import PartnerHashtag, UsedTogether, read_used_together
from trendsite.sources import joined, source_named
from trendsite.template_tags import hashtag_address

PAST_DAYS = 14
"""Past days per page."""

PARTNERS = 10
"""Hashtags used together with this one."""

_MAX_PAGE = 100_000
_SERIES_DAYS = 366

_HIDDEN = gettext_lazy("An editor hid this hashtag. It is still counted, and can become visible again.")

# The pages of each network for a hashtag.
_NETWORKS = (
    ("X", "https://x.com/hashtag/{}"),
    ("Bluesky", "https://bsky.app/hashtag/{}"),
    ("Mastodon", "https://mastodon.social/tags/{}"),
)


@dataclass(frozen=True)
class _HashtagParams:
    """The hashtag, the sources and day that the address names, and whether the hashtag is hidden."""

    key: str
    selected: Selection
    day: date | None
    page: int
    visibility: Visibility


@dataclass(frozen=True)
class _HashtagData:
    """The state of the pipeline, the selected sources, and those of the shown day (None without a day).

    ``details`` are the hashtag's of all together, ``of_each`` those of each source that has it. ``together`` are the
    hashtags used with it. ``races`` are the races
    of the day, ``race`` their sum.
    """

    pipeline: PipelineStatus
    names: SourceNames
    group: DayGroup | None = None
    of_each: Sequence[HashtagDetails] = ()
    details: HashtagDetails | None = None
    together: UsedTogether | None = None
    races: Sequence[Race] = ()
    race: Race | None = None


@require_safe
async def hashtag(request: HttpRequest, key: str) -> HttpResponse:
    """Return the page of today, or of ``?day=2026-11-21``; 404 for an unknown or a hidden hashtag.

    Users who can unhide it see it anyway. Another spelling redirects to the page of its key.
    """
    if possible_key(key) is None:
        return await sync_to_async(render_no_data)(
            request, gettext("No such hashtag"), gettext("This is not a valid hashtag.")
        )
    folded = await counted_key(key)
    if hashtag_address(folded) != hashtag_address(key):
        return HttpResponseRedirect(_with_query(hashtag_address(folded), request))
    visibility = await sync_to_async(visibility_of)(folded, await request.auser())
    if visibility.is_hidden and not visibility.may_change:
        return await sync_to_async(render_no_data)(
            request, gettext("#%(hashtag)s is hidden") % {"hashtag": folded}, str(_HIDDEN)
        )
    query = request.GET
    page = number_param(query, "page", 1, _MAX_PAGE) or 1
    params = _HashtagParams(folded, selection_param(query), day_param(query), page, visibility)
    return await sync_to_async(_respond)(request, params, await _read(params))


def _with_query(address: str, request: HttpRequest) -> str:
    query = request.META["QUERY_STRING"]
    return f"{address}?{query}" if query else address


async def _read(params: _HashtagParams) -> _HashtagData:
    try:
        async with open_redis(timeout=1.0) as redis:
            data = await _read_counts(redis, await read_pipeline_status(redis), params)
    except REDIS_IS_AWAY:
        data = await _read_counts(None, REDIS_AWAY, params)
    if data.group is None or data.details is None:
        return data
    races = await read_races(data.group.names, data.group.day, ALL_LANGUAGES)
    return replace(data, races=races, race=await race_of(races))


async def _read_counts(redis: Redis | None, pipeline: PipelineStatus, params: _HashtagParams) -> _HashtagData:
    names = await sync_to_async(possible_sources)(params.selected, running_names(pipeline))
    day = params.day or latest_day(pipeline, names)
    if day is None and params.selected.query:
        # Sources that are not on the board are shown on their newest archived day with the hashtag.
        day = await sync_to_async(newest_day_with_hashtag)(names, params.key)
    if day is None:
        return _HashtagData(pipeline, names)
    group = await find_group(redis, names, day)
    of_each = await read_details_of(redis, group, params.key)
    if not of_each:
        return _HashtagData(pipeline, names, group)
    details = await add_up_details(redis, group, of_each)
    together = await read_used_together(redis, group, of_each, PARTNERS, datetime.now(UTC))
    return _HashtagData(pipeline, names, group, of_each, details, together)


def _respond(request: HttpRequest, params: _HashtagParams, data: _HashtagData) -> HttpResponse:
    details = data.details
    known = known_sources(running_names(data.pipeline))
    names = tuple(name for name in data.names if name in known)
    past = Paginator(archived_dates(names, params.key), PAST_DAYS).get_page(params.page)
    if details is None and not past.paginator.count:
        return _no_data(request, params, data, known)
    past_days = days_of_hashtag(names, params.key, list(past))
    spelling = details.hashtag if details else spelling_on(names, params.key, past_days[0].date)
    figures = figures_of(details, data.race, _time_of(details, data), data.races) if details else None
    context = {
        "key": params.key,
        "hashtag": spelling,
        "details": details,
        "max_unstored": max_unstored_posts(names, params.day) if details is None and params.day else None,
        "few_authors": details is not None and few_authors(details.posts, details.authors),
        "languages": _visible_languages(params, data) if details else [],
        "hidden": params.visibility,
        "together": data.together,
        "partners": _partners(data),
        "carried_to_hashtags": _carried_to_hashtags(params),
        "figures": figures,
        "hours": _with_networks(figures, data) if figures else [],
        "pipeline": data.pipeline,
        "params": params,
        "elsewhere": [(name, address.format(quote(spelling, safe=""))) for name, address in _NETWORKS],
        "past": past,
        "past_days": [(day, _posts_of_each(day, names)) for day in past_days],
        "past_columns": [source_named(name).title for name in names] if len(names) > 1 else [],
        "series_query": _series_query(params),
        **_source_context(params, data, known),
    }
    return render_page(request, "pages/hashtag.html", context)


def _partners(data: _HashtagData) -> list[tuple[PartnerHashtag, str]]:
    """Return the hashtags used together with this one, each with its share of this one's posts in words."""
    together = data.together.together if data.together else []
    posts = data.details.posts if data.details else 0
    return [(partner, percent(partner.posts, posts)) for partner in together]


def _carried_to_hashtags(params: _HashtagParams) -> str:
    """Return the query that leads from this page to another hashtag's of the same day and sources."""
    query = params.selected.query | ({"day": params.day.isoformat()} if params.day else {})
    return f"?{urlencode(query, safe=',')}" if query else ""


def _series_query(params: _HashtagParams) -> str:
    series = {"hashtag": params.key, "limit": _SERIES_DAYS, **params.selected.query, "format": "excel"}
    return urlencode(series, safe=",")


def _source_context(params: _HashtagParams, data: _HashtagData, known: Collection[str]) -> dict[str, object]:
    running = running_names(data.pipeline)
    names = data.group.names if data.details and data.group else tuple(name for name in data.names if name in known)
    links = source_links(known, names, _address_by_source(params.key), all_networks(running, known))
    is_several = len(names) > 1 and data.details is not None
    posts = {details.source: details.posts for details in data.of_each} if is_several else {}
    source = shown_source(links, names, data.pipeline)
    day = data.group.day if data.group else None
    is_latest = data.details is not None and day == latest_day(data.pipeline, data.names)
    return {
        "source": source,
        "sources": links,
        "networks": network_shares(posts, {link.source.name: link.address for link in links}),
        "columns": [source_named(name).title for name in posts],
        "is_latest": is_latest,
        "is_today": is_latest and source.is_timely,
        "is_on_board": not set(running).isdisjoint(data.names),
        "carried": urlencode(params.selected.query, safe=","),
    }


def _time_of(details: HashtagDetails, data: _HashtagData) -> str:
    """Return the time of the day, ``HH:MM``, at which the details hold."""
    clock, race = data.pipeline.clock, data.race
    if details.final:
        return "24:00"
    if clock and clock.date() == details.day:
        return f"{clock:%H:%M}"
    return race.frames[-1].at if race and race.frames else "00:00"


def _with_networks(figures: HashtagFigures, data: _HashtagData) -> list[tuple[HourRow, list[int | None]]]:
    """Return each hour with its posts in each network that has the hashtag."""
    of_each = [details.hours for details in data.of_each]
    return [(row, [hours[hour] for hours in of_each]) for hour, row in enumerate(figures.rows)]


def _posts_of_each(day: DayOfHashtag, names: SourceNames) -> list[int | None]:
    """Return the posts of a past day in each network; a day of one network has them all from it."""
    return [(day.networks or {}).get(name) for name in names]


def _visible_languages(params: _HashtagParams, data: _HashtagData) -> list[tuple[str, int, list[int | None]]]:
    """Return (code, posts, posts by network) of the languages in which the hashtag is visible; editors see all."""
    may_change = params.visibility.may_change
    of_each = [dict(details.by_language) for details in data.of_each]
    return [
        (code, posts, [of_network.get(code) for of_network in of_each])
        for code, posts in (data.details.by_language if data.details else [])
        if may_change or is_visible(params.key, code)
    ]


def _address_by_source(key: str) -> SourceAddress:
    return lambda selected: with_query(hashtag_address(key), selected.query)


def _no_data(request: HttpRequest, params: _HashtagParams, data: _HashtagData, known: Collection[str]) -> HttpResponse:
    """Return the page for a hashtag that the sources do not have, with links to those that have it."""
    pipeline, selected = data.pipeline, params.selected
    if is_unknown(selected, known):
        return render_unknown_source(request, selected, known, redis=pipeline.redis)
    elsewhere = sources_with_hashtag(params.key, [name for name in known if name not in data.names])
    others = source_links(elsewhere, (), _address_by_source(params.key))
    title = gettext("No data for #%(hashtag)s") % {"hashtag": params.key}
    named = source_named(selected.source) if selected.source else None
    if not pipeline.redis:
        reason = gettext("Redis is away, and no archived day has it. Try again in a moment.")
        return render_no_data(request, title, reason, 503, others, source=named)
    names = tuple(name for name in data.names if name in known)
    if not others:
        reason = gettext("Not among the top hashtags of today or any past day.")
        if names and not shown_source((), names, pipeline).is_timely:
            reason = gettext("Not among the top hashtags of its latest day or any past day.")
        return render_no_data(request, title, reason, source=named)
    shown = source_named(joined(names or data.names)).title
    reason = gettext("Not among the top hashtags of %(source)s. These sources have it on past days:") % {
        "source": shown
    }
    title = gettext("#%(hashtag)s is in another source") % {"hashtag": params.key}
    return render_no_data(request, title, reason, others=others, source=named)
