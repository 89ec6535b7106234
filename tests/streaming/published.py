"""The rankings of the source ``test`` that are stored in Redis, and those that are published."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import takewhile

import redis

from contract import redis_names
from contract.ranking import Ranking, Window, decode_ranking
from tests.streaming.fake_counts import DAY


def stored(client: redis.Redis, language: str = "*", day: date = DAY, window: Window = "day") -> Ranking:
    return decode_ranking(client.hget(redis_names.rankings("test", day, window), language))


def top(client: redis.Redis, **where: object) -> list[tuple[str, int]]:
    return [(place.hashtag, place.posts) for place in stored(client, **where).top]


def dumped(client: redis.Redis) -> dict[str, bytes]:
    return {key: client.dump(key) for key in client.scan_iter()}


@contextmanager
def listening(client: redis.Redis) -> Iterator[Callable[[], list[Ranking]]]:
    """Yield a function that returns the rankings published so far, after a check of their Redis channels."""
    with client.pubsub() as subscription:
        subscription.psubscribe(redis_names.RANKING_CHANNELS)

        def published() -> list[Ranking]:
            end = redis_names.ranking_channel("test", "day", "end")
            client.publish(end, "")
            messages = (m for m in subscription.listen() if m["type"] == "pmessage")
            until_end = list(takewhile(lambda m: m["channel"] != end, messages))
            rankings = [decode_ranking(m["data"]) for m in until_end]
            for message, ranking in zip(until_end, rankings, strict=True):
                channel = redis_names.source_window_and_language(message["channel"])
                assert channel == ("test", ranking.window, *ranking.languages)
            return rankings

        yield published
