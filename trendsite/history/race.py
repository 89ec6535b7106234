"""The race of any day: archived, or from what is there of a day that is still open."""

from datetime import UTC, date, datetime

from asgiref.sync import sync_to_async
from django.conf import settings

from trendsite.history.archived_race import archived_race
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.hidden_now import hides_in
from trendsite.live.minutes import UNKNOWN, read_minutes
from trendsite.live.pipeline import Shown
from trendsite.live.race import Race, race_of, read_recorded, without_hidden
from trendsite.live.rankings import is_held


async def read_race(source: str, day: date, language: str) -> Race | None:
    """Return the race of a source's day in one language (``*`` for all) without what is hidden now.

    It is None when nobody counted the day.

    While Redis is away an open day has the frames that are recorded, and no minutes.

    Raises:
        OSError: the file of an open day cannot be read.
    """
    if not _is_name(source):
        return None
    if archived := await sync_to_async(archived_race)(source, day, language):
        return archived
    of_day = Shown(source, day)
    recorded = await read_recorded(settings.DATA_DIR, of_day, language)
    try:
        async with open_redis(timeout=1.0) as redis:
            is_known = recorded is not None or await is_held(redis, of_day)
            minutes = await read_minutes(redis, of_day)
    except REDIS_IS_AWAY:
        is_known, minutes = recorded is not None, UNKNOWN
    if not is_known:
        return None
    shown = without_hidden(recorded or ({}, []), hides_in([language], datetime.now(UTC)))
    return race_of(of_day, language, shown, minutes, final=False)


def _is_name(source: str) -> bool:
    """Return whether a source's name, which anybody may have made up, is safe in a path and in a query."""
    return source.isprintable() and not source.startswith(".") and "/" not in source and len(source) <= 100
