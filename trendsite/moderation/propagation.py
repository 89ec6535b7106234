"""How changed rules reach every process within a second: announcements, and a thread that reads the database.

Nothing is lost while Redis is away: each process also reads the database twice a second.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from asgiref.sync import async_to_sync
from django.db import Error, close_old_connections, transaction

from contract import redis_names
from trendsite.moderation.models import MAX_HIDDEN, HiddenHashtag
from trendsite.queries.hiding import CurrentHiding, HidingRule, in_force, process_hiding
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis

POLL_SECONDS = 0.5
"""Between two reads of the database: the delay of a change while Redis is away."""

START_PATIENCE_SECONDS = 3.0
"""How long a start waits for the first read. If the database hangs, the board is served without rules."""

log = logging.getLogger(__name__)


def announce_after_commit(using: str, **_: object) -> None:
    """Announce a change of the table once it is committed; a receiver of Django's signals."""
    transaction.on_commit(_announce, using=using)


def _announce() -> None:
    process_hiding.may_have_changed.set()
    try:
        async_to_sync(_publish)()
    except REDIS_IS_AWAY as error:
        log.warning("Other processes read the change of hidden hashtags from the database: Redis is away: %s", error)


async def _publish() -> None:
    async with open_redis(timeout=1.0) as redis:
        await redis.publish(redis_names.HIDDEN_CHANNEL, "")


def read_rules() -> list[HidingRule]:
    """Return the rules in the database.

    Raises:
        Error: the database is away or not migrated.
    """
    return [row.rule for row in HiddenHashtag.objects.only("key", "kind", "language", "until")[:MAX_HIDDEN]]


class RuleFollower:
    """Keeps the hiding of this process equal to the rules in the database that are in force."""

    def __init__(
        self,
        hiding: CurrentHiding,
        read: Callable[[], list[HidingRule]] = read_rules,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Update ``hiding`` from ``read``, which can raise Django's Error."""
        self._hiding = hiding
        self._read = read
        self._now = now
        self._rules: list[HidingRule] = []
        self._is_away = False
        self._has_read = threading.Event()

    def start(self) -> None:
        """Follow in the background for the life of the process; return after the first read."""
        threading.Thread(target=self._run, name="hidden-hashtags", daemon=True).start()
        if not self._has_read.wait(START_PATIENCE_SECONDS):
            log.warning("The database does not answer: no hashtag is hidden until it does")

    def update(self) -> None:
        """Apply the rules of the database that are in force now; while it is away, the last ones read."""
        try:
            self._rules = self._read()
            self._is_away = False
        except Error as error:
            if not self._is_away:
                log.warning("Hidden hashtags stay as they are: the database is away: %s", error)
            self._is_away = True
        self._hiding.replace(in_force(self._rules, self._now()))
        self._has_read.set()

    def _run(self) -> None:
        while True:
            try:
                self.update()
            except Exception:  # the next update may succeed
                log.exception("Hidden hashtags stay as they are")
            close_old_connections()
            self._hiding.may_have_changed.wait(POLL_SECONDS)
            self._hiding.may_have_changed.clear()
