"""How active each language is: posts today and the last hour with posts from Redis, earlier days from the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from asgiref.sync import async_to_sync
from django.db.models import Max, Sum
from redis.asyncio import Redis

from contract import redis_names
from contract.closed_day import HOURS
from trendsite.archive.models import Day, DayLanguage
from trendsite.queries.pipeline_status import (
    REDIS_AWAY,
    PipelineStatus,
    Shown,
    read_pipeline_status,
    running_source,
)
from trendsite.queries.rankings import read_posts_by_language
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.queries.sorted_sets import to_counts

LOOK_BACK_DAYS = 90
"""Archived days that are searched for a language without posts today."""

MEAN_DAYS = 7
"""Archived days of X whose mean estimates the posts of a language."""

X = "x"


@dataclass(frozen=True)
class DayActivity:
    """The day that the board shows, by language: posts, and the last UTC hour with posts.

    ``is_known`` is false while Redis is away.
    """

    is_known: bool
    pipeline: PipelineStatus
    posts: dict[str, int] = field(default_factory=dict)
    last_hours: dict[str, int] = field(default_factory=dict)

    @property
    def is_timely(self) -> bool:
        """Whether the day is today in the world; that of a recording with its own times is not."""
        source = running_source(self.pipeline, datetime.now(UTC))
        return source is None or source.is_timely

    @property
    def dated(self) -> date | None:
        """The day, if pages must name it; None for today."""
        shown = self.pipeline.board
        return None if shown is None or self.is_timely else shown.day


@async_to_sync
async def read_activity() -> DayActivity:
    """Read the activity of the day that the board shows."""
    try:
        async with open_redis(timeout=1.0) as redis:
            pipeline = await read_pipeline_status(redis)
            if pipeline.board is None:
                return DayActivity(is_known=True, pipeline=pipeline)
            posts = await read_posts_by_language(redis, pipeline.board)
            return DayActivity(True, pipeline, posts, await read_last_hours(redis, pipeline.board))
    except REDIS_IS_AWAY:
        return DayActivity(is_known=False, pipeline=REDIS_AWAY)


async def read_last_hours(redis: Redis, shown: Shown) -> dict[str, int]:
    """Return the last UTC hour (0 to 23) of a day in which each language had posts; ``*`` is all of them.

    Raises:
        RedisError, OSError: Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    for hour in range(HOURS):
        for source in shown.sources:
            pipeline.zrange(redis_names.hour_posts(source, shown.day, hour), 0, -1, withscores=True)
    return {
        language: number // len(shown.sources)
        for number, pairs in enumerate(await pipeline.execute())
        for language, posts in to_counts(pairs)
        if posts
    }


def last_archived_days(sources: Sequence[str]) -> dict[str, date]:
    """Return the last archived day of each language with posts, for some sources, or for all without any."""
    days = Day.objects.filter(**({"source__in": sources} if sources else {})).order_by("-date")
    rows = DayLanguage.objects.filter(day__in=days.values("pk")[: LOOK_BACK_DAYS * max(1, len(sources))], posts__gt=0)
    return dict(rows.order_by().values_list("language").annotate(last=Max("day__date")))


def x_posts_per_day() -> dict[str, float]:
    """Return the mean posts per day that X sent of each language on its last archived days; empty without any."""
    days = list(Day.objects.filter(source=X).order_by("-date").values_list("pk", flat=True)[:MEAN_DAYS])
    rows = DayLanguage.objects.filter(day__in=days).order_by().values_list("language").annotate(posts=Sum("posts"))
    return {language: posts / len(days) for language, posts in rows}
