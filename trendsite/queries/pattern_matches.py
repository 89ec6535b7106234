"""What a rule would hide at this moment, before it is saved: its matches among the most used hashtags of today."""

from collections import Counter
from dataclasses import dataclass

from contract import redis_names
from contract.post import fold
from trendsite.queries.hiding import matches
from trendsite.queries.pipeline_status import read_pipeline_status
from trendsite.queries.rankings import read_spellings_of
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.queries.sorted_sets import to_counts

MAX_SHOWN = 30


@dataclass(frozen=True)
class PatternMatches:
    """The matches of a pattern: ``shown`` are (spelling, posts) of the most used, at most MAX_SHOWN.

    ``total`` counts them all, among ``searched`` hashtags.
    """

    shown: list[tuple[str, int]]
    total: int
    searched: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.shown)


async def read_matches(key: str, language: str, *, is_pattern: bool) -> PatternMatches | None:
    """Return the matches of a hashtag or pattern among the hashtags that Redis has of today; None if Redis is away.

    It reads at most 5,000 hashtags of each source.
    """
    folded = fold(key.strip())
    try:
        async with open_redis(timeout=1.0) as redis:
            shown = (await read_pipeline_status(redis)).board
            if shown is None:
                return PatternMatches([], 0, 0)
            posts: Counter[str] = Counter()
            for source in shown.sources:
                name = redis_names.counts(source, shown.day, language)
                pairs = await redis.zrevrange(name, 0, redis_names.DAY_HASHTAGS - 1, withscores=True)
                posts.update(dict(to_counts(pairs)))
            found = [key for key in posts if (matches(key, folded) if is_pattern else key == folded)]
            first = sorted(found, key=lambda key: (-posts[key], key))[:MAX_SHOWN]
            spellings = await read_spellings_of(redis, shown.sources, [shown.day], first) if first else []
    except REDIS_IS_AWAY:
        return None
    return PatternMatches(
        [(name, posts[key]) for name, key in zip(spellings, first, strict=True)], len(found), len(posts)
    )
