"""A day's changes -> commands in a pipeline: absolute counts, spellings, and how long the keys live.

None of it lowers a count, so all of it may be repeated.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from redis.client import Pipeline

from contract import redis_names
from streaming.changes import DayChange, LanguageChange

CHUNK = 1_000

_RAISE_FIELDS = Path(__file__).with_name("raise_fields.lua").read_text()

Item = TypeVar("Item")


class Writes:
    """Adds what one source's days get. It remembers which keys it let live on."""

    def __init__(self, source: str) -> None:
        """Add commands for the keys of ``source``."""
        self._source = source
        self._renewed: set[str] = set()

    def forget_renewals(self) -> None:
        """Let each key live on with its next write: to be called often, measured by lives of a day and more."""
        self._renewed.clear()

    def add(self, pipeline: Pipeline, change: DayChange) -> None:
        """Add a day's changes."""
        # Before the posts: so whoever finds fewer posts in the minutes than in the day knows that minutes are missing.
        self._add_minutes(pipeline, change)
        totals = {language.language: language.posts for language in change.languages if language.posts is not None}
        self._raise(pipeline, redis_names.posts(self._source, change.day), totals, redis_names.DAY_TTL)
        for language in change.languages:
            self._add_language(pipeline, change.day, language)
            self._add_spellings(pipeline, change.day, language.spellings)

    def _add_language(self, pipeline: Pipeline, day: date, change: LanguageChange) -> None:
        source, language = self._source, change.language
        self._raise(pipeline, redis_names.counts(source, day, language), change.counts, redis_names.DAY_TTL)
        self._raise(pipeline, redis_names.authors(source, day, language), change.authors, redis_names.DAY_TTL)
        for hour, posts in change.hour_posts.items():
            name = redis_names.hour_posts(source, day, hour)
            self._raise(pipeline, name, {language: posts}, redis_names.HOUR_TTL)
        for hour, counts in change.hour_counts.items():
            self._raise(pipeline, redis_names.hour_counts(source, day, hour, language), counts, redis_names.HOUR_TTL)
        for hour, authors in change.hour_authors.items():
            self._raise(pipeline, redis_names.hour_authors(source, day, hour, language), authors, redis_names.HOUR_TTL)

    def _add_spellings(self, pipeline: Pipeline, day: date, spellings: Mapping[str, str]) -> None:
        name = redis_names.spellings(self._source, day)
        for chunk in _chunks(spellings.items()):
            pipeline.hset(name, items=list(chain.from_iterable(chunk)))
        if spellings:
            self.renew(pipeline, name, redis_names.DAY_TTL)

    def _add_minutes(self, pipeline: Pipeline, change: DayChange) -> None:
        name = redis_names.minutes(self._source, change.day)
        for language in change.languages:
            if language.minutes:
                pipeline.eval(_RAISE_FIELDS, 1, name, *chain.from_iterable(language.minutes.items()))
                self.renew(pipeline, name, redis_names.DAY_TTL)

    def _raise(self, pipeline: Pipeline, name: str, scores: Mapping[str, int], ttl: int) -> None:
        for chunk in _chunks(scores.items()):
            pipeline.zadd(name, dict(chunk), gt=True)
        if scores:
            self.renew(pipeline, name, ttl)

    def renew(self, pipeline: Pipeline, name: str, ttl: int) -> None:
        """Let a key live from now on, unless it was renewed since the last ``forget_renewals``."""
        if name not in self._renewed:
            self._renewed.add(name)
            pipeline.expire(name, ttl)


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
