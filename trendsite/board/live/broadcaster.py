"""Broadcasts rankings from one Redis subscription to all subscribers of a process.

It starts with the first subscriber and stops with the last, so a board without viewers costs nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import random

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from contract import redis_names
from contract.backoff import Backoff
from contract.cancellation import is_cancelled
from trendsite.board.live.messages import encode_status
from trendsite.board.live.pubsub import Published, has_hidden, newest_rankings, of_choice, stored_rankings
from trendsite.board.live.recompute import RecomputeQueue
from trendsite.board.live.refill import Refill
from trendsite.board.live.subscribers import Subscriber, Subscribers
from trendsite.queries.board_status import BoardStatus, board_status
from trendsite.queries.choice import Choice
from trendsite.queries.hiding import process_hiding
from trendsite.queries.pipeline_status import REDIS_AWAY, PipelineStatus, Shown, read_pipeline_status
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis

STATUS_SECONDS = 1.0

BACKOFF = Backoff(first=0.25, longest=2.0)
"""With the two seconds of a connection attempt, still less than the page's five seconds of patience."""

log = logging.getLogger(__name__)


class Broadcaster:
    """Follows Redis while there are subscribers."""

    def __init__(self, on_connect: Callable[[Redis], Awaitable[None]]) -> None:
        """Call ``on_connect`` after each connection to Redis, the first and every later one."""
        self._on_connect = on_connect
        self._subscribers = Subscribers()
        self._refill = Refill()
        self._recompute = RecomputeQueue(self._subscribers, self._refill)
        self._task: asyncio.Task[None] | None = None
        self._failures = 0
        self._last_shown: Shown | None = None
        self._clear()

    def subscribe(self, subscriber: Subscriber) -> None:
        """Send a new subscriber the current ranking, and all later ones.

        Raises:
            RefusedError: its choice is one too many.
        """
        self._recompute.admit(subscriber, subscriber.choice)
        self._subscribers.add(subscriber, datetime.now(UTC))
        self._recompute.request(subscriber.choice)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def change_choice(self, subscriber: Subscriber, choice: Choice) -> None:
        """Send another choice to a subscriber from now on.

        Raises:
            RefusedError: this choice is one too many.
        """
        self._recompute.admit(subscriber, choice)
        self._subscribers.change_choice(subscriber, choice, datetime.now(UTC))
        self._recompute.request(choice)

    def catch_up(self, subscriber: Subscriber) -> None:
        """Send the current ranking to a subscriber that has room again."""
        self._subscribers.catch_up(subscriber, datetime.now(UTC))

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Send a subscriber nothing more."""
        self._subscribers.remove(subscriber)
        if not self._subscribers and self._task:
            self._task.cancel()
            self._task = None
            self._clear()

    def _clear(self) -> None:
        self._shown: Shown | None = None
        self._lacking: frozenset[str] = frozenset()
        self._last_state: tuple[object, ...] | None = None
        self._subscribers.clear()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()

        def on_rules_changed() -> None:
            loop.call_soon_threadsafe(self._apply_rules)

        with process_hiding.on_change(on_rules_changed):
            await self._follow_forever()

    def _apply_rules(self) -> None:
        """Compute every ranking again after moderation rules changed. While Redis is away, send empty ones."""
        if self._shown:
            self._subscribers.compute_all_instead()
            self._recompute.request_all()
        elif self._last_shown:
            self._subscribers.send_empty(self._last_shown, datetime.now(UTC))

    async def _follow_forever(self) -> None:
        while True:
            try:
                await self._follow()
            except* REDIS_IS_AWAY as errors:
                log.warning("Redis is away: %s", errors.exceptions[0])
            except* Exception:  # after any error, this process must serve its subscribers again
                log.exception("The broadcaster starts over")
            if self._task is not asyncio.current_task():
                return
            self._clear()
            self._broadcast_status(REDIS_AWAY)
            await self._pause()

    async def _pause(self) -> None:
        self._failures += 1
        await asyncio.sleep(BACKOFF.delay(self._failures, random()))  # noqa: S311 - jitter

    async def _follow(self) -> None:
        async with open_redis() as redis, redis.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.psubscribe(redis_names.RANKING_CHANNELS)
            await subscription.subscribe(redis_names.HIDDEN_CHANNEL)
            await self._check_pipeline(redis)
            self._failures = 0
            await self._on_connect(redis)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._broadcast_published(redis, subscription))
                tasks.create_task(self._compute(redis))

    async def _broadcast_published(self, redis: Redis, subscription: PubSub) -> None:
        """Send rankings as they come, and the status once a second.

        One task does both, so a stored ranking never overtakes a newer one.
        """
        clock = asyncio.get_running_loop()
        next_status = clock.time() + STATUS_SECONDS
        while not is_cancelled():
            newest = await newest_rankings(subscription, max(0.0, next_status - clock.time()))
            for published, ranking in newest.items():
                for choice in self._choices(published):
                    if has_hidden(choice, ranking):
                        self._subscribers.compute_instead(choice)
                    else:
                        self._subscribers.send_published(choice, of_choice(ranking, choice))
                    if choice in self._subscribers:
                        await asyncio.sleep(0)  # thousands of subscribers take a while: let other tasks run
                self._recompute.note_change(*published)
            if clock.time() >= next_status:
                await self._check_pipeline(redis)
                next_status = clock.time() + STATUS_SECONDS

    def _choices(self, published: Published) -> tuple[Choice, ...]:
        """Return the choices that a published ranking answers, none if its source is not on the board."""
        running = self._shown.sources if self._shown else ()
        return tuple(published.choices(running)) if published.source in running else ()

    async def _check_pipeline(self, redis: Redis) -> None:
        """Send the status, and all rankings if the sources or a day of them changed, or Redis is whole again."""
        pipeline = await read_pipeline_status(redis)
        self._refill.note(pipeline)
        self._broadcast_status(pipeline)
        is_same = pipeline.board == self._shown and self._refill.lacking == self._lacking
        if not (is_same and self._subscribers.has_day):
            await self._replace_day(redis, pipeline.board)

    def _broadcast_status(self, pipeline: PipelineStatus) -> None:
        """Send a status with a new state at once, and any other with the next ranking."""
        status = board_status(pipeline, datetime.now(UTC))
        state = _state(status)
        send = self._subscribers.queue_status if state == self._last_state else self._subscribers.send_status
        send(encode_status(status))
        self._last_state = state

    async def _replace_day(self, redis: Redis, shown: Shown | None) -> None:
        stored = await stored_rankings(redis, shown) if shown else {}
        # Redis may have lost them since its state was read.
        lacking = self._refill.lacking | await self._refill.lacking_of(redis, shown.sources if shown else ())
        if stored or shown != self._shown:
            self._shown, self._lacking = shown, lacking
            self._last_shown = shown or self._last_shown
            # Check for hidden hashtags only now: rules may have changed while Redis was read.
            rankings = {
                choice: None if has_hidden(choice, message) else of_choice(message, choice)
                for published, message in stored.items()
                for choice in self._choices(published)
            }
            self._subscribers.replace_day(shown, rankings, datetime.now(UTC), self._lacking)
            self._recompute.request_all()

    async def _compute(self, redis: Redis) -> None:
        while not is_cancelled():
            for choice in await self._recompute.next_choices():
                shown, hiding = self._shown, process_hiding.hiding
                if shown and self._subscribers.has_day and self._is_computed(choice):
                    message = await self._recompute.compute(redis, shown, choice, datetime.now(UTC))
                    is_current = shown == self._shown and hiding is process_hiding.hiding
                    if message and is_current and self._is_computed(choice):
                        self._subscribers.send_ranking(choice, message)
            await self._recompute.pause()

    def _is_computed(self, choice: Choice) -> bool:
        return choice in self._subscribers and self._subscribers.is_computed(choice)


def _state(status: BoardStatus) -> tuple[object, ...]:
    """Return what viewers must know at once when it changes."""
    networks = tuple((network.name, network.state, network.waiting_for) for network in status.networks)
    return status.redis, status.source, status.waiting_for, status.has_ended, networks
