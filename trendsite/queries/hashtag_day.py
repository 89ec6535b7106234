"""One hashtag's day: hours, rank and languages. Open days come from Redis, archived ones from the database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import msgspec
from msgspec.structs import asdict
from redis.asyncio import Redis

from contract import redis_names
from contract.closed_day import HOURS, MINUTES
from contract.language import ALL_LANGUAGES
from trendsite.archive.models import STORED_RANKS, Day, DayCount, DayLanguage, hours_of_all
from trendsite.queries.hashtag_history import visible_ranks
from trendsite.queries.hashtag_rank import read_rank
from trendsite.queries.minutes import collected_hours, hours_begun, known_hours
from trendsite.queries.pipeline_status import SourceDay, read_clock
from trendsite.queries.rankings import read_posts_by_language, read_spellings
from trendsite.queries.sorted_sets import Counts
from trendsite.sources import SourceKind, kind_of


class HashtagDay(msgspec.Struct):
    """A hashtag's day in some languages (``["*"]`` for all).

    ``hours`` are the posts of the 24 UTC hours, None for an hour still to come, without any collected post, or not
    stored. ``authors`` is an estimate of the distinct authors, None if unknown and for several languages, which can
    share authors. ``at_least`` is true if the hashtag can have more posts: in one of the languages it is not among the
    stored hashtags. ``kind`` is the kind of the source.

    Of several networks ``source`` has their names with commas, and ``networks`` the posts in each that has it; it is
    absent for one source. An hour has the posts of the networks in which it is known.
    """

    day: date
    key: str
    hashtag: str
    languages: list[str]
    posts: int
    authors: int | None
    hours: list[int | None]
    source: str
    at_least: bool = False
    kind: SourceKind = "live"
    networks: dict[str, int] | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        """Take the kind from the source."""
        self.kind = kind_of(self.source)


class HashtagDetails(HashtagDay, kw_only=True):
    """A hashtag's day in all languages together, with its rank and its posts by language, most posts first.

    ``begun`` is the number of its hours that have begun. A ``final`` day is archived and does not change.
    """

    final: bool
    rank: int
    by_language: Counts
    begun: int = HOURS


@dataclass(frozen=True)
class _InLanguage:
    """A hashtag in one language in Redis; None is a missing value.

    It ``may_be_left_out`` if Redis does not have all hashtags of the language.
    """

    posts: int | None
    authors: int | None
    hours: list[int | None]
    may_be_left_out: bool

    @property
    def is_left_out(self) -> bool:
        """Whether it can have posts that Redis does not have."""
        return self.posts is None and self.may_be_left_out


async def read_hashtag_day(redis: Redis, shown: SourceDay, key: str, languages: tuple[str, ...]) -> HashtagDay | None:
    """Return the open day of the hashtag ``key``, posts of several languages added; None if no language has it.

    Raises:
        RedisError, OSError: Redis is away.
    """
    found = [await _read_language(redis, shown, key, language) for language in languages]
    if all(language.posts is None for language in found):
        return None
    (hashtag,) = await read_spellings(redis, shown.source, [shown.day], [key])
    begun = hours_begun(shown.day, await read_clock(redis, shown))
    of_all = await _read_collected(redis, shown)
    by_language = [_filled(language, begun) for language in found]
    return HashtagDay(
        day=shown.day,
        key=key,
        hashtag=hashtag,
        languages=list(languages),
        posts=sum(language.posts or 0 for language in found),
        authors=found[0].authors if len(found) == 1 else None,
        hours=known_hours([_sum_of_known(hour) for hour in zip(*by_language, strict=True)], of_all),
        source=shown.source,
        at_least=any(language.is_left_out for language in found),
    )


async def _read_language(redis: Redis, shown: SourceDay, key: str, language: str) -> _InLanguage:
    pipeline = redis.pipeline(transaction=True)
    for hour in range(HOURS):
        pipeline.zscore(redis_names.hour_counts(shown.source, shown.day, hour, language), key)
    pipeline.zscore(redis_names.counts(shown.source, shown.day, language), key)
    pipeline.zscore(redis_names.authors(shown.source, shown.day, language), key)
    pipeline.zcard(redis_names.counts(shown.source, shown.day, language))
    *hours, posts, authors, stored = [_whole(score) for score in await pipeline.execute()]
    return _InLanguage(posts, authors, hours, (stored or 0) >= redis_names.DAY_HASHTAGS)


async def _read_collected(redis: Redis, shown: SourceDay) -> list[int]:
    """Return more than 0 for each hour with a post in any language, from its counts, or later its minutes."""
    pipeline = redis.pipeline(transaction=False)
    for hour in range(HOURS):
        pipeline.exists(redis_names.hour_posts(shown.source, shown.day, hour))
    pipeline.hgetall(redis_names.minutes(shown.source, shown.day))
    *exist, fields = await pipeline.execute()
    of_minutes = collected_hours([int(fields.get(str(minute), 0)) for minute in range(MINUTES)])
    return [there or posts for there, posts in zip(exist, of_minutes, strict=True)]


def _whole(score: float | None) -> int | None:
    return None if score is None else int(score)


def _filled(found: _InLanguage, begun: int) -> list[int | None]:
    """Return the hours with 0 for the missing ones if the others sum to all posts.

    Otherwise the posts of some hours are lost, because they expired or were among the many small ones.
    """
    is_whole = not found.is_left_out and sum(filter(None, found.hours)) >= (found.posts or 0)
    return [0 if posts is None and is_whole and hour < begun else posts for hour, posts in enumerate(found.hours)]


def _sum_of_known(hour: tuple[int | None, ...]) -> int | None:
    known = [posts for posts in hour if posts is not None]
    return sum(known) if len(known) == len(hour) else None


def archived_hashtag_day(of_day: SourceDay, key: str, languages: tuple[str, ...]) -> HashtagDay | None:
    """Return an archived day of a hashtag, posts of several languages added; None if the database has none."""
    rows = list(
        DayCount.objects.filter(key=key, language__in=languages, day__date=of_day.day, day__source=of_day.source)
        .select_related("day")
        .order_by("-posts", "language")
    )
    if not rows:
        return None
    day = rows[0].day
    left_out = _is_left_out(day, set(languages) - {row.language for row in rows})
    hours = [None] * HOURS if left_out else _added_up([row.hours for row in rows])
    return HashtagDay(
        day=of_day.day,
        key=key,
        hashtag=rows[0].hashtag,
        languages=list(languages),
        posts=sum(row.posts for row in rows),
        authors=rows[0].authors if len(languages) == 1 else None,
        hours=known_hours(hours, hours_of_all(day)),
        source=of_day.source,
        at_least=left_out,
    )


def may_be_left_out_of_archive(of_day: SourceDay, languages: Sequence[str]) -> bool:
    """Return whether one of the languages has more hashtags of an archived day than the database stores."""
    day = Day.objects.filter(source=of_day.source, date=of_day.day).first()
    return day is not None and _is_left_out(day, set(languages))


async def may_be_left_out_of_redis(redis: Redis, of_day: SourceDay, languages: Sequence[str]) -> bool:
    """Return whether one of the languages has as many hashtags as Redis keeps of a day.

    Raises:
        RedisError, OSError: Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    for language in languages:
        pipeline.zcard(redis_names.counts(of_day.source, of_day.day, language))
    return any(stored >= redis_names.DAY_HASHTAGS for stored in await pipeline.execute())


