"""One per web process: a single Redis subscription, handed to every viewer as ready messages.

It starts with the first viewer and stops with the last, because daphne has no lifespan.
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
from trendsite.live.choice import WINDOWS, Choice
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import AWAY, Shown, read_pipeline

STATUS_SECONDS = 1.0
FIRST_RETRY_SECONDS = 0.25
LONGEST_RETRY_SECONDS = 4.0

log = logging.getLogger(__name__)


class Hub:
    """Follows Redis for as long as somebody watches."""

    def __init__(self, on_connect: Callable[[Redis], Awaitable[None]]) -> None:
        """Call ``on_connect`` whenever Redis is reached, for the first time or again."""
        self._on_connect = on_connect
        self._audience = Audience()
        self._computing = Computing(self._audience)
        self._task: asyncio.Task[None] | None = None
        self._shown: Shown | None = None
        self._failures = 0

    def join(self, viewer: Viewer) -> None:
        """Greet a new viewer, and send it everything new from now on."""
        self._audience.join(viewer, datetime.now(UTC))
        self._computing.want(viewer.choice)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def choose(self, viewer: Viewer, choice: Choice) -> None:
        """Show another choice to a viewer, from now on."""
        self._audience.choose(viewer, choice, datetime.now(UTC))
        self._computing.want(choice)

    def leave(self, viewer: Viewer) -> None:
        """Send a viewer nothing more."""
        self._audience.leave(viewer)
        if not self._audience and self._task:
            self._task.cancel()
            self._task = None
            self._forget()

    def _forget(self) -> None:
        self._shown = None
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
            self._audience.tell(encode_status(board_status(AWAY, datetime.now(UTC))))
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
            message = await subscription.get_message(timeout=max(0.0, next_report - clock.time()))
            if message:
                window, language = redis_names.window_and_language(message["channel"])
                self._audience.show(Choice(window, (language,)), message["data"])
                self._computing.note_change(window, language)
            if clock.time() >= next_report:
                await self._report(redis)
                next_report = clock.time() + STATUS_SECONDS

    async def _report(self, redis: Redis) -> None:
        pipeline = await read_pipeline(redis)
        self._audience.tell(encode_status(board_status(pipeline, datetime.now(UTC))))
        if pipeline.shown != self._shown:
            await self._show_day(redis, pipeline.shown)

    async def _show_day(self, redis: Redis, shown: Shown | None) -> None:
        stored = await _stored_rankings(redis, shown) if shown else {}
        self._shown = shown
        self._audience.show_day(shown, stored, datetime.now(UTC))
        self._computing.want_all()

    async def _compute(self, redis: Redis) -> None:
        while True:
            for choice in await self._computing.next_choices():
                shown = self._shown
                if shown and choice in self._audience:
                    message = await self._computing.computed(redis, shown, choice, datetime.now(UTC))
                    if shown == self._shown and choice in self._audience:
                        self._audience.show(choice, message)
            await self._computing.pause()


async def _stored_rankings(redis: Redis, shown: Shown) -> dict[Choice, str]:
    stored: dict[Choice, str] = {}
    for window in WINDOWS:
        messages: dict[Any, Any] = await redis.hgetall(redis_names.rankings(shown.source, shown.day, window))
        stored |= {Choice(window, (language,)): message for language, message in messages.items()}
    return stored
