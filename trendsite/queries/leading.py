"""The hashtags that lead the boards at this moment, for the moderation desk: hidden ones are left out.

Without a language: the day and the last hour of all languages, and the day of each language with most posts. With one:
its own day and last hour.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from redis.asyncio import Redis

from contract import redis_names
from contract.language import ALL_LANGUAGES
from contract.ranking import RankedHashtag, Window
from trendsite.queries.choice import Choice
from trendsite.queries.pipeline_status import Shown
from trendsite.queries.rankings import read_posts_by_language, read_ranking

DAY_PLACES = 50
HOUR_PLACES = 25
LANGUAGE_PLACES = 10

MAX_LANGUAGES = 20
"""Languages whose own rankings are read, those with most posts."""

_Scope = tuple[Window, str, int]
"""A window, a language and a number of places."""


@dataclass(frozen=True)
class Place:
    """A rank in the ranking of a window and a language (``*`` for all)."""

    window: Window
    language: str
    rank: int


@dataclass(frozen=True)
class Leading:
    """A leading hashtag as its first place has it, and all its ``places``, those of all languages first.

    ``authors`` is None if unknown. ``languages`` are (code, posts of today) of its largest languages. ``networks`` are
    (name, posts), empty if only one network runs.
    """

    ranked: RankedHashtag
    places: tuple[Place, ...]
    languages: tuple[tuple[str, int], ...] = ()

    @property
    def key(self) -> str:
        """The key that it counts under."""
        return self.ranked.key

    @property
    def networks(self) -> list[tuple[str, int]]:
        """The posts of its first place by network, most first."""
        by_network = self.ranked.networks
        return [] if by_network is msgspec.UNSET else sorted(by_network.items(), key=lambda item: (-item[1], item[0]))


async def read_leading(redis: Redis, shown: Shown, language: str, now: datetime) -> list[Leading]:
    """Return what leads now in a language (``*`` for all), best places first. ``now`` (UTC) decides which rules hold.

    Raises:
        RedisError, OSError: Redis is away.
    """
    rankings = [
        (scope, (await read_ranking(redis, shown, Choice(scope[0], (scope[1],)), scope[2], now)).top)
        for scope in _scopes(language, await read_posts_by_language(redis, shown))
    ]
    return _merged(rankings)


def _scopes(language: str, posts: Iterable[str]) -> Iterator[_Scope]:
    yield "day", language, DAY_PLACES
    yield "hour", language, HOUR_PLACES
    if language == ALL_LANGUAGES:
        for code in [code for code in posts if code != ALL_LANGUAGES][:MAX_LANGUAGES]:
            yield "day", code, LANGUAGE_PLACES


def _merged(rankings: Sequence[tuple[_Scope, Sequence[RankedHashtag]]]) -> list[Leading]:
    """Return each hashtag once, in the order of its best place; places of the first scopes go first."""
    first: dict[str, RankedHashtag] = {}
    places: dict[str, list[Place]] = {}
    for (window, language, _), top in rankings:
        for ranked in top:
            first.setdefault(ranked.key, ranked)
            places.setdefault(ranked.key, []).append(Place(window, language, ranked.rank))
    return [Leading(first[key], tuple(of_key)) for key, of_key in places.items()]


async def read_languages_of(
    redis: Redis, shown: Shown, keys: Sequence[str], most: int = 3
) -> dict[str, tuple[tuple[str, int], ...]]:
    """Return the languages of some hashtags with the posts of the day in each, at most ``most`` of each, largest first.

    Raises:
        RedisError, OSError: Redis is away.
    """
    codes = [code for code in await read_posts_by_language(redis, shown) if code != ALL_LANGUAGES]
    if not keys or not codes:
        return {}
    pipeline = redis.pipeline(transaction=False)
    for code in codes:
        for source in shown.sources:
            pipeline.zmscore(redis_names.counts(source, shown.day, code), list(keys))
    answers = iter(await pipeline.execute())
    posts: dict[str, dict[str, int]] = {key: {} for key in keys}
    for code in codes:
        for _ in shown.sources:
            for key, score in zip(keys, next(answers), strict=True):
                posts[key][code] = posts[key].get(code, 0) + int(score or 0)
    return {key: _largest(of_key, most) for key, of_key in posts.items()}


def _largest(posts: dict[str, int], most: int) -> tuple[tuple[str, int], ...]:
    some = ((code, number) for code, number in posts.items() if number)
    return tuple(sorted(some, key=lambda item: (-item[1], item[0]))[:most])
