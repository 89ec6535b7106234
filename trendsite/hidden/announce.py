"""Tells every process of the site that what is hidden has changed: this one directly, others through Redis.

Nothing is lost when Redis is away: each process looks into the database twice a second.
"""

import logging

from asgiref.sync import async_to_sync
from django.db import transaction

from contract import redis_names
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.hidden_now import of_this_process

log = logging.getLogger(__name__)


def announce_after_commit(using: str, **_: object) -> None:
    """Announce a change of the table once others can see it; a receiver of Django's signals."""
    transaction.on_commit(_announce, using=using)


def _announce() -> None:
    of_this_process.may_have_changed.set()
    try:
        async_to_sync(_publish)()
    except REDIS_IS_AWAY as error:
        log.warning("Other processes learn from the database what is hidden: Redis is away: %s", error)


async def _publish() -> None:
    async with open_redis(timeout=1.0) as redis:
        await redis.publish(redis_names.HIDDEN_CHANNEL, "")
