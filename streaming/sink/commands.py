"""Updates -> Redis commands in a pipeline: absolute counts, spellings, and the expiry of the keys.

No command lowers a count, so all may run again. Commands that write give a key no expiry. The mark that follows them
does (``lua/mark.lua``), and so it detects keys that Redis had lost.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from redis.client import Pipeline

from contract import redis_names
from streaming.sink.updates import DayUpdate, LanguageUpdate

ITEMS_PER_COMMAND = 1_000

_LUA = Path(__file__).parent / "lua"

Item = TypeVar("Item")


def lua(name: str) -> str:
    """Return the text of a script of the folder ``lua``."""
    return (_LUA / f"{name}.lua").read_text()


_MARK = lua("mark")
_RAISE_FIELDS = lua("raise_fields")


class RedisCommands:
    """Adds the commands for one source to pipelines, and remembers which keys the next mark has to check."""

    def __init__(self, source: str) -> None:
        """Write the keys of ``source``."""
        self._source = source
        self._renewed: set[str] = set()
        self._written: dict[str, tuple[int, bool]] = {}

    def renew_again(self) -> None:
        """Let each key's next write renew its expiry. Call it often, compared with expiries of a day and more."""
        self._renewed.clear()

    def add_update(self, pipeline: Pipeline, update: DayUpdate) -> None:
        """Add the commands that write a day's update."""
        # Minutes come before the total. A reader that sees fewer posts in them than in the day knows that some lack.
        self._add_minutes(pipeline, update)
        totals = {of.language: of.posts for of in update.languages if of.posts is not None}
        self._raise(pipeline, redis_names.posts(self._source, update.day), totals, redis_names.DAY_TTL)
        for language in update.languages:
            self._add_language(pipeline, update.day, language)
            self._add_spellings(pipeline, update.day, language.spellings)

    def add_mark(self, pipeline: Pipeline, mark: int, least: int) -> None:
        """Add the command that sets the mark, checks the keys written since the last mark and sets their expiry.

        It has no effect if no mark of ``least`` or more stands.
        """
        names = [redis_names.marker(self._source), redis_names.written_keys(self._source), *self._written]
        expiries = chain.from_iterable((ttl, int(renews)) for ttl, renews in self._written.values())
        pipeline.eval(_MARK, len(names), *names, mark, redis_names.DAY_TTL, least, *expiries)
        self._written = {}

    def track(self, name: str, ttl: int) -> None:
        """Let the next mark check a written key. It renews its expiry, once after each ``renew_again``."""
        if name not in self._renewed or name not in self._written:
            self._written[name] = ttl, name not in self._renewed
            self._renewed.add(name)

    def _add_language(self, pipeline: Pipeline, day: date, update: LanguageUpdate) -> None:
        source, language = self._source, update.language
        self._raise(pipeline, redis_names.counts(source, day, language), update.counts, redis_names.DAY_TTL)
        self._raise(pipeline, redis_names.authors(source, day, language), update.authors, redis_names.DAY_TTL)
        for hour, posts in update.hour_posts.items():
            name = redis_names.hour_posts(source, day, hour)
            self._raise(pipeline, name, {language: posts}, redis_names.HOUR_TTL)
        for hour, counts in update.hour_counts.items():
            self._raise(pipeline, redis_names.hour_counts(source, day, hour, language), counts, redis_names.HOUR_TTL)
        for hour, authors in update.hour_authors.items():
            self._raise(pipeline, redis_names.hour_authors(source, day, hour, language), authors, redis_names.HOUR_TTL)

    def _add_spellings(self, pipeline: Pipeline, day: date, spellings: Mapping[str, str]) -> None:
        name = redis_names.spellings(self._source, day)
        for chunk in chunks(spellings.items()):
            pipeline.hset(name, items=list(chain.from_iterable(chunk)))
        if spellings:
            self.track(name, redis_names.DAY_TTL)

    def _add_minutes(self, pipeline: Pipeline, update: DayUpdate) -> None:
        name = redis_names.minutes(self._source, update.day)
        for language in update.languages:
            if language.minutes:
                pipeline.eval(_RAISE_FIELDS, 1, name, *chain.from_iterable(language.minutes.items()))
                self.track(name, redis_names.DAY_TTL)

    def _raise(self, pipeline: Pipeline, name: str, scores: Mapping[str, int], ttl: int) -> None:
        for chunk in chunks(scores.items()):
            pipeline.zadd(name, dict(chunk), gt=True)
        if scores:
            self.track(name, ttl)


def chunks(items: Iterable[Item], size: int = ITEMS_PER_COMMAND) -> Iterator[list[Item]]:
    """Yield items as lists of at most ``size``."""
    remaining = iter(items)
    while chunk := list(islice(remaining, size)):
        yield chunk
