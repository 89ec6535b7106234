"""What every peer shares: what a post counts under, and Redis with the published top ten of each language.

Needs nothing but redis, because a peer may live in a virtual environment of its own.
"""

import json
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import cast

import redis

ALL_LANGUAGES = "*"
TOTAL_KEY = ""
TOP = 10

_CHUNK = 1_000
_POSTS = "peer:posts"
_TOPS = "peer:tops"
_CHANNEL = "peer:ranking:"

Count = tuple[str, str, str, int]
"""Day, language, hashtag key (empty: all posts), posts."""


Group = tuple[str, str, str]
"""Day, language, hashtag key."""


def groups_of(line: str | bytes) -> list[Group]:
    """Return every group that a post counts under, in its language and in all."""
    post = json.loads(line)
    day = post["created_at"][:10]
    keys = {unicodedata.normalize("NFKC", hashtag).casefold() for hashtag in post["hashtags"]}
    return [(day, language, key) for language in (post["lang"], ALL_LANGUAGES) for key in (TOTAL_KEY, *keys)]


class PeerBoard:
    """The counts of one peer, of one day."""

    def __init__(self, url: str) -> None:
        """Use the Redis at ``url``."""
        self.redis = redis.Redis.from_url(url, decode_responses=True)

    def write(self, counts: Iterable[Count]) -> None:
        """Store absolute counts, and publish the top ten of their languages."""
        by_language = sorted(counts, key=lambda count: count[:2])
        for (day, language), of_language in groupby(by_language, key=lambda count: count[:2]):
            totals = {key: posts for _, _, key, posts in of_language}
            posts = totals.pop(TOTAL_KEY, None)
            for chunk in _chunks(totals.items()):
                self.redis.zadd(counts_key(day, language), dict(chunk))
            self.publish(language, self.top_ten(day, language), posts)

    def increment(self, groups: Iterable[tuple[str, str, str]]) -> None:
        """Add one post to each (day, language, key), in one pipeline."""
        pipeline = self.redis.pipeline(transaction=False)
        for day, language, key in groups:
            if key == TOTAL_KEY:
                pipeline.hincrby(_POSTS, language, 1)
            else:
                pipeline.zincrby(counts_key(day, language), 1, key)
        pipeline.execute()

    def top_ten(self, day: str, language: str) -> list[tuple[str, int]]:
        """Return the most used hashtags that Redis holds."""
        places = self.redis.zrevrange(counts_key(day, language), 0, TOP - 1, withscores=True)
        return [(key, int(score)) for key, score in cast("list[tuple[str, float]]", places)]

    def publish(self, language: str, top: list[tuple[str, int]], posts: int | None) -> None:
        """Publish a language's top ten; store its posts unless None."""
        message = json.dumps(top)
        pipeline = self.redis.pipeline(transaction=False)
        pipeline.hset(_TOPS, language, message)
        pipeline.publish(_CHANNEL + language, message)
        if posts is not None:
            pipeline.hset(_POSTS, language, str(posts))
        pipeline.execute()

    def posts(self) -> dict[str, int]:
        """Return how many posts each language has."""
        found = cast("dict[str, str]", self.redis.hgetall(_POSTS))
        return {language: int(posts) for language, posts in found.items()}

    def tops(self) -> dict[str, list[tuple[str, int]]]:
        """Return each language's published top ten."""
        found = cast("dict[str, str]", self.redis.hgetall(_TOPS))
        return {language: [(key, posts) for key, posts in json.loads(top)] for language, top in found.items()}


def counts_key(day: str, language: str) -> str:
    """Return the sorted set of a day's hashtags in one language."""
    return f"peer:{day}:{language}"


def _chunks(items: Iterable[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
