"""/days/: a calendar of a year's days, each with its winner."""

from datetime import UTC, date, datetime

from asgiref.sync import sync_to_async
from django.db.models import FilteredRelation, Max, Min, Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from trendsite.api.archived import newest_source
from trendsite.explore.asked import source_of, whole_number
from trendsite.explore.months import CalendarDay, Winner, months_of
from trendsite.explore.page import page
from trendsite.history.models import Day
from trendsite.live.choice import EVERYTHING
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import Shown, read_pipeline
from trendsite.live.rankings import read_ranking


@require_safe
async def days(request: HttpRequest) -> HttpResponse:
    """Return the calendar of ``?year=2026``, without one of the newest year that has a day."""
    shown, today = None, None
    try:
        async with open_redis(timeout=1.0) as redis:
            shown = (await read_pipeline(redis)).shown
            today = await _today(redis, shown) if shown else None
    except REDIS_IS_AWAY:
        pass  # the archive needs none
    return await sync_to_async(_answer)(request, shown, today)


async def _today(redis: Redis, shown: Shown) -> CalendarDay:
    ranking = await read_ranking(redis, shown, EVERYTHING, 1, datetime.now(UTC))
    winners = [Winner(place.key, place.hashtag, place.posts) for place in ranking.top]
    return CalendarDay(shown.day, winners[0] if winners else None, is_today=True)


def _answer(request: HttpRequest, shown: Shown | None, today: CalendarDay | None) -> HttpResponse:
    source = source_of(request.GET) or (shown.source if shown else newest_source())
    if shown is None or source != shown.source:
        today = None
    first, last = _span(source, today)
    year = whole_number(request.GET, "year", 1, 9999) or (last.year if last else None)
    days = _archived(source, year) if year else []
    if today and today.date.year == year and today.date not in {day.date for day in days}:
        days.append(today)
    context = {
        "year": year,
        "months": months_of(days),
        "earlier": year - 1 if year and first and first.year < year else None,
        "later": year + 1 if year and last and last.year > year else None,
        "source": source,
        "sources": Day.objects.order_by("source").values_list("source", flat=True).distinct(),
        "source_query": request.GET.get("source", ""),
    }
    return page(request, "explore/days.html", context)


def _span(source: str | None, today: CalendarDay | None) -> tuple[date | None, date | None]:
    """Return the first and the last day there is."""
    span = Day.objects.filter(source=source).aggregate(first=Min("date"), last=Max("date"))
    known = [day for day in (span["first"], span["last"], today and today.date) if day]
    return (min(known), max(known)) if known else (None, None)


def _archived(source: str | None, year: int) -> list[CalendarDay]:
    """Return the archived days of a year in one query: at most 366."""
    first = FilteredRelation("counts", condition=Q(counts__language=ALL_LANGUAGES, counts__rank=1))
    days = Day.objects.filter(source=source, date__year=year).annotate(first=first)
    rows = days.order_by("date").values_list("date", "first__key", "first__hashtag", "first__posts")
    return [CalendarDay(date, None if key is None else Winner(key, *shown)) for date, key, *shown in rows]
