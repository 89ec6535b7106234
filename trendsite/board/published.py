"""Rankings as Redis publishes and keeps them, and whether something in one is hidden."""

from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from contract import redis_names
from contract.ranking import decode_ranking
from trendsite.live.choice import PUBLISHED_WINDOWS, Choice
from trendsite.live.hidden_now import hides_in, of_this_process
from trendsite.live.pipeline import Shown

MAX_AT_ONCE = 1_000
"""Rankings read from Redis before viewers see them: more wait there."""


async def newest_rankings(subscription: PubSub, patience: float) -> dict[Choice, str]:
    """Wait for rankings; of all that have come, return the newest of each choice.

    Word that something else is hidden is passed on to whoever looks after that.
    """
    newest: dict[Choice, str] = {}
    message = await subscription.get_message(timeout=patience)
    for _ in range(MAX_AT_ONCE):
        if message is None:
            break
        if message["channel"] == redis_names.HIDDEN_CHANNEL:
            of_this_process.may_have_changed.set()
        else:
            window, language = redis_names.window_and_language(message["channel"])
            newest[Choice(window, (language,))] = message["data"]
        message = await subscription.get_message(timeout=0)
    return newest


def has_hidden(choice: Choice, ranking: str) -> bool:
    """Return whether a published ranking has something hidden in it; it is looked into only where that can be."""
    hides = hides_in(choice.languages, datetime.now(UTC))
    return hides is not None and any(hides(place.key) for place in decode_ranking(ranking).top)


async def stored_rankings(redis: Redis, shown: Shown) -> dict[Choice, str]:
    """Return the rankings that Redis keeps of a day."""
    stored: dict[Choice, str] = {}
    for window in PUBLISHED_WINDOWS:
        messages: dict[Any, Any] = await redis.hgetall(redis_names.rankings(shown.source, shown.day, window))
        stored |= {Choice(window, (language,)): message for language, message in messages.items()}
    return stored
