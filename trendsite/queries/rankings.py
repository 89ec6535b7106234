"""Rankings that no published message has, from Redis: first paints, merged languages, the API."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec
from redis.asyncio import Redis

from contract import redis_names
from contract.ranking import By, RankedHashtag, Ranking, few_authors, last_hour
from trendsite.queries.choice import Choice
from trendsite.queries.hiding import hides_in
from trendsite.queries.pipeline_status import Shown, SourceDay, read_clock
from trendsite.queries.sorted_sets import Combine, Scored, Scores, raw_scores, scores, to_counts, top_k

AUTHORS_DO_NOT_ADD_UP = (
    "Distinct authors of several languages do not add up, so this is by posts: choose one language, or all of them."
)
AUTHORS_UNKNOWN = "The authors of these posts are not known, so this is by posts."


@dataclass(frozen=True)
class RankingInputs:
    """The sorted sets that a ranking is computed from, those of one source after the other.

    ``combine`` makes one hashtag's posts of its scores in ``counts``, or in those of one source; it never falls when a
    score rises. ``posts`` are (sorted set, language) of as many scores, which it combines to the posts of the whole
    window. ``authors`` are the sorted sets of distinct authors, one for each of ``counts``, or none if authors do not
    add up. ``spelling_days`` are the days whose spellings are looked up, in this order.
    """

    sources: tuple[str, ...]
    day: date
    counts: list[str]
    posts: list[tuple[str, str]]
    combine: Combine
    spelling_days: list[date]
    authors: list[str]

    def by_network(self, scores: Scores) -> dict[str, int] | msgspec.UnsetType:
        """Return a hashtag's posts from each source that has some, of its ``scores`` in ``counts``.

        It is unset if there is only one source.
        """
        if len(self.sources) < 2:
            return msgspec.UNSET
        width = len(scores) // len(self.sources)
        posts = (self.combine(scores[at * width : (at + 1) * width]) for at in range(len(self.sources)))
        return {source: number for source, number in zip(self.sources, posts, strict=True) if number}


def day_inputs(shown: SourceDay | Shown, choice: Choice) -> RankingInputs:
    """Return the inputs of the ranking of a whole day. A source on an older day has no counts of it."""
    day = shown.day
    pairs = [(source, language) for source in shown.sources for language in choice.languages]
    return RankingInputs(
        sources=shown.sources,
        day=day,
        counts=[redis_names.counts(source, day, language) for source, language in pairs],
        posts=[(redis_names.posts(source, day), language) for source, language in pairs],
        combine=sum,
        spelling_days=[day],
        authors=[] if choice.is_merged else [redis_names.authors(source, day, language) for source, language in pairs],
    )


def hour_inputs(sources: tuple[str, ...], choice: Choice, clock: datetime) -> RankingInputs:
    """Return the inputs of the ranking of the 60 minutes before ``clock`` (UTC): two UTC hours of each language.

    An author who wrote in both hours counts twice, so the authors are an upper bound.
    """
    hours = [(hour.date(), hour.hour) for hour in (clock, clock - timedelta(hours=1))]

    def combine(scores: Sequence[int]) -> int:
        return sum(last_hour(now, before, clock) for now, before in zip(scores[::2], scores[1::2], strict=True))

    of_hours = [(source, hour, language) for source in sources for language in choice.languages for hour in hours]
    return RankingInputs(
        sources=sources,
        day=clock.date(),
        counts=[redis_names.hour_counts(source, *hour, language) for source, hour, language in of_hours],
        posts=[(redis_names.hour_posts(source, *hour), language) for source, hour, language in of_hours],
        combine=combine,
        spelling_days=sorted({day for day, _ in hours}, reverse=True),
        authors=[]
        if choice.is_merged
        else [redis_names.hour_authors(source, *hour, language) for source, hour, language in of_hours],
    )


async def read_ranking(redis: Redis, shown: SourceDay | Shown, choice: Choice, limit: int, now: datetime) -> Ranking:
    """Return the ``limit`` most used hashtags of a window that are not hidden, from the chosen ones of some sources.

    Posts of several languages and sources are added, and distinct authors of several sources. The window ``hour`` is
    the latest of the sources, whatever the day of ``shown``. ``now`` (UTC) becomes ``as_of``. A missing key in Redis
    counts as no posts. If authors are unknown or do not add up, the ranking is by posts, and its ``note`` gives the
    reason.

    Raises:
        RedisError, OSError: Redis is away.
    """
    chosen = shown.chosen(choice.networks)
    inputs = (
        hour_inputs(chosen.sources, choice, await read_clock(redis, chosen))
        if choice.window == "hour"
        else day_inputs(chosen, choice)
    )
    note = await _note(redis, choice, inputs)
    by: By = "posts" if note else choice.by
    ranked = inputs.authors if by == "authors" else inputs.counts
    first = await top_k(redis, ranked, inputs.combine, limit, hides_in(choice.languages, now))
    return Ranking(
        day=inputs.day,
        languages=list(choice.languages),
        window=choice.window,
        as_of=now,
        final=False,
        posts=await read_posts(redis, inputs),
        top=await _places(redis, inputs, choice, by, first),
        by=by,
        note=note,
        networks=list(choice.networks),
    )


async def read_posts(redis: Redis, inputs: RankingInputs) -> int:
    """Return all posts of a window, with or without a hashtag."""
    pipeline = redis.pipeline(transaction=False)
    for key, language in inputs.posts:
        pipeline.zscore(key, language)
    return inputs.combine([int(score or 0) for score in await pipeline.execute()])


async def read_posts_by_language(redis: Redis, shown: SourceDay | Shown) -> dict[str, int]:
    """Return the posts of each language of a day from all of some sources, most posts first, ``*`` included."""
    pipeline = redis.pipeline(transaction=False)
    for source in shown.sources:
        pipeline.zrevrange(redis_names.posts(source, shown.day), 0, -1, withscores=True)
    posts: Counter[str] = Counter()
    for counts in await pipeline.execute():
        posts.update(dict(to_counts(counts)))
    return dict(posts.most_common())


async def is_in_redis(redis: Redis, shown: SourceDay) -> bool:
    """Return whether Redis has counts of that day."""
    return bool(await redis.exists(redis_names.posts(shown.source, shown.day)))


async def read_spellings(redis: Redis, source: str, days: Sequence[date], keys: list[str]) -> list[str]:
    """Return the displayed spelling of each of ``keys`` (at least one), from the first of ``days`` that has one.

    Raises:
        RedisError, OSError: Redis is away.
    """
    return await read_spellings_of(redis, [source], days, keys)


async def read_spellings_of(redis: Redis, sources: Sequence[str], days: Sequence[date], keys: list[str]) -> list[str]:
    """Return the same as ``read_spellings``, from the first of some sources that has one on the first such day.

    Raises:
        RedisError, OSError: Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    for day in days:
        for source in sources:
            pipeline.hmget(redis_names.spellings(source, day), keys)
    by_key = zip(*await pipeline.execute(), strict=True)
    return [
        redis_names.shown_spelling(next(filter(None, of_key), None), key)
        for key, of_key in zip(keys, by_key, strict=True)
    ]


