"""Rankings that Redis does not publish, or publishes with something hidden: computed once, whoever watches them."""

import asyncio
import contextlib
from datetime import datetime

from redis.asyncio import Redis

from contract.ranking import Ranking, Window, encode_ranking
from trendsite.board.audience import Audience
from trendsite.board.refusal import RefusedError
from trendsite.board.viewer import Viewer
from trendsite.live.choice import Choice
from trendsite.live.pipeline import Shown
from trendsite.rising.ranking import read_chosen_ranking

PAUSE_SECONDS = 0.4
"""Between two rounds at least: a computed ranking follows its languages at most this often."""

RISING_SECONDS = 4.0
"""Between two rounds for what is rising, which follows its hour, and looks at every language of it."""

MAX_CHOICES = 200
"""How many different ones a process computes; whoever wants yet another is refused."""

MAX_CHOICES_OF_ADDRESS = 20
"""How many of them viewers of one address may have begun."""


class Computing:
    """Which watched choices that are computed are out of date."""

    def __init__(self, audience: Audience) -> None:
        """Serve the choices of ``audience``."""
        self._audience = audience
        self._begun_by: dict[Choice, str] = {}
        self._stale: set[Choice] = set()
        self._rising: set[Choice] = set()
        self._rising_due = 0.0
        self._wanted = asyncio.Event()
        self._hurry = asyncio.Event()
        self._began = 0.0
        self._ranks: dict[Choice, dict[str, int]] = {}

    def admit(self, viewer: Viewer, choice: Choice) -> None:
        """Let a viewer have a choice, beside those that others watch.

        A computed choice counts for the address that began it, for as long as anybody watches it.

        Raises:
            RefusedError: it would have to be computed, and enough are, in all or for this address.
        """
        if choice.is_published or choice in self._audience:
            return
        begun_by = {other: self._begun_by[other] for other in self._audience.computed_without(viewer)}
        if len(begun_by) >= MAX_CHOICES:
            raise RefusedError("choices", "too many different choices are watched: try one language and ten places")
        if list(begun_by.values()).count(viewer.address) >= MAX_CHOICES_OF_ADDRESS:
            raise RefusedError("choices", "your address watches too many choices: try one language and ten places")
        self._begun_by = {**begun_by, choice: viewer.address}

    def want(self, choice: Choice) -> None:
        """Compute a choice that somebody began to watch, unless it is published or there already."""
        if self._audience.is_computed(choice) and not self._audience.has_ranking(choice):
            self._add({choice})

    def want_all(self) -> None:
        """Compute every choice anew, and do not wait for the next round."""
        self._ranks.clear()
        self._add(set(self._audience.computed_choices()))
        self._hurry.set()

    def note_change(self, window: Window, language: str) -> None:
        """Compute the choices of ``window`` that hold ``language`` anew, and with the hour what is rising in it."""
        of_language = {choice for choice in self._audience.computed_choices() if language in choice.languages}
        self._add({choice for choice in of_language if choice.window == window})
        rising = {choice for choice in of_language if choice.window == "rising"} if window == "hour" else set()
        if not rising <= self._rising:
            self._rising |= rising
            self._wanted.set()

    def _add(self, choices: set[Choice]) -> None:
        if choices:
            self._stale |= choices
            self._wanted.set()

    async def next_choices(self) -> set[Choice]:
        """Wait until a choice is out of date; return all that are, of what is rising only now and then."""
        clock = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._rising_due if self._rising else None):
                await self._wanted.wait()
        self._wanted.clear()
        choices, self._stale = self._stale, set()
        self._began = clock.time()
        if self._began >= self._rising_due:
            choices, self._rising = choices | self._rising, set()
        if any(choice.window == "rising" for choice in choices):
            self._rising_due = self._began + RISING_SECONDS
        return choices

    async def computed(self, redis: Redis, shown: Shown, choice: Choice, now: datetime) -> str:
        """Return the ranking of a choice as its message, with the ranks of the one computed before it.

        Raises:
            RedisError, OSError: Redis is away.
        """
        ranking = await read_chosen_ranking(redis, shown, choice, choice.top, now)
        self._compare(choice, ranking)
        return encode_ranking(ranking).decode()

    def _compare(self, choice: Choice, ranking: Ranking) -> None:
        if before := self._ranks.get(choice):
            for place in ranking.top:
                place.previous_rank = before.get(place.key)
                place.is_new = place.key not in before
        # What nobody watches any more is forgotten.
        kept = {other: ranks for other, ranks in self._ranks.items() if other in self._audience}
        self._ranks = {**kept, choice: {place.key: place.rank for place in ranking.top}}

    async def pause(self) -> None:
        """Wait before the next round, as long as this one took: half of the time is left to others."""
        took = asyncio.get_running_loop().time() - self._began
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), max(PAUSE_SECONDS, took))
        self._hurry.clear()
