"""The race of any day: archived, or from what is there of a day that is still open."""

from datetime import date

from asgiref.sync import sync_to_async
from django.conf import settings

from trendsite.history.archived_race import archived_race
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import Shown
from trendsite.live.race import Race, read_open_race, read_race_file


async def read_race(source: str, day: date, language: str) -> Race | None:
    """Return the race of a source's day in one language (``*`` for all), None when nobody counted the day.

    While Redis is away an open day has the frames that are recorded, and no minutes.
    """
    archived = await sync_to_async(archived_race)(source, day, language)
    if archived or not _is_name(source):
        return archived
    of_day = Shown(source, day)
    try:
        async with open_redis(timeout=1.0) as redis:
            return await read_open_race(redis, settings.DATA_DIR, of_day, language)
    except REDIS_IS_AWAY:
        return await read_race_file(settings.DATA_DIR, of_day, language)


def _is_name(source: str) -> bool:
    """Return whether a source's name, which anybody may have made up, is safe in a path."""
    return source.isprintable() and not source.startswith(".") and "/" not in source and len(source) <= 100
