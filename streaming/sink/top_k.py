"""The top k hashtags of a day or of the last hour, read from Redis as rankings. Lua trims and picks, Python orders.

A query adds its commands to a pipeline, and later reads its responses from those of the whole pipeline. So several
queries, and the writes before them, are one round trip.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol

import msgspec
from redis.client import Pipeline

from contract import redis_names
from contract.language import ALL_LANGUAGES
from contract.ranking import (
    TOP,
    RankedHashtag,
    Ranking,
    decode_ranking,
    few_authors,
    highest_counts,
    last_hour,
    ranks_by_key,
    set_rank_changes,
    share_left,
)
from contract.redis_names import shown_spelling
from streaming.sink.commands import lua

_TOP_OF_DAY = lua("top_k_of_day")
_TOP_OF_HOUR = lua("top_k_of_hour")

_DayRow = tuple[str, int, int | None, str | None]
"""Key, posts, authors, field of the spellings."""
_HourRow = tuple[str, int, int, str | None]
"""Key, posts in this hour, posts in the hour before, field of the spellings."""
_day_decoder = msgspec.json.Decoder(list[_DayRow])
_hour_decoder = msgspec.json.Decoder(list[_HourRow])


class RankingChange(NamedTuple):
    """The ranking of one language, and the one stored before it."""

    previous: Ranking | None
    ranking: Ranking

    @property
    def is_visible(self) -> bool:
        """Whether a viewer sees a difference between the two."""
        if self.previous is None or self.previous.posts != self.ranking.posts:
            return True
        return _shown(self.previous) != _shown(self.ranking)


class TopKQuery(Protocol):
    """A query within a pipeline."""

    def add_commands(self, pipeline: Pipeline) -> None:
        """Add the commands of the query."""

    def read(self, responses: Iterator[Any], as_of: datetime) -> list[RankingChange]:
        """Take one response for each command; return the rankings, in the order of the languages."""


@dataclass(frozen=True)
class DayTopK:
    """The top ``k`` hashtags of a day. The query also trims the day's counts."""

    source: str
    day: date
    languages: list[str]
    k: int = TOP

    def add_commands(self, pipeline: Pipeline) -> None:
        """Add the commands of the query."""
        source, day = self.source, self.day
        spellings = redis_names.spellings(source, day)
        for language in self.languages:
            counts, authors = redis_names.counts(source, day, language), redis_names.authors(source, day, language)
            trims_spellings = int(language == ALL_LANGUAGES)
            keys = [counts, authors, spellings, redis_names.written_keys(source)]
            pipeline.eval(_TOP_OF_DAY, len(keys), *keys, self.k, redis_names.DAY_HASHTAGS, trims_spellings)
        pipeline.zmscore(redis_names.posts(source, day), self.languages)
        pipeline.hmget(redis_names.rankings(source, day, "day"), self.languages)

    def read(self, responses: Iterator[Any], as_of: datetime) -> list[RankingChange]:
        """Take one response for each command; return the rankings, in the order of the languages."""
        tops = [self._top(_day_decoder.decode(next(responses))) for _ in self.languages]
        posts, stored = next(responses), next(responses)
        return [
            _compare(message, Ranking(self.day, [language], "day", as_of, False, int(total or 0), top))
            for language, top, total, message in zip(self.languages, tops, posts, stored, strict=True)
        ]

    def _top(self, rows: list[_DayRow]) -> list[RankedHashtag]:
        by_key = {key: (authors, field) for key, _, authors, field in rows}
        ordered = highest_counts(((key, posts) for key, posts, _, _ in rows), self.k)
        return [self._place(rank, key, posts, *by_key[key]) for rank, (key, posts) in enumerate(ordered, 1)]

    def _place(self, rank: int, key: str, posts: int, authors: int | None, field: str | None) -> RankedHashtag:
        few = few_authors(posts, authors)
        return RankedHashtag(rank, shown_spelling(field, key), key, posts, authors=authors, few_authors=few)


@dataclass(frozen=True)
class HourTopK:
    """The top ten hashtags of the 60 minutes before ``clock``. The query also trims the counts of both UTC hours."""

    source: str
    day: date
    clock: datetime
    languages: list[str]

    def add_commands(self, pipeline: Pipeline) -> None:
        """Add the commands of the query."""
        hours = hours_before(self.clock)
        # The spelling of the later day wins, so it comes first.
        days = sorted({at.date() for at in hours}, reverse=True)
        spellings = [redis_names.spellings(self.source, day) for day in days]
        for language in self.languages:
            counts = [redis_names.hour_counts(self.source, at.date(), at.hour, language) for at in hours]
            authors = [redis_names.hour_authors(self.source, at.date(), at.hour, language) for at in hours]
            keys = [*counts, *authors, redis_names.written_keys(self.source), *spellings]
            pipeline.eval(_TOP_OF_HOUR, len(keys), *keys, share_left(self.clock), TOP, redis_names.HOUR_HASHTAGS)
        for at in hours:
            pipeline.zmscore(redis_names.hour_posts(self.source, at.date(), at.hour), self.languages)
        pipeline.hmget(redis_names.rankings(self.source, self.day, "hour"), self.languages)

    def read(self, responses: Iterator[Any], as_of: datetime) -> list[RankingChange]:
        """Take one response for each command; return the rankings, in the order of the languages."""
        tops = [self._top(_hour_decoder.decode(next(responses))) for _ in self.languages]
        posts = [self._posts(this, before) for this, before in zip(next(responses), next(responses), strict=True)]
        return [
            _compare(message, Ranking(self.day, [language], "hour", as_of, False, total, top))
            for language, top, total, message in zip(self.languages, tops, posts, next(responses), strict=True)
        ]

    def _top(self, rows: list[_HourRow]) -> list[RankedHashtag]:
        fields = {key: field for key, _, _, field in rows}
        counted = ((key, self._posts(this, before)) for key, this, before, _ in rows)
        ordered = highest_counts((key, posts) for key, posts in counted if posts)
        return [
            RankedHashtag(rank, shown_spelling(fields[key], key), key, posts)
            for rank, (key, posts) in enumerate(ordered, 1)
        ]

    def _posts(self, this_hour: float | str | None, hour_before: float | str | None) -> int:
        return last_hour(int(this_hour or 0), int(hour_before or 0), self.clock)


def hours_before(clock: datetime) -> tuple[datetime, datetime]:
    """Return a moment in each of the two UTC hours that hold the 60 minutes before ``clock``, the later one first."""
    return clock, clock - timedelta(hours=1)


def _compare(stored: str | None, ranking: Ranking) -> RankingChange:
    """Set the rank changes of a new ranking since the ``stored`` one."""
    previous = decode_ranking(stored) if stored else None
    set_rank_changes(ranking.top, ranks_by_key(previous.top) if previous else {})
    return RankingChange(previous, ranking)


def _shown(ranking: Ranking) -> list[tuple[str, str, int, int | None]]:
    return [(place.key, place.hashtag, place.posts, place.authors) for place in ranking.top]
