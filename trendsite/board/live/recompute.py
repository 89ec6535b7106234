"""Computes rankings that Redis does not publish, or publishes with hidden hashtags: once for all subscribers."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import datetime

from redis.asyncio import Redis

from contract.ranking import Ranking, Window, encode_ranking, ranks_by_key, set_rank_changes
from trendsite.board.live.limits import RefusedError
from trendsite.board.live.refill import Refill
from trendsite.board.live.subscribers import Subscriber, Subscribers
from trendsite.queries.choice import EVERYTHING, Choice
from trendsite.queries.pipeline_status import Shown
from trendsite.trending.rising_ranking import read_chosen_ranking

PAUSE_SECONDS = 0.4
"""The least time between two rounds, so a computed ranking follows its languages at most this often."""

RISING_SECONDS = 4.0
"""The least time between two rounds of rising hashtags: they follow the hour, and read every language."""

MAX_CHOICES = 200
"""Different choices that a process computes. One more is refused."""

MAX_CHOICES_PER_ADDRESS = 20
"""How many of them one address may start."""


class RecomputeQueue:
    """The computed choices whose ranking is out of date."""

    def __init__(self, subscribers: Subscribers, refill: Refill) -> None:
        """Compute the choices of ``subscribers``, but not of sources that ``refill`` finds lacking."""
        self._subscribers = subscribers
        self._refill = refill
        self._started_by: dict[Choice, str] = {}
        self._stale: set[Choice] = set()
        self._stale_rising: set[Choice] = set()
        self._rising_due = 0.0
        self._has_stale = asyncio.Event()
        self._hurry = asyncio.Event()
        self._round_began = 0.0
        self._previous_ranks: dict[Choice, dict[str, int]] = {}

    def admit(self, subscriber: Subscriber, choice: Choice) -> None:
        """Check that a subscriber may have a choice.

        A computed choice counts for the address that started it, as long as it has subscribers. The first ten of all
        languages and networks, with which the board opens, are never refused.

        Raises:
            RefusedError: it would be computed, and the process or this address computes enough already.
        """
        is_free = self._subscribers.is_published(choice) or replace(choice, window="day") == EVERYTHING
        if is_free or choice in self._subscribers:
            return
        # A choice that was published when it was made, or is never refused, counts for no address.
        started_by = {
            other: self._started_by.get(other, "") for other in self._subscribers.computed_without(subscriber)
        }
        if len(started_by) >= MAX_CHOICES:
            raise RefusedError("choices", "too many different choices are watched: try all languages and ten places")
        if list(started_by.values()).count(subscriber.address) >= MAX_CHOICES_PER_ADDRESS:
            raise RefusedError("choices", "your address watches too many choices: try all languages and ten places")
        self._started_by = {**started_by, choice: subscriber.address}

    def request(self, choice: Choice) -> None:
        """Compute a choice that has a new subscriber, unless Redis publishes it or it has a ranking."""
        if self._subscribers.is_computed(choice) and not self._subscribers.has_ranking(choice):
            self._add({choice})

    def request_all(self) -> None:
        """Compute every choice again, without waiting for the next round."""
        self._previous_ranks.clear()
        self._add(set(self._subscribers.computed_choices()))
        self._hurry.set()

    def note_change(self, source: str, window: Window, language: str) -> None:
        """Recompute the choices with a language of a source; a changed hour also changes what rises in it."""
        of_language = {
            choice
            for choice in self._subscribers.computed_choices()
            if language in choice.languages and (not choice.networks or source in choice.networks)
        }
        self._add({choice for choice in of_language if choice.window == window})
        rising = {choice for choice in of_language if choice.window == "rising"} if window == "hour" else set()
        if not rising <= self._stale_rising:
            self._stale_rising |= rising
            self._has_stale.set()

    def _add(self, choices: set[Choice]) -> None:
        if choices:
            self._stale |= choices
            self._has_stale.set()

    async def next_choices(self) -> set[Choice]:
        """Wait until a choice is out of date; return all that are. Rising choices wait for RISING_SECONDS."""
        clock = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._rising_due if self._stale_rising else None):
                await self._has_stale.wait()
        self._has_stale.clear()
        choices, self._stale = self._stale, set()
        self._round_began = clock.time()
        if self._round_began >= self._rising_due:
            choices, self._stale_rising = choices | self._stale_rising, set()
        if any(choice.window == "rising" for choice in choices):
            self._rising_due = self._round_began + RISING_SECONDS
        return choices

    async def compute(self, redis: Redis, shown: Shown, choice: Choice, now: datetime) -> str | None:
        """Return the ranking of a choice as its message, with rank changes against the previous computation.

        It is None, and computed again later, if Redis lacks counts: counts never step back on a board.

        Raises:
            RedisError, OSError: Redis is away.
        """
        sources = choice.chosen(shown.sources)
        ranking = None
        if not await self._refill.lacking_of(redis, sources):
            ranking = await read_chosen_ranking(redis, shown, choice, choice.top, now)
        # Redis may have lost them meanwhile.
        if ranking is None or await self._refill.lacking_of(redis, sources):
            self._add({choice})
            return None
        self._set_rank_changes(choice, ranking)
        return encode_ranking(ranking).decode()

    def _set_rank_changes(self, choice: Choice, ranking: Ranking) -> None:
        if previous := self._previous_ranks.get(choice):
            set_rank_changes(ranking.top, previous)
        # Choices without subscribers are forgotten.
        watched = {other: ranks for other, ranks in self._previous_ranks.items() if other in self._subscribers}
        self._previous_ranks = {**watched, choice: ranks_by_key(ranking.top)}

    async def pause(self) -> None:
        """Wait before the next round at least as long as this one took: half of the time is left to other tasks."""
        took = asyncio.get_running_loop().time() - self._round_began
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), max(PAUSE_SECONDS, took))
        self._hurry.clear()
