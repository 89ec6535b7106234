"""One per web process: a single Redis subscription, handed to every viewer as ready messages.

It starts with the first viewer and stops with the last: a board that nobody watches costs nothing.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from contract import redis_names
from trendsite.board.audience import Audience
from trendsite.board.computing import Computing
from trendsite.board.messages import encode_status
from trendsite.board.viewer import Viewer
from trendsite.board.wording import board_status
from trendsite.live.choice import PUBLISHED_WINDOWS, Choice
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import AWAY, Pipeline, Shown, read_pipeline

STATUS_SECONDS = 1.0
FIRST_RETRY_SECONDS = 0.25

LONGEST_RETRY_SECONDS = 2.0
"""With the two seconds that an attempt may take, less than the five of silence after which the page gives up."""

MAX_AT_ONCE = 1_000
"""Rankings read from Redis before viewers see them: more wait there."""

log = logging.getLogger(__name__)


class Hub:
    """Follows Redis for as long as somebody watches."""

    def __init__(self, on_connect: Callable[[Redis], Awaitable[None]]) -> None:
        """Call ``on_connect`` whenever Redis is reached, for the first time or again."""
        self._on_connect = on_connect
        self._audience = Audience()
        self._computing = Computing(self._audience)
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self._forget()

    def join(self, viewer: Viewer) -> None:
        """Greet a new viewer, and send it everything new from now on.

        Raises:
            RefusedError: its choice is one too many.
        """
        self._computing.admit(viewer, viewer.choice)
        self._audience.join(viewer, datetime.now(UTC))
        self._computing.want(viewer.choice)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def choose(self, viewer: Viewer, choice: Choice) -> None:
        """Show another choice to a viewer, from now on.

        Raises:
            RefusedError: this choice is one too many.
        """
        self._computing.admit(viewer, choice)
        self._audience.choose(viewer, choice, datetime.now(UTC))
        self._computing.want(choice)

    def catch_up(self, viewer: Viewer) -> None:
        """Show a viewer that has room again what it missed."""
        self._audience.catch_up(viewer, datetime.now(UTC))

    def leave(self, viewer: Viewer) -> None:
        """Send a viewer nothing more."""
        self._audience.leave(viewer)
        if not self._audience and self._task:
            self._task.cancel()
            self._task = None
            self._forget()

    def _forget(self) -> None:
        self._shown: Shown | None = None
        self._said: tuple[bool, str, str, bool] | None = None
        self._audience.forget()

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            except* REDIS_IS_AWAY as errors:
                log.warning("Redis is away: %s", errors.exceptions[0])
            except* Exception:  # whatever happened, viewers of this process must be served again
                log.exception("The hub starts over")
            self._forget()
            self._report_status(AWAY)
            await self._pause()

    async def _pause(self) -> None:
        longest = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        await asyncio.sleep(longest * random.uniform(0.5, 1.0))  # noqa: S311  # it spreads retries and guards nothing

    async def _follow(self) -> None:
        async with open_redis() as redis, redis.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.psubscribe(redis_names.RANKING_CHANNELS)
            await self._report(redis)
            self._failures = 0
            await self._on_connect(redis)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass_on(redis, subscription))
                tasks.create_task(self._compute(redis))

    async def _pass_on(self, redis: Redis, subscription: PubSub) -> None:
        """Pass rankings on as they come, and report once a second.

        One task does both, so that a stored ranking never overtakes a newer one.
        """
        clock = asyncio.get_running_loop()
        next_report = clock.time() + STATUS_SECONDS
        while True:
            newest = await _newest_rankings(subscription, max(0.0, next_report - clock.time()))
            for choice, ranking in newest.items():
                self._audience.show(choice, ranking)
                self._computing.note_change(choice.window, choice.languages[0])
                if choice in self._audience:
                    await asyncio.sleep(0)  # to thousands of viewers it took a while: others come first
            if clock.time() >= next_report:
                await self._report(redis)
                next_report = clock.time() + STATUS_SECONDS

    async def _report(self, redis: Redis) -> None:
        pipeline = await read_pipeline(redis)
        self._report_status(pipeline)
        if pipeline.shown != self._shown or not self._audience.holds_day:
            await self._show_day(redis, pipeline.shown)

    def _report_status(self, pipeline: Pipeline) -> None:
        """Send the status: at once where it says something else, otherwise when it costs least."""
        status = board_status(pipeline, datetime.now(UTC))
        said = status.redis, status.source, status.waiting_for, status.has_ended
        (self._audience.report if said == self._said else self._audience.tell)(encode_status(status))
        self._said = said

    async def _show_day(self, redis: Redis, shown: Shown | None) -> None:
        stored = await _stored_rankings(redis, shown) if shown else {}
        if stored or shown != self._shown:
            self._shown = shown
            self._audience.show_day(shown, stored, datetime.now(UTC))
            self._computing.want_all()

    async def _compute(self, redis: Redis) -> None:
        while True:
            for choice in await self._computing.next_choices():
                shown = self._shown
                if shown and self._audience.holds_day and choice in self._audience:
                    message = await self._computing.computed(redis, shown, choice, datetime.now(UTC))
                    if shown == self._shown and choice in self._audience:
                        self._audience.show(choice, message)
            await self._computing.pause()


async def _newest_rankings(subscription: PubSub, patience: float) -> dict[Choice, str]:
    """Wait for rankings; of all that have come, return the newest of each choice."""
    newest: dict[Choice, str] = {}
    message = await subscription.get_message(timeout=patience)
    for _ in range(MAX_AT_ONCE):
        if message is None:
            break
        window, language = redis_names.window_and_language(message["channel"])
        newest[Choice(window, (language,))] = message["data"]
        message = await subscription.get_message(timeout=0)
    return newest


async def _stored_rankings(redis: Redis, shown: Shown) -> dict[Choice, str]:
    stored: dict[Choice, str] = {}
    for window in PUBLISHED_WINDOWS:
        messages: dict[Any, Any] = await redis.hgetall(redis_names.rankings(shown.source, shown.day, window))
        stored |= {Choice(window, (language,)): message for language, message in messages.items()}
    return stored
