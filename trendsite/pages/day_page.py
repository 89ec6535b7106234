"""/days/<date>/: a day's ranking, final or live, at any moment of the day, and the race that led there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from redis.asyncio import Redis

from contract.gap import Gap
from contract.language import ALL_LANGUAGES
from contract.ranking import RankedHashtag, Ranking
from trendsite.languages.names import own_name
from trendsite.localise import format_day
from trendsite.pages.day_table import Row, rows_in_reserve, rows_of
from trendsite.pages.period_words import period_context
from trendsite.pages.query_params import Moment, moment_param, selection_param
from trendsite.pages.rendering import (
    PREVIEWED,
    Link,
    SourceLink,
    is_unknown,
    render_no_data,
    render_page,
    render_unknown_source,
    shown_source,
    source_links,
    with_query,
)
from trendsite.pages.replay import places_of, timeline_of
from trendsite.pages.shares import network_shares
from trendsite.queries.choice import TOPS
from trendsite.queries.day_rankings import read_day_ranking, read_languages, read_posts_of_each
from trendsite.queries.groups import (
    DayGroup,
    Selection,
    SourceNames,
    all_networks,
    find_all,
    latest_day,
    possible_sources,
    running_names,
)
from trendsite.queries.known_gaps import by_networks, read_known_gaps
from trendsite.queries.known_sources import known_sources
from trendsite.queries.network_races import race_of, read_races
from trendsite.queries.past_days import neighbouring_days
from trendsite.queries.pipeline_status import REDIS_AWAY, PipelineStatus, read_pipeline_status
from trendsite.queries.race_moments import frame_at, moment_in
from trendsite.queries.races import Race
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.sources import joined, source_named
from trendsite.story.read import TOLD_PLACES, DayOfRace, Story, read_story
from trendsite.story.sentences import as_html
from trendsite.template_tags import hashtag_address


@dataclass(frozen=True)
class _DayData:
    """A date as an address selects it: the state of the pipeline, and the sources that have the date.

    ``names`` are the selected sources, ``others`` all that have the date. The ranking is None if no selected source has
    it. ``languages`` and ``networks`` are the posts of each, ``known_gaps`` the gaps that each network knows.
    """

    selected: Selection
    pipeline: PipelineStatus
    names: SourceNames
    group: DayGroup
    others: SourceNames
    ranking: Ranking | None = None
    languages: Mapping[str, int] = field(default_factory=dict)
    networks: Mapping[str, int] = field(default_factory=dict)
    known_gaps: Mapping[str, Sequence[Gap]] = field(default_factory=dict)
    races: Sequence[Race] = ()
    race: Race | None = None
    story: Story = field(default_factory=Story)


@require_safe
async def day(request: HttpRequest, day: date) -> HttpResponse:
    """Return the page of a day, ``?at=14:35&languages=en&top=25``; 404 for a day without data."""
    moment, selected = moment_param(request.GET), selection_param(request.GET)
    try:
        async with open_redis(timeout=1.0) as redis:
            data = await _read(redis, await read_pipeline_status(redis), selected, day, moment)
    except REDIS_IS_AWAY:
        data = await _read(None, REDIS_AWAY, selected, day, moment)
    return await sync_to_async(_respond)(request, moment, data)


async def _read(
    redis: Redis | None, pipeline: PipelineStatus, selected: Selection, day: date, moment: Moment
) -> _DayData:
    running = running_names(pipeline)
    names = await sync_to_async(possible_sources)(selected, running)
    everywhere = await find_all(redis, {*names, *running}, day)
    group = everywhere.of(names)
    data = _DayData(
        selected,
        pipeline,
        names,
        group,
        everywhere.names,
        await read_day_ranking(redis, group, moment.choice, TOLD_PLACES, datetime.now(UTC)),
        await read_languages(redis, group),
        await read_posts_of_each(redis, group, moment.language) if group.is_several else {},
        await read_known_gaps(redis, group),
    )
    return await _with_race(redis, data, data.ranking, moment) if data.ranking else data


async def _with_race(redis: Redis | None, data: _DayData, ranking: Ranking, moment: Moment) -> _DayData:
    """Return the data of a day with its race and its story."""
    races = await read_races(data.group.names, data.group.day, moment.language)
    race = await race_of(races)
    day = DayOfRace(data.group, moment.language, ranking, races, race, data.known_gaps)
    return replace(data, races=races, race=race, story=await read_story(redis, day, moment.top))


def _respond(request: HttpRequest, moment: Moment, data: _DayData) -> HttpResponse:
    ranking, race, group = data.ranking, data.race, data.group
    if ranking is None:
        return _no_data(request, data)
    if race is None or not race.frames:
        # Without frames only the end of the day is known.
        race, moment = None, replace(moment, minute=None)
    elif moment.minute is not None:
        moment = replace(moment, minute=moment_in(race, moment.minute))
    places, posts = _ranking_at(ranking, moment, race)
    links = _links(request, data)
    networks = network_shares(data.networks, {link.source.name: link.address for link in links})
    context = {
        "day": group.day,
        "final": ranking.final,
        "moment": moment,
        "moment_label": _moment_label(moment, ranking),
        "end_label": _moment_label(replace(moment, minute=None), ranking),
        **_story_context(request, moment, data, places),
        "posts": posts,
        "preview": places[:PREVIEWED],
        "first_ranking": {"posts": posts, "top": msgspec.to_builtins(places)},
        "timeline": timeline_of(race, moment.minute, data.races) if race else None,
        "languages": _language_links(request, moment, data.languages),
        "tops": TOPS,
        "sources": links,
        "networks": networks,
        "network_names": [{"name": share.name, "title": share.title, "isAway": False} for share in networks],
        "selected": data.selected.query,
        **period_context(group.day, moment.language, data.selected.query, is_archived=bool(group.archived)),
        "known_gaps": [(source_named(joined(names)).title, gaps) for names, gaps in by_networks(data.known_gaps)],
        **_source_context(data, links),
        **_addresses(data, moment),
        **_neighbours(data),
    }
    return render_page(request, "pages/day.html", context)


def _moment_label(moment: Moment, ranking: Ranking) -> str:
    if moment.at:
        return gettext("Top hashtags at %(time)s UTC") % {"time": moment.at}
    return gettext("Top hashtags of the whole day (UTC)") if ranking.final else gettext("Top hashtags so far (UTC)")


def _story_context(
    request: HttpRequest, moment: Moment, data: _DayData, places: Sequence[RankedHashtag]
) -> dict[str, object]:
    """Return the sentences of the day, and the rows of its table."""

    def moment_address(at: str | None) -> str:
        query = request.GET.copy()
        query.pop("at", None)
        if at:
            query["at"] = at
        return f"?{query.urlencode(safe=':*,')}"

    hashtag_query = urlencode({"day": data.group.day.isoformat(), **data.selected.query}, safe=",")
    hashtags = data.race.hashtags if data.race else {}
    return {
        "sentences": [
            as_html(fact, lambda key: f"{hashtag_address(key)}?{hashtag_query}", moment_address)
            for fact in data.story.facts
        ],
        "rows": rows_of(places, data.story, moment_address),
        "rows_in_reserve": rows_in_reserve(places, data.story, hashtags, moment.top, moment_address),
        "empty_row": Row("", "", None, ""),
        "is_partial": data.story.is_partial,
    }


def _source_context(data: _DayData, links: list[SourceLink]) -> dict[str, object]:
    source = shown_source(links, data.group.names, data.pipeline)
    is_latest = latest_day(data.pipeline, data.names) == data.group.day
    latest_label = gettext("now") if is_latest and source.is_timely else gettext("latest")
    return {"source": source, "is_latest": is_latest, "latest_label": latest_label}


def _ranking_at(ranking: Ranking, moment: Moment, race: Race | None) -> tuple[list[RankedHashtag], int | None]:
    """Return the places and all posts at a moment, posts None if unknown. ``ranking`` has those at the end."""
    if race is None or moment.minute is None:
        return ranking.top[: moment.top], ranking.posts
    frame = frame_at(race, moment.minute)
    return (places_of(race, frame, moment.top), frame.posts) if frame else ([], None)


def _language_links(request: HttpRequest, moment: Moment, languages: Mapping[str, int]) -> list[Link]:
    def address(code: str) -> str:
        query = request.GET.copy()
        query["languages"] = code
        return f"?{query.urlencode()}"

    return [
        Link(own_name(code), address(code), code == moment.language, "" if code == ALL_LANGUAGES else code, posts)
        for code, posts in languages.items()
    ]


def _neighbours(data: _DayData) -> dict[str, date | None]:
    """Return the archived days before and after this one; after the last archived day comes today."""
    earlier, later = neighbouring_days(data.names, data.group.day)
    latest = latest_day(data.pipeline, data.names)
    if later is None and latest and latest > data.group.day:
        later = latest
    return {"earlier": earlier, "later": later}


def _addresses(data: _DayData, moment: Moment) -> dict[str, str]:
    """Return the address of the race, and the queries of hashtag pages and of the day's ranking in the API."""
    day, selected = data.group.day.isoformat(), data.selected.query
    exact = {"networks" if data.group.is_several else "source": data.group.source}
    race_query = urlencode({"languages": moment.language, **exact}, safe=",")
    return {
        "race_address": f"{reverse('api:race', args=[day])}?{race_query}",
        "hashtag_query": urlencode({"day": day, **selected}, safe=","),
        "top_query": urlencode({"day": day, "languages": moment.language, **selected}, safe="*,"),
    }


