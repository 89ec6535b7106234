"""Rankings of archived days, from the database: what the API answers once Redis has let a day go."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import F, Max, Sum

from contract.ranking import By, RankedHashtag, Ranking, few_authors
from trendsite.history.models import Day, DayCount
from trendsite.live.choice import Choice
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.hidden_now import hides_in
from trendsite.live.pipeline import Shown, read_pipeline
from trendsite.live.rankings import AUTHORS_DO_NOT_ADD_UP, AUTHORS_UNKNOWN


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


def archived_ranking(source: str, day: date, choice: Choice, limit: int) -> Ranking | None:
    """Return the final ranking of a day without what is hidden now, None when it is not archived.

    The database keeps each language's first 1,000 hashtags by posts: for several languages the posts of
    one that is not among them in some language are added up without that language. Where authors are
    unknown or do not add up, the ranking is by posts and says so.
    """
    archived = Day.objects.filter(source=source, date=day).first()
    if archived is None:
        return None
    totals = archived.languages.filter(language__in=choice.languages).aggregate(posts=Sum("posts"))
    note = _note(archived, choice)
    by: By = "posts" if note else choice.by
    return Ranking(
        day=day,
        languages=list(choice.languages),
        window="day",
        as_of=archived.archived_at,
        final=True,
        posts=totals["posts"] or 0,
        top=_top(archived, choice, by, limit),
        by=by,
        note=note,
    )


def _note(archived: Day, choice: Choice) -> str:
    if choice.by == "posts":
        return ""
    if choice.is_merged:
        return AUTHORS_DO_NOT_ADD_UP
    known = DayCount.objects.filter(day=archived, language__in=choice.languages, authors__isnull=False)
    return "" if known.exists() else AUTHORS_UNKNOWN


def _top(archived: Day, choice: Choice, by: By, limit: int) -> list[RankedHashtag]:
    rows = (
        DayCount.objects.filter(day=archived, language__in=choice.languages)
        .values("key")
        .annotate(total=Sum("posts"), about=Max("authors"), shown=Max("hashtag"))
        .order_by("-total" if by == "posts" else F("about").desc(nulls_last=True), "key")
    )
    hides = hides_in(choice.languages, datetime.now(UTC))
    shown = [row for row in rows if not hides(row["key"])][:limit] if hides else rows[:limit]
    return [_place(rank, row, choice.is_merged) for rank, row in enumerate(shown, start=1)]


def _place(rank: int, row: Mapping[str, Any], is_merged: bool) -> RankedHashtag:
    authors = None if is_merged else row["about"]
    few = few_authors(row["total"], authors)
    return RankedHashtag(rank, row["shown"], row["key"], row["total"], authors, few_authors=few)
