"""The thread of a site process that looks at the counts for watches, and sends alerts.

While nobody watches anything it asks the database every few seconds whether that has changed, and nothing else. Of all
site processes on all machines one works at a time (``lease.py``).
"""

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
from django.conf import settings
from django.db import Error, close_old_connections, connection
from django.urls import set_script_prefix
from redis.client import PubSub

from contract import redis_names
from contract.backoff import Backoff
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis_in_thread
from trendsite.watches import digest, outbox
from trendsite.watches.channels import send
from trendsite.watches.dispatcher import Dispatcher, Send
from trendsite.watches.evaluator import Counted, Evaluator
from trendsite.watches.lease import Lease
from trendsite.watches.models import Preferences, Watch

IDLE_SECONDS = 3.0
"""How soon a process notices the first watch, or a test that was requested."""

LOOK_SECONDS = 1.0
"""The least time between two looks. A look that took longer is followed by a pause of twice that time."""

TICK_SECONDS = 0.25
HOUSEKEEPING_SECONDS = 30.0

_MAX_MESSAGES = 1_000
_REDIS_SECONDS = 2.0

BACKOFF = Backoff(first=1.0, longest=30.0)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clock:
    """The time (UTC), and seconds that only count."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic


def has_work() -> bool:
    """Return whether anything is watched, waits, or is to be sent each day.

    Raises:
        Error: the database is away.
    """
    return (
        Watch.objects.filter(is_on=True).exists()
        or outbox.has_waiting()
        or Preferences.objects.exclude(digest_hour=None).exists()
    )


class Worker:
    """Looks and sends, as long as this process holds the lease and there is work."""

    def __init__(self, clock: Clock | None = None, send: Send = send) -> None:
        """Send messages with ``send``."""
        self._clock = clock or Clock()
        # It outlives a lost lease: what is on its way then is not sent again.
        self._dispatcher = Dispatcher(random.random, send)
        self._stop = threading.Event()
        self._failures = 0

    def start(self) -> None:
        """Work in the background for the life of the process."""
        threading.Thread(target=self.run, name="alerts", daemon=True).start()

    def stop(self) -> None:
        """Let ``run`` return soon."""
        self._stop.set()

    def run(self) -> None:
        """Work until ``stop``, whatever fails."""
        # A thread has no request to take it from.
        set_script_prefix(settings.FORCE_SCRIPT_NAME or "/")
        while not self._stop.is_set():
            wait = IDLE_SECONDS
            try:
                if has_work():
                    self._lead()
                self._failures = 0
            except (*REDIS_IS_AWAY, Error) as error:
                wait = self._pause(error)
            except Exception:  # alerts must go on after any error
                log.exception("Alerts start over")
                wait = self._pause(None)
            close_old_connections()
            self._stop.wait(wait)
        connection.close()

    def _pause(self, error: BaseException | None) -> float:
        self._failures += 1
        if error and self._failures == 1:
            log.warning("Alerts wait: Redis or the database is away: %s", error)
        return BACKOFF.delay(self._failures, random.random())  # noqa: S311 - jitter

    def _lead(self) -> None:
        """Look and send while this process holds the lease, until there is nothing to do."""
        lease = Lease()
        with open_redis_in_thread(_REDIS_SECONDS) as client:
            if not lease.hold(client, self._clock.monotonic()):
                return
            try:
                with _subscription(client) as subscription, asyncio.Runner() as runner:
                    subscription.psubscribe(redis_names.RANKING_CHANNELS)
                    Leader(self._clock, self._dispatcher, subscription, runner).work(
                        lambda: not self._stop.is_set() and lease.hold(client, self._clock.monotonic())
                    )
            finally:
                _release(lease, client)


class Leader:
    """What the process that holds the lease does."""

    def __init__(self, clock: Clock, dispatcher: Dispatcher, subscription: PubSub, runner: asyncio.Runner) -> None:
        """Follow the rankings of ``subscription``; ``runner`` runs what reads Redis."""
        self._clock = clock
        self._subscription = subscription
        self._runner = runner
        self._evaluator = Evaluator()
        self._dispatcher = dispatcher
        self._look_at = float("-inf")
        self._housekeeping_at = float("-inf")

    def work(self, may_go_on: Callable[[], bool]) -> None:
        """Look and send until ``may_go_on`` returns false, or there is nothing to do.

        Raises:
            RedisError, OSError: Redis is away.
            Error: the database is away.
        """
        while may_go_on():
            self._evaluator.note(newest(self._subscription, TICK_SECONDS))
            self._look()
            self._dispatcher.step(self._clock.now())
            if not self._housekeep():
                return

    def _look(self) -> None:
        began = self._clock.monotonic()
        self._evaluator.load(began)
        if began < self._look_at:
            return
        if alerts := self._evaluator.look(self._clock.now(), began, self._runner):
            log.info("%d new alerts", alerts)
        took = self._clock.monotonic() - began
        self._look_at = began + max(LOOK_SECONDS, 3 * took)

    def _housekeep(self) -> bool:
        """Queue digests and remove what is old, every while; return whether there is anything to do at all."""
        seconds = self._clock.monotonic()
        if seconds < self._housekeeping_at:
            return True
        self._housekeeping_at = seconds + HOUSEKEEPING_SECONDS
        close_old_connections()
        now = self._clock.now()
        self._runner.run(digest.queue_due(now))
        outbox.remove_old(now)
        return self._dispatcher.is_busy or has_work()


def newest(subscription: PubSub, timeout: float) -> set[Counted]:
    """Wait up to ``timeout`` seconds for rankings; return of which sources and languages they are.

    Raises:
        RedisError, OSError: Redis is away.
    """
    found: set[Counted] = set()
    message = subscription.get_message(timeout=timeout)
    for _ in range(_MAX_MESSAGES):
        if message is None:
            break
        try:
            source, _window, language = redis_names.source_window_and_language(message["channel"])
            found.add((source, language))
        except ValueError:
            pass  # of an earlier version, whose streaming still runs
        message = subscription.get_message(timeout=0)
    return found


def _subscription(client: redis.Redis) -> PubSub:
    subscription: PubSub = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    return subscription


def _release(lease: Lease, client: redis.Redis) -> None:
    try:
        lease.release(client)
    except REDIS_IS_AWAY:
        return
