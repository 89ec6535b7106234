"""/days/<date>/: a day's ranking, final or as it stands, at any moment of it, and the race that led there."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from contract.ranking import RankedHashtag, Ranking
from trendsite.api.archived import archived_ranking, default_source
from trendsite.explore.asked import Moment, moment_of, source_of
from trendsite.explore.day_figures import figures_of
from trendsite.explore.page import nothing, page
from trendsite.explore.replay import frame_at, moment_in, places_of, read_race_if_readable
from trendsite.history.models import Day, DayLanguage
from trendsite.live.choice import TOPS
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import AWAY, Pipeline, Shown, read_pipeline
from trendsite.live.race import Race
from trendsite.live.rankings import is_held, read_posts_by_language, read_ranking


@dataclass(frozen=True)
class _Live:
    """What Redis knows: the pipeline, and of the day, if it holds that, the ranking and the posts by language."""

    pipeline: Pipeline
    ranking: Ranking | None = None
    languages: dict[str, int] | None = None


@require_safe
async def day(request: HttpRequest, day: date) -> HttpResponse:
    """Return the page of a day, ``?at=14:35&languages=en&top=25``; 404 for one that nobody counted."""
    asked, source = moment_of(request.GET), source_of(request.GET)
    try:
        live = await _read_live(source, day, asked)
    except REDIS_IS_AWAY:
        live = _Live(AWAY)
    of_day = Shown(source or await sync_to_async(default_source)(live.pipeline.shown) or "", day)
    race = await read_race_if_readable(of_day.source, day, asked.language)
    return await sync_to_async(_answer)(request, of_day, asked, live, race)


async def _read_live(source: str | None, day: date, asked: Moment) -> _Live:
    async with open_redis(timeout=1.0) as redis:
        pipeline = await read_pipeline(redis)
        of_day = Shown(source or (pipeline.shown.source if pipeline.shown else ""), day)
        if not await is_held(redis, of_day):
            return _Live(pipeline)
        ranking = await read_ranking(redis, of_day, asked.choice, asked.top, datetime.now(UTC))
        return _Live(pipeline, ranking, await read_posts_by_language(redis, of_day))


def _answer(request: HttpRequest, of_day: Shown, asked: Moment, live: _Live, race: Race | None) -> HttpResponse:
    ranking = archived_ranking(of_day.source, of_day.day, asked.choice, asked.top) or live.ranking
    if ranking is None:
        return _unknown(request, of_day.day, live.pipeline)
    if race is None or not race.frames:
        # Nobody knows another moment than the last.
        race, asked = None, replace(asked, minute=None)
    elif asked.minute is not None:
        asked = replace(asked, minute=moment_in(race, asked.minute))
    places, posts = _standing(ranking, asked, race)
    context = {
        "day": of_day.day,
        "final": ranking.final,
        "is_today": live.pipeline.shown == of_day,
        "asked": asked,
        "places": places,
        "posts": posts,
        "first_ranking": {"posts": posts, "top": msgspec.to_builtins(places)},
        "figures": figures_of(race, asked.minute) if race else None,
        "race_address": _race_address(of_day, asked),
        "hashtag_query": _hashtag_query(request, of_day.day),
        "languages": _languages(of_day, ranking, live),
        "tops": TOPS,
        "source": of_day.source,
        "is_default_source": of_day.source == default_source(live.pipeline.shown),
        **_neighbours(of_day, live.pipeline.shown),
    }
    return page(request, "explore/day.html", context)


def _standing(ranking: Ranking, asked: Moment, race: Race | None) -> tuple[list[RankedHashtag], int]:
    """Return the places and all posts at the moment asked for; the ranking has those of the end."""
    if race is None or asked.minute is None:
        return ranking.top, ranking.posts
    frame = frame_at(race, asked.minute)
    return (places_of(race, frame, asked.top), frame.posts) if frame else ([], 0)


def _languages(of_day: Shown, ranking: Ranking, live: _Live) -> list[tuple[str, int]]:
    """Return (code, posts) of every language of the day, all of them first, then by posts."""
    if not ranking.final:
        return list((live.languages or {}).items())
    rows = DayLanguage.objects.filter(day__source=of_day.source, day__date=of_day.day)
    return list(rows.order_by("-posts", "language").values_list("language", "posts"))


def _neighbours(of_day: Shown, shown: Shown | None) -> dict[str, date | None]:
    """Return the archived days before and after this one; after the last of them comes today."""
    dates = Day.objects.filter(source=of_day.source).values_list("date", flat=True)
    earlier = dates.filter(date__lt=of_day.day).order_by("-date").first()
    later = dates.filter(date__gt=of_day.day).order_by("date").first()
    if later is None and shown and shown.source == of_day.source and shown.day > of_day.day:
        later = shown.day
    return {"earlier": earlier, "later": later}


def _race_address(of_day: Shown, asked: Moment) -> str:
    query = urlencode({"languages": asked.language, "source": of_day.source})
    return f"{reverse('api:race', args=[of_day.day.isoformat()])}?{query}"


def _hashtag_query(request: HttpRequest, day: date) -> str:
    """Return the query of a hashtag's page of this day, and of the source if one was asked for."""
    source = source_of(request.GET)
    return urlencode({"day": day.isoformat(), **({"source": source} if source else {})})


def _unknown(request: HttpRequest, day: date, pipeline: Pipeline) -> HttpResponse:
    title = f"Nothing is known of {day:%-d %B %Y}"
    if not pipeline.redis:
        return nothing(request, title, "Redis is away, and the day is not archived. Try again in a moment.", 503)
    return nothing(request, title, "No post was counted on this day.")
