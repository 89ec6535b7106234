"""The race of a day: its ranking in one language, moment by moment, archived or still open.

The frames and the minutes of an open day come from Redis, to which streaming also writes the frames of its file. An
archived day has both in the database; hours without a recorded frame are filled from the counts at their end.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import msgspec
from asgiref.sync import sync_to_async
from django.db.models import Max
from redis.asyncio import Redis
from redis.client import NEVER_DECODE

from contract import redis_names
from contract.closed_day import HOURS, MINUTES
from contract.language import ALL_LANGUAGES
from contract.race import FRAME_MINUTES, PLACES, Frame, FramePlace, end_of, unpack_hours
from contract.ranking import highest_counts
from trendsite.archive.models import Day, DayCount, DayLanguage, hours_of_all
from trendsite.queries.hiding import Hides, hides_in
from trendsite.queries.minutes import (
    UNKNOWN,
    Minutes,
    clock_time,
    first_post,
    gaps,
    known_minutes,
    minute_of,
    read_minutes,
)
from trendsite.queries.pipeline_status import SourceDay
from trendsite.queries.rankings import is_in_redis
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.sources import SourceKind, kind_of

_CACHED_RACES = 8

_QUIET_MINUTES = 60
"""Without counts by the minute, frames may be this far apart: perhaps no post came."""

# One at a time: a second request for the same race finds it in the cache.
_unpacker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="race")


class RaceFrame(msgspec.Struct):
    """The ranking at ``at`` (``HH:MM:SS`` UTC): all posts since 00:00, and (key, posts) of each place.

    Of several networks ``shares`` has the posts of each place in each of them, in the order of ``by_source``.
    """

    at: str
    posts: int
    top: list[tuple[str, int]]
    shares: list[list[int]] | msgspec.UnsetType = msgspec.UNSET


class GapsOfSource(msgspec.Struct):
    """What is unknown of one of several networks, as in Race."""

    source: str
    first_post: str | None
    gaps: list[tuple[str, str]]
    unrecorded: list[tuple[str, str]]


class Race(msgspec.Struct):
    """A day's ranking in one language (``["*"]`` for all), moment by moment.

    ``final`` is true once the day is archived. ``minutes`` are the posts of each UTC minute in all languages, None if
    unknown: before the first post, in hours without posts, and still to come. ``gaps`` (from, until; ``24:00`` is the
    end of the day) are whole minutes without a post. ``hashtags`` has the spelling of each key. ``first_post`` is the
    minute of the day's first post, None if unknown. ``unrecorded`` (from, until) are stretches with few frames, because
    their posts were counted faster than they happened. ``kind`` is the kind of the source.

    Of several networks ``source`` has their names with commas, and ``gaps`` are the minutes in which none had a post.
    ``by_source``, absent for one source, has the gaps of each.
    """

    day: date
    source: str
    languages: list[str]
    final: bool
    minutes: Minutes
    gaps: list[tuple[str, str]]
    hashtags: dict[str, str]
    frames: list[RaceFrame]
    first_post: str | None = None
    unrecorded: list[tuple[str, str]] = []
    kind: SourceKind = "live"
    by_source: list[GapsOfSource] | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        """Take the kind from the source."""
        self.kind = kind_of(self.source)


class RaceFrames(NamedTuple):
    """The frames of one language, and the spelling of each key in them."""

    spellings: dict[str, str]
    frames: list[RaceFrame]


Stretch = tuple[int, int]
"""(from, until) in minutes of the day."""


class RaceMinutes(NamedTuple):
    """A day's posts of each minute, and the minutes in which frames of all languages were recorded."""

    minutes: Minutes
    recorded_at: Sequence[int]


async def read_race(source: str, day: date, language: str) -> Race | None:
    """Return the race of a source's day in one language (``*`` for all) without hidden hashtags.

    It is None if the day was not counted, or if it is open and Redis is away.
    """
    if not _is_name(source):
        return None
    if archived := await sync_to_async(archived_race)(source, day, language):
        return archived
    try:
        async with open_redis(timeout=1.0) as redis:
            return await _open_race(redis, SourceDay(source, day), language)
    except REDIS_IS_AWAY:
        return None


