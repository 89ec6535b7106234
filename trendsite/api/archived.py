"""Rankings of archived days, from the database: what the API answers once Redis has let a day go."""

from datetime import date, datetime

from asgiref.sync import sync_to_async
from django.db.models import Max, Sum

from contract.ranking import RankedHashtag, Ranking
from trendsite.history.models import Day, DayCount
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import Shown, read_pipeline


def archived_at(source: str, day: date) -> datetime | None:
    """Return when a day was archived, since when its counts are final; None for one that is not."""
    return Day.objects.filter(source=source, date=day).values_list("archived_at", flat=True).first()


def newest_source() -> str | None:
    """Return the source of the day that was archived last."""
    newest = Day.objects.order_by("-archived_at").first()
    return newest.source if newest else None


def default_source(shown: Shown | None) -> str | None:
    """Return the source of an address that names none: that of what the board shows, without it the last archived."""
    return shown.source if shown else newest_source()


async def source_or_default(source: str | None) -> str | None:
    """Return a source that was named, without a name the default one, whether Redis is there or not."""
    if source is not None:
        return source
    try:
        async with open_redis(timeout=1.0) as redis:
            shown = (await read_pipeline(redis)).shown
    except REDIS_IS_AWAY:
        shown = None
    return await sync_to_async(default_source)(shown)


def archived_ranking(source: str, day: date, languages: tuple[str, ...], limit: int) -> Ranking | None:
    """Return the final ranking of a day, None when it is not archived.

    The database keeps each language's first 1,000 hashtags: for several languages the posts of
    one that is not among them in some language are added up without that language.
    """
    archived = Day.objects.filter(source=source, date=day).first()
    if archived is None:
        return None
    totals = archived.languages.filter(language__in=languages).aggregate(posts=Sum("posts"))
    return Ranking(
        day=day,
        languages=list(languages),
        window="day",
        as_of=archived.archived_at,
        final=True,
        posts=totals["posts"] or 0,
        top=_top(archived, languages, limit),
    )


def _top(archived: Day, languages: tuple[str, ...], limit: int) -> list[RankedHashtag]:
    rows = (
        DayCount.objects.filter(day=archived, language__in=languages)
        .values("key")
        .annotate(total=Sum("posts"), shown=Max("hashtag"))
        .order_by("-total", "key")[:limit]
    )
    return [RankedHashtag(rank, row["shown"], row["key"], row["total"]) for rank, row in enumerate(rows, start=1)]