def _links(request: HttpRequest, data: _DayData) -> list[SourceLink]:
    carried = {name: request.GET[name] for name in ("languages", "top") if data.ranking and name in request.GET}
    path = reverse("day-page", args=[data.group.day])
    return source_links(
        data.others,
        data.group.names,
        lambda selected: with_query(path, {**carried, **selected.query}),
        all_networks(running_names(data.pipeline), data.others),
    )


def _no_data(request: HttpRequest, data: _DayData) -> HttpResponse:
    """Return the page for a day that the source does not have, with links to the sources that have it."""
    selected = data.selected
    known = known_sources(running_names(data.pipeline))
    if is_unknown(selected, known):
        return render_unknown_source(request, selected, known, redis=data.pipeline.redis)
    date_text = format_day(data.group.day)
    title = gettext("No data for %(period)s") % {"period": date_text}
    others = _links(request, data)
    source = source_named(selected.source) if selected.source else None
    if not data.pipeline.redis:
        reason = gettext("Redis is away, and the day is not archived. Try again in a moment.")
        return render_no_data(request, title, reason, 503, others, source=source)
    if not others:
        return render_no_data(request, title, gettext("No post was counted on this day."), source=source)
    wanted = get_text_list([source_named(name).title for name in data.names])
    reason = gettext("No posts from %(sources)s on this day. These sources have some:") % {"sources": wanted}
    title = gettext("%(day)s is in another source") % {"day": date_text}
    return render_no_data(request, title, reason, others=others, source=source)