async def _open_race(redis: Redis, of_day: SourceDay, language: str) -> Race | None:
    """Return the race of a day that is not archived, None if Redis has nothing of it.

    Raises:
        RedisError, OSError: Redis is away.
    """
    if not await is_in_redis(redis, of_day):
        return None
    minutes = await read_minutes(redis, of_day)
    frames = await _recorded_frames(redis, of_day, language)
    of_all = frames if language == ALL_LANGUAGES else await _recorded_frames(redis, of_day, ALL_LANGUAGES)
    visible = without_hidden(frames, hides_in([language], datetime.now(UTC)))
    known = RaceMinutes(minutes, minutes_recorded(of_all.frames))
    return build_race(of_day, language, visible, known, final=False)


def _is_name(source: str) -> bool:
    """Return whether the name of a source, which comes from an address, is safe in a path and in a query."""
    return source.isprintable() and not source.startswith(".") and "/" not in source and 0 < len(source) <= 100


def archived_race(source: str, day: date, language: str) -> Race | None:
    """Return the race of an archived day without hidden hashtags, None if the day is not archived."""
    archived = Day.objects.filter(source=source, date=day).first()
    if archived is None:
        return None
    # A day that is archived again gets new rows.
    version = archived.languages.aggregate(Max("pk"))["pk__max"]
    frames, recorded_at = _read_archived(archived, language, archived.archived_at, version)
    if language != ALL_LANGUAGES:
        _, recorded_at = _read_archived(archived, ALL_LANGUAGES, archived.archived_at, version)
    visible = without_hidden(frames, hides_in([language], datetime.now(UTC)))
    minutes = RaceMinutes(archived.minutes or UNKNOWN, recorded_at)
    return build_race(SourceDay(source, day), language, visible, minutes, final=True)


def clear_race_cache() -> None:
    """Read every archived race from the database again."""
    _read_archived.cache_clear()


@lru_cache(maxsize=_CACHED_RACES)
def _read_archived(
    archived: Day, language: str, _archived_at: datetime, _version: int | None
) -> tuple[RaceFrames, list[int]]:
    """Return the frames of a language, and the minutes in which they were recorded."""
    row = archived.races.filter(language=language).first()
    recorded = row.unpacked_frames() if row else []
    is_whole = len({frame.at.hour for frame in recorded}) == HOURS
    frames = recorded if is_whole else _filled(recorded, _frames_of_hours(archived, language))
    return to_race_frames(frames), [frame.at.hour * 60 + frame.at.minute for frame in recorded]


def _filled(recorded: Sequence[Frame], of_hours: Sequence[Frame]) -> list[Frame]:
    """Fill hours without recorded frames (streaming was catching up) with a frame at their end; posts never fall."""
    if not recorded:
        return list(of_hours)
    hours = {frame.at.hour for frame in recorded}
    missing = [frame for frame in of_hours if (frame.at - timedelta(seconds=1)).hour not in hours]
    frames: list[Frame] = []
    for frame in sorted([*recorded, *missing], key=lambda frame: frame.at):
        before = frames[-1].posts if frames else 0
        after = min((later.posts for later in recorded if later.at > frame.at), default=frame.posts)
        if frame not in missing or before < frame.posts <= after:
            frames.append(frame)
    return frames


def _frames_of_hours(day: Day, language: str) -> list[Frame]:
    """Return a frame for the end of each hour with posts, from the hashtags in the database.

    If the hours are unknown there is only a frame for the end of the day. Without the language there is none.
    """
    total = day.languages.filter(language=language).first()
    if total is None:
        return []
    counts = list(day.counts.filter(language=language).order_by("rank"))
    if total.hours is None:
        return [
            Frame(end_of(day.date), language, total.posts, [_place(count, count.posts) for count in counts[:PLACES]])
        ]
    of_all = None if language == ALL_LANGUAGES else hours_of_all(day)
    return _hourly(day.date, total, counts, of_all or total.hours)


def _hourly(day: date, total: DayLanguage, counts: list[DayCount], of_all: Sequence[int]) -> list[Frame]:
    by_key = {count.key: count for count in counts}
    so_far = {count.key: list(accumulate(count.hours)) for count in counts if count.hours}
    midnight = datetime.combine(day, time.min, UTC)
    frames = []
    for hour, posts in enumerate(accumulate(total.hours)):
        if not of_all[hour] and hour + 1 < HOURS:
            continue  # nothing was collected, so the ranking is unknown; the last frame is always there
        top = highest_counts(((key, hours[hour]) for key, hours in so_far.items() if hours[hour]), PLACES)
        at = midnight + timedelta(hours=hour + 1) if hour + 1 < HOURS else end_of(day)
        frames.append(Frame(at, total.language, posts, [_place(by_key[key], number) for key, number in top]))
    return frames


