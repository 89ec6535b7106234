"""What is known of one hashtag's day, in the same form whether Redis or the database knows it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from redis.asyncio import Redis

from contract import redis_names
from contract.closed_day import HOURS
from contract.language import ALL_LANGUAGES
from trendsite.history.models import DayCount
from trendsite.history.shown_ranks import shown_ranks
from trendsite.live.hidden_now import hides_in
from trendsite.live.hiding import Hides
from trendsite.live.pipeline import Shown
from trendsite.live.rankings import read_posts_by_language
from trendsite.live.series import read_hashtag_day
from trendsite.live.top_places import Counts


@dataclass(frozen=True)
class HashtagFacts:
    """A hashtag's day, all languages together.

    ``hashtag`` is its spelling; ``authors`` about how many there were, None where unknown; ``hours``
    are the posts of each UTC hour, None for what is to come or unknown; ``languages`` are (code,
    posts), most first. A day that is ``final`` is archived and changes no more.
    """

    day: date
    final: bool
    key: str
    hashtag: str
    posts: int
    authors: int | None
    rank: int
    hours: list[int | None]
    languages: Counts


async def read_live(redis: Redis, shown: Shown, key: str) -> HashtagFacts | None:
    """Return what Redis holds of a hashtag's day, None when it is not among those it keeps.

    Raises:
        RedisError, OSError: Redis is away.
    """
    found = await read_hashtag_day(redis, shown, key, (ALL_LANGUAGES,))
    if found is None:
        return None
    rank = await _rank(redis, shown, key, found.posts)
    languages = await _languages(redis, shown, key)
    return HashtagFacts(
        day=shown.day,
        final=False,
        key=key,
        hashtag=found.hashtag,
        posts=found.posts,
        authors=found.authors,
        rank=rank,
        hours=found.hours,
        languages=languages,
    )


def read_archived(source: str, day: date, key: str) -> HashtagFacts | None:
    """Return what the database keeps of a hashtag's archived day, None when it keeps nothing."""
    row = DayCount.objects.filter(key=key, language=ALL_LANGUAGES, day__date=day, day__source=source)
    archived = row.select_related("day").first()
    if archived is None:
        return None
    # By name of language, so that the index finds each row instead of passing by all days of the hashtag.
    codes = archived.day.languages.exclude(language=ALL_LANGUAGES).values_list("language", flat=True)
    of_day = DayCount.objects.filter(key=key, day=archived.day, language__in=list(codes))
    return HashtagFacts(
        day=day,
        final=True,
        key=key,
        hashtag=archived.hashtag,
        posts=archived.posts,
        authors=archived.authors,
        rank=shown_ranks([archived], ALL_LANGUAGES, datetime.now(UTC))[0],
        hours=list(archived.hours) if archived.hours else [None] * HOURS,
        languages=list(of_day.order_by("-posts", "language").values_list("language", "posts")),
    )


async def _rank(redis: Redis, shown: Shown, key: str, posts: int) -> int:
    """Return the rank of a hashtag with so many posts: after all above it, and those equal ones whose key is smaller.

    Redis counts places from the smallest number of posts, equal ones by key as we do. What is hidden has no place.
    """
    name = redis_names.counts(shown.source, shown.day, ALL_LANGUAGES)
    if hides := hides_in([ALL_LANGUAGES], datetime.now(UTC)):
        return await _rank_among_shown(redis, name, key, posts, hides)
    pipeline = redis.pipeline(transaction=True)
    pipeline.zcount(name, f"({posts}", "+inf")
    pipeline.zcount(name, "-inf", f"({posts}")
    pipeline.zrank(name, key)
    above, below, place = await pipeline.execute()
    # Its posts may have grown since they were read; its place among equal ones is then the first.
    equal_before = 0 if place is None else place - below
    return int(above + 1 + equal_before)


async def _rank_among_shown(redis: Redis, name: str, key: str, posts: int, hides: Hides) -> int:
    pipeline = redis.pipeline(transaction=True)
    pipeline.zrangebyscore(name, f"({posts}", "+inf")
    pipeline.zrangebyscore(name, posts, posts)
    above, equal = await pipeline.execute()
    return 1 + sum(not hides(other) for other in [*above, *(other for other in equal if other < key)])


async def _languages(redis: Redis, shown: Shown, key: str) -> Counts:
    codes = [code for code in await read_posts_by_language(redis, shown) if code != ALL_LANGUAGES]
    pipeline = redis.pipeline(transaction=False)
    for code in codes:
        pipeline.zscore(redis_names.counts(shown.source, shown.day, code), key)
    scores = zip(codes, await pipeline.execute(), strict=True)
    return sorted(((code, int(posts)) for code, posts in scores if posts), key=lambda found: (-found[1], found[0]))
