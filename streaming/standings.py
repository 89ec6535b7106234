"""First places read out of Redis. Lua trims and picks them, this orders and names them.

A question adds its commands to a pipeline, and later reads its answers from those of the whole
pipeline, so that several questions and the writes before them are one round trip.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import msgspec
from redis.client import Pipeline

from contract import redis_names
from contract.language import ALL_LANGUAGES
from contract.ranking import TOP, Ranking, Window, decode_ranking, last_hour, order, share_left
from contract.redis_names import shown_spelling
from streaming.changes import KEPT_HASHTAGS, KEPT_HASHTAGS_OF_AN_HOUR

_TOP_TEN = Path(__file__).with_name("top_ten.lua").read_text()
_LAST_HOUR = Path(__file__).with_name("last_hour.lua").read_text()

_DayPlace = tuple[str, int, int | None, str | None]
_HourPlace = tuple[str, int, int, str | None]
_day_decoder = msgspec.json.Decoder(list[_DayPlace])
_hour_decoder = msgspec.json.Decoder(list[_HourPlace])


@dataclass(frozen=True)
class Place:
    """One hashtag in a standing; ``authors`` None where unknown."""

    key: str
    hashtag: str
    posts: int
    authors: int | None = None


@dataclass(frozen=True)
class Standing:
    """One language in a window that ends in ``day``: all its posts, its first places, and the ranking stored before."""

    window: Window
    day: date
    language: str
    posts: int
    top: list[Place]
    previous: Ranking | None


class Question(Protocol):
    """What is asked within a pipeline."""

    def ask(self, pipeline: Pipeline) -> None:
        """Add the commands."""

    def read(self, answers: Iterator[Any]) -> list[Standing]:
        """Take as many answers as there were commands; return the standings in the order of the languages."""


@dataclass(frozen=True)
class DayStandings:
    """Asks for the first places of a day, and trims its counts."""

    source: str
    day: date
    languages: list[str]
    places: int = TOP

    def ask(self, pipeline: Pipeline) -> None:
        """Add the commands."""
        source, day = self.source, self.day
        spellings = redis_names.spellings(source, day)
        for language in self.languages:
            counts, authors = redis_names.counts(source, day, language), redis_names.authors(source, day, language)
            trimmed_too = int(language == ALL_LANGUAGES)
            pipeline.eval(_TOP_TEN, 3, counts, authors, spellings, self.places, KEPT_HASHTAGS, trimmed_too)
        pipeline.zmscore(redis_names.posts(source, day), self.languages)
        pipeline.hmget(redis_names.rankings(source, day, "day"), self.languages)

    def read(self, answers: Iterator[Any]) -> list[Standing]:
        """Return the standings in the order of the languages."""
        tops = [self._top(_day_decoder.decode(next(answers))) for _ in self.languages]
        posts, rankings = next(answers), next(answers)
        return [
            Standing("day", self.day, language, int(total or 0), top, decode_ranking(message) if message else None)
            for language, top, total, message in zip(self.languages, tops, posts, rankings, strict=True)
        ]

    def _top(self, found: list[_DayPlace]) -> list[Place]:
        known = {key: (authors, field) for key, _, authors, field in found}
        ordered = order(((key, posts) for key, posts, _, _ in found), self.places)
        return [Place(key, shown_spelling(known[key][1], key), posts, known[key][0]) for key, posts in ordered]


@dataclass(frozen=True)
class HourStandings:
    """Asks for the first places of the 60 minutes before ``clock``, and trims the counts of both UTC hours."""

    source: str
    day: date
    clock: datetime
    languages: list[str]

    def ask(self, pipeline: Pipeline) -> None:
        """Add the commands."""
        hours = hours_before(self.clock)
        # The later day's spelling comes first: it is the one that is shown.
        days = sorted({at.date() for at in hours}, reverse=True)
        spellings = [redis_names.spellings(self.source, day) for day in days]
        for language in self.languages:
            counts = [redis_names.hour_counts(self.source, at.date(), at.hour, language) for at in hours]
            authors = [redis_names.hour_authors(self.source, at.date(), at.hour, language) for at in hours]
            keys = [*counts, *authors, *spellings]
            pipeline.eval(_LAST_HOUR, len(keys), *keys, share_left(self.clock), TOP, KEPT_HASHTAGS_OF_AN_HOUR)
        for at in hours:
            pipeline.zmscore(redis_names.hour_posts(self.source, at.date(), at.hour), self.languages)
        pipeline.hmget(redis_names.rankings(self.source, self.day, "hour"), self.languages)

    def read(self, answers: Iterator[Any]) -> list[Standing]:
        """Return the standings in the order of the languages."""
        tops = [self._top(_hour_decoder.decode(next(answers))) for _ in self.languages]
        posts = [self._posts(this, before) for this, before in zip(next(answers), next(answers), strict=True)]
        rankings = next(answers)
        return [
            Standing("hour", self.day, language, total, top, decode_ranking(message) if message else None)
            for language, top, total, message in zip(self.languages, tops, posts, rankings, strict=True)
        ]

    def _top(self, found: list[_HourPlace]) -> list[Place]:
        fields = {key: field for key, _, _, field in found}
        counted = ((key, self._posts(this, before)) for key, this, before, _ in found)
        ordered = order((key, posts) for key, posts in counted if posts)
        return [Place(key, shown_spelling(fields[key], key), posts) for key, posts in ordered]

    def _posts(self, this_hour: float | str | None, hour_before: float | str | None) -> int:
        return last_hour(int(this_hour or 0), int(hour_before or 0), self.clock)


def hours_before(clock: datetime) -> tuple[datetime, datetime]:
    """Return moments in the two UTC hours that hold the 60 minutes before ``clock``: its own, the one before."""
    return clock, clock - timedelta(hours=1)
