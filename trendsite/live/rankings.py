"""Rankings of what Redis holds, for whoever is not served by a published one: first paints, merged choices, the API."""

from collections.abc import Sequence
from datetime import datetime

from redis.asyncio import Redis

from contract import redis_names
from contract.ranking import By, RankedHashtag, Ranking, few_authors
from trendsite.live.choice import Choice
from trendsite.live.hidden_now import hides_in
from trendsite.live.pipeline import Shown, read_clock
from trendsite.live.spellings import read_spellings
from trendsite.live.top_places import Counts, counts, scores, top
from trendsite.live.windows import Makings, makings_of_day, makings_of_hour

AUTHORS_DO_NOT_ADD_UP = (
    "Distinct authors of several languages do not add up, so this is by posts: choose one language, or all of them."
)
AUTHORS_UNKNOWN = "The authors of these posts are not known, so this is by posts."


async def read_ranking(redis: Redis, shown: Shown, choice: Choice, limit: int, now: datetime) -> Ranking:
    """Return the ``limit`` most used hashtags of a window that are not hidden, posts of several languages added up.

    The window ``hour`` is the stream's latest, whatever the day of ``shown``. ``now`` (UTC) becomes
    ``as_of``. What Redis does not hold has no posts. Where authors are unknown or do not add up, the ranking
    is by posts and says so.

    Raises:
        RedisError, OSError: Redis is away.
    """
    if choice.window == "hour":
        makings = makings_of_hour(shown.source, choice, await read_clock(redis, shown))
    else:
        makings = makings_of_day(shown, choice)
    note = await _note(redis, choice, makings)
    by: By = "posts" if note else choice.by
    ranked = makings.authors if by == "authors" else makings.counts
    first = await top(redis, ranked, makings.combined, limit, hides_in(choice.languages, now))
    return Ranking(
        day=makings.day,
        languages=list(choice.languages),
        window=choice.window,
        as_of=now,
        final=False,
        posts=await read_posts(redis, makings),
        top=await _places(redis, shown.source, makings, by, first),
        by=by,
        note=note,
    )


async def read_posts_by_language(redis: Redis, shown: Shown) -> dict[str, int]:
    """Return how many posts each language of that day has, most first, ``*`` included."""
    return dict(counts(await redis.zrevrange(redis_names.posts(shown.source, shown.day), 0, -1, withscores=True)))


async def read_posts(redis: Redis, makings: Makings) -> int:
    """Return all posts of a window, tagged or not."""
    pipeline = redis.pipeline(transaction=False)
    for key, language in makings.posts:
        pipeline.zscore(key, language)
    return makings.combined([int(score or 0) for score in await pipeline.execute()])


async def is_held(redis: Redis, shown: Shown) -> bool:
    """Return whether Redis holds counts of that day."""
    return bool(await redis.exists(redis_names.posts(shown.source, shown.day)))


async def _note(redis: Redis, choice: Choice, makings: Makings) -> str:
    """Return why a ranking by authors is by posts instead, empty when it is what was chosen."""
    if choice.by == "posts":
        return ""
    if not makings.authors:
        return AUTHORS_DO_NOT_ADD_UP
    return "" if await redis.exists(*makings.authors) else AUTHORS_UNKNOWN


async def _places(redis: Redis, source: str, makings: Makings, by: By, ranked: Counts) -> list[RankedHashtag]:
    if not ranked:
        return []
    keys = [key for key, _ in ranked]
    shown_as = await read_spellings(redis, source, makings.spelled, keys)
    # What it is ordered by is as it was then: read again, it might have grown out of order.
    in_order = [number for _, number in ranked]
    posts = in_order if by == "posts" else await scores(redis, makings.counts, keys, makings.combined)
    authors = in_order if by == "authors" else await _authors(redis, makings, keys)
    return [
        RankedHashtag(rank, hashtag, key, number, authors=about, few_authors=few_authors(number, about))
        for rank, (key, hashtag, number, about) in enumerate(zip(keys, shown_as, posts, authors, strict=True), start=1)
    ]


async def _authors(redis: Redis, makings: Makings, keys: list[str]) -> Sequence[int | None]:
    # Of an hour they are too rough to stand beside posts that somebody else published without them.
    if len(makings.authors) != 1:
        return [None] * len(keys)
    return [about or None for about in await scores(redis, makings.authors, keys, makings.combined)]
