"""When each language was seen last, and how many posts of it: from Redis for today, from the archive before that."""

from dataclasses import dataclass, field
from datetime import date

from asgiref.sync import async_to_sync
from django.db.models import Max, Sum

from trendsite.history.models import Day, DayLanguage
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.last_hours import read_last_hours
from trendsite.live.pipeline import Pipeline, read_pipeline
from trendsite.live.rankings import read_posts_by_language

LOOK_BACK_DAYS = 90
"""Archived days through which a language that was not seen today is looked for."""

MEAN_DAYS = 7
"""Archived days of X whose mean says how many posts of a language it sends."""

X = "x"


@dataclass(frozen=True)
class Today:
    """The day that the board shows, by language: posts, and the last hour with some.

    ``known`` is false without Redis.
    """

    known: bool
    pipeline: Pipeline
    posts: dict[str, int] = field(default_factory=dict)
    hours: dict[str, int] = field(default_factory=dict)


@async_to_sync
async def read_today() -> Today:
    """Read what Redis holds of the day that the board shows."""
    try:
        async with open_redis(timeout=1.0) as redis:
            pipeline = await read_pipeline(redis)
            if pipeline.shown is None:
                return Today(known=True, pipeline=pipeline)
            posts = await read_posts_by_language(redis, pipeline.shown)
            return Today(True, pipeline, posts, await read_last_hours(redis, pipeline.shown))
    except REDIS_IS_AWAY:
        return Today(known=False, pipeline=Pipeline(redis=False))


def last_days(source: str | None) -> dict[str, date]:
    """Return the last archived day of each language, of one source, or of all where none is shown."""
    days = Day.objects.filter(**({"source": source} if source else {})).order_by("-date")
    rows = DayLanguage.objects.filter(day__in=days.values("pk")[:LOOK_BACK_DAYS], posts__gt=0)
    return dict(rows.order_by().values_list("language").annotate(last=Max("day__date")))


def posts_a_day_of_x() -> dict[str, float]:
    """Return how many posts X sent of each language, on the mean of its last archived days; nothing without any."""
    days = list(Day.objects.filter(source=X).order_by("-date").values_list("pk", flat=True)[:MEAN_DAYS])
    rows = DayLanguage.objects.filter(day__in=days).order_by().values_list("language").annotate(posts=Sum("posts"))
    return {language: posts / len(days) for language, posts in rows}
