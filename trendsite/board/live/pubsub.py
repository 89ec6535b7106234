"""Reads rankings that Redis publishes and stores, and checks them for hidden hashtags."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from contract import redis_names
from contract.ranking import Window, decode_ranking
from trendsite.queries.choice import PUBLISHED_WINDOWS, Choice
from trendsite.queries.hiding import hides_in, process_hiding
from trendsite.queries.pipeline_status import Shown
from trendsite.sources import NETWORKS

MAX_AT_ONCE = 1_000
"""Messages read from Redis before subscribers get them. More wait in Redis."""


class Published(NamedTuple):
    """Which ranking a message is: one language of a window of one source."""

    source: str
    window: Window
    language: str

    def choices(self, running: Sequence[str]) -> Iterator[Choice]:
        """Return the choices that this is the ranking of while these sources are ``running``."""
        everything = Choice(self.window, (self.language,))
        if self.source in NETWORKS:
            yield replace(everything, networks=(self.source,))
        if everything.publisher(running) == self.source:
            yield everything


def of_choice(message: str, choice: Choice) -> str:
    """Return a published message as the ranking of a choice: one of a network also names that network."""
    return f'{message[:-1]},"networks":["{choice.networks[0]}"]}}' if choice.networks else message


async def newest_rankings(subscription: PubSub, timeout: float) -> dict[Published, str]:
    """Wait up to ``timeout`` seconds for rankings; return the newest of each source, window and language.

    A message that moderation rules changed is passed on to the thread that reads them.
    """
    newest: dict[Published, str] = {}
    message = await subscription.get_message(timeout=timeout)
    for _ in range(MAX_AT_ONCE):
        if message is None:
            break
        if message["channel"] == redis_names.HIDDEN_CHANNEL:
            process_hiding.may_have_changed.set()
        elif published := _published(message["channel"]):
            newest[published] = message["data"]
        message = await subscription.get_message(timeout=0)
    return newest


def _published(channel: str) -> Published | None:
    """Return what a Redis channel carries; None for one of an earlier version, whose streaming still runs."""
    try:
        return Published(*redis_names.source_window_and_language(channel))
    except ValueError:
        return None


def has_hidden(choice: Choice, ranking: str) -> bool:
    """Return whether a published ranking has hidden hashtags. It is decoded only if a rule can apply to it."""
    hides = hides_in(choice.languages, datetime.now(UTC))
    return hides is not None and any(hides(place.key) for place in decode_ranking(ranking).top)


async def stored_rankings(redis: Redis, shown: Shown) -> dict[Published, str]:
    """Return the rankings that Redis stores, those of each source for its own day."""
    stored: dict[Published, str] = {}
    for source, day in ((day.source, day.day) for day in shown.days):
        for window in PUBLISHED_WINDOWS:
            messages: dict[Any, Any] = await redis.hgetall(redis_names.rankings(source, day, window))
            stored |= {Published(source, window, language): message for language, message in messages.items()}
    return stored
