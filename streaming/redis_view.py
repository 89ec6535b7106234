"""Redis as a view of Spark's state: absolute counts in, first places out.

Every write may be repeated and none lowers a count, so a batch that is tried again, or a new
query that catches up, changes nothing that was right.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar, cast

import msgspec
import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from contract import redis_names
from contract.language import ALL_LANGUAGES
from contract.ranking import TOP, Ranking, decode_ranking, encode_ranking, order
from contract.redis_names import shown_spelling
from contract.status import StreamingStatus
from streaming.spellings import better_spellings

KEPT_HASHTAGS = 5_000
"""Hashtags kept per day and language. One that moves again after it was trimmed brings its whole count."""

RETRIES = 60
CHUNK = 1_000

Item = TypeVar("Item")

_TOP_TEN = Path(__file__).with_name("top_ten.lua").read_text()


def connect(url: str) -> redis.Redis:
    """Return a client that waits for a Redis that is away, about two minutes at most."""
    errors = [redis.ConnectionError, redis.TimeoutError]
    backoff = ExponentialWithJitterBackoff(base=0.1, cap=2.0)
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=2.0,
        socket_timeout=10.0,
        retry=Retry(backoff, RETRIES, supported_errors=tuple(errors)),
        retry_on_error=errors,
    )


@dataclass(frozen=True)
class Standing:
    """One language of a day: all its posts, and its first places as (key, spelling, posts)."""

    language: str
    posts: int
    top: list[tuple[str, str, int]]


def withdraw_report(client: redis.Redis) -> None:
    """Report no more, so that nobody takes the last report for a living one."""
    client.delete(redis_names.STREAMING_STATUS)


class RedisView:
    """The keys of one source."""

    def __init__(self, client: redis.Redis, source: str) -> None:
        """Write with ``client`` for ``source``."""
        self._redis = client
        self._source = source

    def write_posts(self, day: date, language: str, posts: int) -> None:
        """Set how many posts a language has."""
        key = redis_names.posts(self._source, day)
        self._redis.zadd(key, {language: posts}, gt=True)
        self._redis.expire(key, redis_names.DAY_TTL)

    def write_counts(self, day: date, language: str, counts: Mapping[str, int]) -> None:
        """Set how many posts each hashtag key has."""
        key = redis_names.counts(self._source, day, language)
        pipeline = self._redis.pipeline(transaction=False)
        for chunk in _chunks(counts.items()):
            pipeline.zadd(key, dict(chunk), gt=True)
        pipeline.expire(key, redis_names.DAY_TTL)
        pipeline.execute()

    def write_spellings(self, day: date, counted: list[tuple[str, str, int]]) -> None:
        """Take up counts of spellings, (key, spelling, posts)."""
        name = redis_names.spellings(self._source, day)
        for chunk in _chunks(counted):
            keys = list(dict.fromkeys(key for key, _, _ in chunk))
            better = better_spellings(chunk, self._fields(name, keys))
            if better:
                self._redis.hset(name, items=list(chain.from_iterable(better.items())))
        self._redis.expire(name, redis_names.DAY_TTL)

    def standings(self, day: date, languages: list[str]) -> list["Standing"]:
        """Trim each language's counts and return its first places, in the order of ``languages``."""
        spellings = redis_names.spellings(self._source, day)
        pipeline = self._redis.pipeline(transaction=False)
        for language in languages:
            keys = [redis_names.counts(self._source, day, language)]
            if language == ALL_LANGUAGES:
                keys.append(spellings)
            pipeline.eval(_TOP_TEN, len(keys), *keys, TOP, KEPT_HASHTAGS)
        pipeline.zmscore(redis_names.posts(self._source, day), languages)
        *places, posts = pipeline.execute()
        tops = [_first_places(*place) for place in places]
        shown = self._fields(spellings, list({key for top in tops for key, _ in top}))
        return [
            Standing(language, int(total or 0), [(key, shown_spelling(shown[key], key), count) for key, count in top])
            for language, total, top in zip(languages, posts, tops, strict=True)
        ]

    def stored_rankings(self, day: date, languages: list[str]) -> list[Ranking | None]:
        """Return the latest ranking of each language, None where there is none."""
        messages = self._fields(redis_names.rankings(self._source, day), languages)
        return [decode_ranking(message) if message else None for message in messages.values()]

    def publish(self, day: date, rankings: list[Ranking], announce: bool) -> None:
        """Store rankings of a day, one language each, and with ``announce`` publish them."""
        name = redis_names.rankings(self._source, day)
        pipeline = self._redis.pipeline(transaction=False)
        for ranking in rankings:
            (language,) = ranking.languages
            message = encode_ranking(ranking)
            pipeline.hset(name, language, message)
            if announce:
                pipeline.publish(redis_names.ranking_channel(language), message)
        pipeline.expire(name, redis_names.DAY_TTL)
        pipeline.execute()

    def shown_day(self) -> date | None:
        """Return the day that the board shows of this source; None when it shows another source."""
        current = self._fields(redis_names.CURRENT, ["source", "day"])
        day = current["day"]
        return date.fromisoformat(day) if day and current["source"] == self._source else None

    def counted_days(self, days: Iterable[date]) -> list[date]:
        """Return those of some days that have counts here."""
        return [day for day in days if self._redis.exists(redis_names.posts(self._source, day))]

    def show(self, day: date) -> None:
        """Make this source and day what the board shows."""
        self._redis.hset(redis_names.CURRENT, mapping={"source": self._source, "day": day.isoformat()})

    def marker(self) -> str | None:
        """Return the mark of the last batch that is wholly here."""
        return cast("str | None", self._redis.get(redis_names.marker(self._source)))

    def mark(self, marker: str) -> None:
        """Note the last batch that is wholly here."""
        self._redis.set(redis_names.marker(self._source), marker, ex=redis_names.DAY_TTL)

    def report(self, status: StreamingStatus) -> None:
        """Say how streaming is."""
        self._redis.set(redis_names.STREAMING_STATUS, msgspec.json.encode(status), ex=redis_names.STATUS_TTL)

    def _fields(self, name: str, fields: list[str]) -> dict[str, str | None]:
        if not fields:
            return {}
        return dict(zip(fields, cast("list[str | None]", self._redis.hmget(name, fields)), strict=True))


def _first_places(above: list[str], ties: list[str], last: str) -> list[tuple[str, int]]:
    pairs = [(key, int(score)) for key, score in zip(above[::2], above[1::2], strict=True)]
    return order([*pairs, *((key, int(last)) for key in ties)])


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
