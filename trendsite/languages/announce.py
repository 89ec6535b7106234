"""Announces the tracked languages to the collector: a Redis key for its start, a Redis channel while it runs."""

import logging
import threading
import time
from random import random

import msgspec
from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError, connection
from redis.asyncio import Redis

from contract import redis_names
from contract.backoff import Backoff
from contract.status import TrackedLanguages
from trendsite.languages.models import Language
from trendsite.languages.tracking import countries_of, terms_of
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis

BACKOFF = Backoff(first=0.5, longest=30.0)

log = logging.getLogger(__name__)
_retrying = threading.Lock()


def tracked_languages() -> TrackedLanguages:
    """Return the tracked languages (None if all are), and the terms and countries that editors chose for X."""
    languages = list(Language.objects.all())
    tracked = [language.code for language in languages if language.tracked]
    x_terms = {language.code: list(terms_of(language)) for language in languages if language.x_terms}
    x_countries = {language.code: list(countries_of(language)) for language in languages if language.x_countries}
    return TrackedLanguages(None if len(tracked) == len(languages) else tracked, x_terms, x_countries)


async def announce(redis: Redis) -> None:
    """Set the key and publish on the channel. Announcing twice changes nothing.

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
    """Announce; if the database is away, only log a warning.

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
    """Retry in the background until Redis is back, in at most one thread per process."""
    if _retrying.acquire(blocking=False):
        threading.Thread(target=_announce_in_thread, name="announce-languages", daemon=True).start()


def _announce_in_thread() -> None:
    try:
        announce_with_retries()
    finally:
        connection.close()
        _retrying.release()


def announce_with_retries() -> None:
    """Announce, and retry with growing pauses until it works."""
    failures = 1
    while True:
        time.sleep(BACKOFF.delay(failures, random()))  # noqa: S311 - jitter
        try:
            async_to_sync(announce_now)()
        except (*REDIS_IS_AWAY, DatabaseError):
            failures += 1
        else:
            return