async def _note(redis: Redis, choice: Choice, inputs: RankingInputs) -> str:
    """Return why a ranking by authors is by posts instead, empty if it is as chosen."""
    if choice.by == "posts":
        return ""
    if choice.is_merged:
        return AUTHORS_DO_NOT_ADD_UP
    if not inputs.authors:
        return ""
    return "" if await redis.exists(*inputs.authors) else AUTHORS_UNKNOWN


async def _places(
    redis: Redis, inputs: RankingInputs, choice: Choice, by: By, ranked: Sequence[Scored]
) -> list[RankedHashtag]:
    if not ranked:
        return []
    keys = [scored.member for scored in ranked]
    spellings = await read_spellings_of(redis, inputs.sources, inputs.spelling_days, keys)
    # Keep the numbers that the order comes from: read again, they might have grown out of order.
    scores = [scored.parts for scored in ranked] if by == "posts" else await raw_scores(redis, inputs.counts, keys)
    in_order = [scored.score for scored in ranked]
    authors = in_order if by == "authors" else await _authors(redis, inputs, choice, keys)
    return [
        RankedHashtag(
            rank,
            hashtag,
            scored.member,
            posts := inputs.combine(of_hashtag),
            authors=about,
            few_authors=few_authors(posts, about),
            networks=inputs.by_network(of_hashtag),
        )
        for rank, (scored, hashtag, of_hashtag, about) in enumerate(
            zip(ranked, spellings, scores, authors, strict=True), start=1
        )
    ]


async def _authors(redis: Redis, inputs: RankingInputs, choice: Choice, keys: list[str]) -> Sequence[int | None]:
    # Authors of an hour are too rough to stand beside posts that streaming publishes without them.
    if not inputs.authors or choice.window == "hour":
        return [None] * len(keys)
    return [about or None for about in await scores(redis, inputs.authors, keys, inputs.combine)]