def _place(count: DayCount, posts: int) -> FramePlace:
    return FramePlace(count.key, count.hashtag, posts)


def build_race(of_day: SourceDay, language: str, frames: RaceFrames, known: RaceMinutes, final: bool) -> Race:
    """Return the race of one language from its frames and the day's minutes."""
    minutes = known.minutes
    begin = first_post(minutes)
    return Race(
        of_day.day,
        of_day.source,
        [language],
        final,
        known_minutes(minutes),
        _in_words(gaps(minutes)),
        *frames,
        first_post=None if begin is None else clock_time(begin),
        unrecorded=_in_words(unrecorded(known.recorded_at, minutes, final=final)),
    )


def unrecorded(recorded_at: Sequence[int], minutes: Minutes, *, final: bool) -> list[Stretch]:
    """Return the stretches of a day with posts that no recorded frame follows soon.

    While streaming keeps up, a frame follows the first post of each five minutes. A day that is not final can go on.
    """
    begin = first_post(minutes) or 0
    known = [minute for minute in recorded_at if minute > begin]
    stretches: list[Stretch] = []
    for start, end in pairwise([begin, *known, *([MINUTES] if final else [])]):
        if not _has_posts(minutes, start, end):
            continue
        if stretches and stretches[-1][1] == start:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((start, end))
    return stretches


def _has_posts(minutes: Minutes, start: int, end: int) -> bool:
    """Return whether posts came well after one frame and well before the next."""
    between = minutes[start + FRAME_MINUTES : max(0, end - FRAME_MINUTES)]
    if None in between:
        return end - start > _QUIET_MINUTES
    return any(between)


def minutes_recorded(frames: Iterable[RaceFrame]) -> list[int]:
    """Return the minute of the day of each frame."""
    return [minute_of(frame.at) for frame in frames]


def _in_words(stretches: Iterable[Stretch]) -> list[tuple[str, str]]:
    return [(clock_time(start), clock_time(end)) for start, end in stretches]


def without_hidden(recorded: RaceFrames, hides: Hides | None) -> RaceFrames:
    """Return frames without hidden hashtags.

    A frame then has fewer places, because the places after its last one were not recorded.
    """
    if hides is None:
        return recorded
    visible = {key: hashtag for key, hashtag in recorded.spellings.items() if not hides(key)}
    # Build new frames: the recorded ones are in a cache.
    frames = [
        RaceFrame(frame.at, frame.posts, [place for place in frame.top if place[0] in visible])
        for frame in recorded.frames
    ]
    return RaceFrames(visible, frames)


def to_race_frames(frames: Iterable[Frame]) -> RaceFrames:
    """Return frames of the contract as race frames. A key has the spelling of its last frame, and is one string."""
    spellings: dict[str, str] = {}
    keys: dict[str, str] = {}
    without_spellings = []
    for frame in frames:
        spellings |= {keys.setdefault(place.key, place.key): place.hashtag for place in frame.top}
        top = [(keys[place.key], place.posts) for place in frame.top]
        without_spellings.append(RaceFrame(frame.at.strftime("%H:%M:%S"), frame.posts, top))
    return RaceFrames(spellings, without_spellings)


async def _recorded_frames(redis: Redis, of_day: SourceDay, language: str) -> RaceFrames:
    """Return the frames of an open day that streaming has recorded in one language.

    Raises:
        RedisError, OSError: Redis is away.
    """
    name = redis_names.race(of_day.source, of_day.day, language)
    # The values are compressed, so they are no text.
    reading = redis.execute_command("HGETALL", name, **{NEVER_DECODE: True})  # type: ignore[no-untyped-call]
    hours: Mapping[bytes, bytes] = await reading
    return await asyncio.get_running_loop().run_in_executor(_unpacker, _unpacked, tuple(sorted(hours.items())))


@lru_cache(maxsize=_CACHED_RACES)
def _unpacked(hours: tuple[tuple[bytes, bytes], ...]) -> RaceFrames:
    """Return the frames of some hours. A race with a new frame is unpacked again."""
    return to_race_frames(unpack_hours(dict(hours)))
