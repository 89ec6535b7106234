"""Reads a day's story: its facts, and the rank changes and peaks of its hashtags, in one language."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from asgiref.sync import sync_to_async
from redis.asyncio import Redis

from contract.closed_day import MINUTES
from contract.gap import Gap
from contract.language import ALL_LANGUAGES
from contract.ranking import Ranking
from trendsite.queries.choice import EVERYTHING, TOPS
from trendsite.queries.day_hours import DayHours, read_hours
from trendsite.queries.day_rankings import read_day_ranking
from trendsite.queries.groups import DayGroup
from trendsite.queries.known_gaps import read_known_gaps
from trendsite.queries.network_races import race_of, read_races
from trendsite.queries.newcomers import EarlierDays, read_earlier_days
from trendsite.queries.race_moments import end_of, holes
from trendsite.queries.races import Race
from trendsite.queries.used_together import Pair, read_pairs
from trendsite.story.facts import DayNumbers, Fact, numbers_of
from trendsite.story.paths import TOP_TEN, Path
from trendsite.story.sentences import in_english
from trendsite.story.telling import facts_of

MOST_HASHTAGS = 200
"""So many hashtags of a day have their hours and days read: those that came furthest."""

TOLD_PLACES = 50
"""The first places of a day that its story is about."""


@dataclass(frozen=True)
class Story:
    """A day's facts, and of its hashtags by key: the path through the race, the hours, and what earlier days say.

    ``read_keys`` are those of which hours and days were read. The race ends at the minute ``end``. ``is_partial`` means
    that posts or rankings of the day are missing.
    """

    facts: Sequence[Fact] = ()
    paths: Mapping[str, Path] = field(default_factory=dict)
    hours: DayHours = field(default_factory=DayHours)
    earlier: EarlierDays = field(default_factory=EarlierDays)
    read_keys: frozenset[str] = frozenset()
    end: int = MINUTES
    is_partial: bool = True


@dataclass(frozen=True)
class DayOfRace:
    """A date in one language: its ranking to TOLD_PLACES, and its race, of each source and of all together."""

    group: DayGroup
    language: str
    ranking: Ranking
    races: Sequence[Race]
    race: Race | None
    known_gaps: Mapping[str, Sequence[Gap]]


async def read_facts(redis: Redis | None, group: DayGroup) -> list[Fact]:
    """Return the facts of a date in all languages together, each with its English sentence; none without a ranking.

    Raises:
        RedisError, OSError: Redis is away.
    """
    ranking = await read_day_ranking(redis, group, EVERYTHING, TOLD_PLACES, datetime.now(UTC))
    if ranking is None:
        return []
    races = await read_races(group.names, group.day, ALL_LANGUAGES)
    gaps = await read_known_gaps(redis, group)
    day = DayOfRace(group, ALL_LANGUAGES, ranking, races, await race_of(races), gaps)
    return [in_english(fact) for fact in (await read_story(redis, day, TOP_TEN)).facts]


async def read_story(redis: Redis | None, day: DayOfRace, places: int = TOPS[-1]) -> Story:
    """Return the story of a day. Of the hashtags that reached the first ``places`` it has hours and days too.

    Raises:
        RedisError, OSError: Redis is away.
    """
    missing = holes(day.races, (gap for gaps in day.known_gaps.values() for gap in gaps))
    race = day.race if day.race and day.race.frames else None
    # It takes up to a tenth of a second.
    top, is_final = day.ranking.top, day.ranking.final
    numbers = await asyncio.to_thread(partial(numbers_of, top, race, missing, is_final=is_final))
    keys = _keys(numbers, places)
    hours = await read_hours(redis, day.group, day.language, keys)
    earlier = await sync_to_async(read_earlier_days)(day.group, day.language, keys)
    pairs = await _read_pairs(redis, day)
    numbers = replace(numbers, posts=day.ranking.posts, hours=hours, earlier=earlier, pairs=pairs)
    end = end_of(race) if race else MINUTES
    return Story(facts_of(numbers), numbers.paths, hours, earlier, frozenset(keys), end, not numbers.is_whole)


async def _read_pairs(redis: Redis | None, day: DayOfRace) -> list[Pair]:
    """Return the pairs of the first places. Pairs are counted in all languages together."""
    if day.language != ALL_LANGUAGES:
        return []
    return await read_pairs(redis, day.group, {place.key: place.posts for place in day.ranking.top})


def _keys(numbers: DayNumbers, places: int) -> list[str]:
    """Return the hashtags that are told of, or were at some moment among the first places; the best ones first."""
    best: dict[str, int] = {place.key: place.rank for place in numbers.top}
    for key, path in numbers.paths.items():
        if path.best <= places:
            best[key] = min(path.best, best.get(key, path.best))
    return sorted(best, key=lambda key: (best[key], key))[:MOST_HASHTAGS]