def _is_left_out(day: Day, languages: set[str]) -> bool:
    """Return whether one of the languages has more hashtags than the database stores."""
    return day.languages.filter(language__in=languages, hashtags__gt=STORED_RANKS).exists()


def _added_up(hours: Sequence[list[int] | None]) -> list[int | None]:
    """Add the hours of several languages; they are unknown if one language has none."""
    known = [of_language for of_language in hours if of_language]
    return [sum(hour) for hour in zip(*known, strict=True)] if len(known) == len(hours) else [None] * HOURS


async def read_hashtag_details(redis: Redis, shown: SourceDay, key: str) -> HashtagDetails | None:
    """Return the details of a hashtag on an open day, None if Redis does not have it.

    Raises:
        RedisError, OSError: Redis is away.
    """
    day = await read_hashtag_day(redis, shown, key, (ALL_LANGUAGES,))
    if day is None:
        return None
    return HashtagDetails(
        **asdict(day),
        final=False,
        rank=await read_rank(redis, [shown], key, day.posts),
        by_language=await _by_language(redis, shown, key),
        begun=hours_begun(shown.day, await read_clock(redis, shown)),
    )


def archived_hashtag_details(of_day: SourceDay, key: str) -> HashtagDetails | None:
    """Return the details of a hashtag on an archived day, None if the database does not have it."""
    row = DayCount.objects.filter(key=key, language=ALL_LANGUAGES, day__date=of_day.day, day__source=of_day.source)
    archived = row.select_related("day").first()
    if archived is None:
        return None
    # Name every language, so that the index finds each row instead of reading all days of the hashtag.
    codes = archived.day.languages.exclude(language=ALL_LANGUAGES).values_list("language", flat=True)
    by_language = DayCount.objects.filter(key=key, day=archived.day, language__in=list(codes))
    return HashtagDetails(
        day=of_day.day,
        key=key,
        hashtag=archived.hashtag,
        languages=[ALL_LANGUAGES],
        posts=archived.posts,
        authors=archived.authors,
        hours=known_hours(archived.hours or [None] * HOURS, hours_of_all(archived.day)),
        source=of_day.source,
        final=True,
        rank=visible_ranks([archived], ALL_LANGUAGES, datetime.now(UTC))[0],
        by_language=list(by_language.order_by("-posts", "language").values_list("language", "posts")),
    )


def max_unstored_posts(sources: Collection[str], day: date) -> int | None:
    """Return the most posts that a hashtag outside the database can have on an archived day; None for an open day.

    Of several sources it is the sum.
    """
    totals = list(DayLanguage.objects.filter(day__date=day, day__source__in=sources, language=ALL_LANGUAGES))
    of_each = [_max_unstored_posts(total) for total in totals]
    known = [posts for posts in of_each if posts is not None]
    return sum(known) if known and len(known) == len(of_each) else None


def _max_unstored_posts(total: DayLanguage) -> int | None:
    if total.hashtags <= STORED_RANKS:
        return 0
    last = DayCount.objects.filter(day=total.day_id, language=ALL_LANGUAGES, rank=STORED_RANKS).first()
    return last.posts if last else None


async def _by_language(redis: Redis, shown: SourceDay, key: str) -> Counts:
    codes = [code for code in await read_posts_by_language(redis, shown) if code != ALL_LANGUAGES]
    pipeline = redis.pipeline(transaction=False)
    for code in codes:
        pipeline.zscore(redis_names.counts(shown.source, shown.day, code), key)
    scores = zip(codes, await pipeline.execute(), strict=True)
    return sorted(((code, int(posts)) for code, posts in scores if posts), key=lambda found: (-found[1], found[0]))
