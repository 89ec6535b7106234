"""Tells the collector which languages are tracked: a Redis key for whoever starts, a Redis channel for who listens."""

import logging
import random
import threading
import time

import msgspec
from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError, connection
from redis.asyncio import Redis

from contract import redis_names
from contract.status import TrackedLanguages
from trendsite.languages.models import Language
from trendsite.languages.words import terms_of
from trendsite.live.connection import REDIS_IS_AWAY, open_redis

LONGEST_RETRY_SECONDS = 30.0

log = logging.getLogger(__name__)
_retrying = threading.Lock()


def tracked_languages() -> TrackedLanguages:
    """Return the tracked languages of the database, None in it when all are, and the words that somebody chose."""
    languages = list(Language.objects.all())
    tracked = [language.code for language in languages if language.tracked]
    x_terms = {language.code: list(terms_of(language)) for language in languages if language.x_terms}
    return TrackedLanguages(None if len(tracked) == len(languages) else tracked, x_terms)


async def announce(redis: Redis) -> None:
    """Set the key and tell the listeners. Announcing twice changes nothing.

    Raises:
        RedisError, OSError: Redis is away.
        DatabaseError: the database is away or not migrated.
    """
    message = msgspec.json.encode(await sync_to_async(tracked_languages)())
    pipeline = redis.pipeline(transaction=True)
    pipeline.set(redis_names.TRACKED_LANGUAGES, message)
    pipeline.publish(redis_names.LANGUAGES_CHANNEL, message)
    await pipeline.execute()


async def announce_if_possible(redis: Redis) -> None:
    """Announce, and leave it at a warning when the database is away.

    Raises:
        RedisError, OSError: Redis is away.
    """
    try:
        await announce(redis)
    except DatabaseError as error:
        log.warning("The tracked languages are not announced: %s", error)


async def announce_now() -> None:
    """Announce over a connection of its own.

    Raises:
        RedisError, OSError: Redis is away.
        DatabaseError: the database is away or not migrated.
    """
    async with open_redis() as redis:
        await announce(redis)


def announce_when_redis_is_back() -> None:
    """Keep trying in the background until Redis has heard; at most one thread of a process does."""
    if _retrying.acquire(blocking=False):
        threading.Thread(target=_announce_in_thread, name="announce-languages", daemon=True).start()


def _announce_in_thread() -> None:
    try:
        announce_until_heard()
    finally:
        connection.close()
        _retrying.release()


def announce_until_heard() -> None:
    """Announce, and try again after longer and longer pauses until it worked."""
    longest = 0.5
    while True:
        time.sleep(longest * random.uniform(0.5, 1.0))  # noqa: S311  # it spreads retries and guards nothing
        try:
            async_to_sync(announce_now)()
        except (*REDIS_IS_AWAY, DatabaseError):
            longest = min(LONGEST_RETRY_SECONDS, longest * 2)
        else:
            return
