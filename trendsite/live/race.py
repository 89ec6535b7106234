"""A day's race as API and pages tell it, and that of a day still open: recorded frames, minutes of Redis."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec
from redis.asyncio import Redis

from contract.race import Frame, race_file, read_frames
from trendsite.live.minutes import UNKNOWN, Minutes, clock_time, gaps, read_minutes
from trendsite.live.pipeline import Shown
from trendsite.live.rankings import is_held

_KEPT_RACES = 8

# One at a time: whoever asks for the same race meanwhile finds it read.
_reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="race")


class RaceFrame(msgspec.Struct):
    """How it stood at ``at`` (``HH:MM:SS``): all posts since 00:00 UTC, and (key, posts) of each place."""

    at: str
    posts: int
    top: list[tuple[str, int]]


class Race(msgspec.Struct):
    """A day's ranking in one language (``["*"]`` for all), moment by moment.

    ``final`` is true once the day is archived; ``minutes`` are all posts of each UTC minute in all languages, None
    where nobody knows; ``gaps`` (from, until; ``24:00`` is the day's end) are whole minutes without any;
    ``hashtags`` says how each key is shown.
    """

    day: date
    source: str
    languages: list[str]
    final: bool
    minutes: Minutes
    gaps: list[tuple[str, str]]
    hashtags: dict[str, str]
    frames: list[RaceFrame]


def race_of(of_day: Shown, language: str, frames: Iterable[Frame], minutes: Minutes, final: bool) -> Race:
    """Return the race that frames of one language, in order, make."""
    shown_as, told = _told(frames)
    return _race(of_day, language, (shown_as, told), minutes, final)


async def read_open_race(redis: Redis, data_dir: Path, of_day: Shown, language: str) -> Race | None:
    """Return the race of a day that is not archived, None when nobody counted it.

    Raises:
        RedisError, OSError: Redis is away, or the day's file cannot be read.
    """
    told = await _recorded(race_file(data_dir, of_day.source, of_day.day), language)
    if told is None and not await is_held(redis, of_day):
        return None
    return _race(of_day, language, told or ({}, []), await read_minutes(redis, of_day), final=False)


async def read_race_file(data_dir: Path, of_day: Shown, language: str) -> Race | None:
    """Return what a day's file alone tells of its race, None without the file.

    Raises:
        OSError: the file cannot be read.
    """
    told = await _recorded(race_file(data_dir, of_day.source, of_day.day), language)
    return _race(of_day, language, told, UNKNOWN, final=False) if told else None


_Told = tuple[dict[str, str], list[RaceFrame]]


def _race(of_day: Shown, language: str, told: _Told, minutes: Minutes, final: bool) -> Race:
    in_words = [(clock_time(first), clock_time(end)) for first, end in gaps(minutes)]
    return Race(of_day.day, of_day.source, [language], final, minutes, in_words, *told)


def _told(frames: Iterable[Frame]) -> _Told:
    """Return how each key is shown, in its last frame, and the frames without that: each key is one string."""
    shown_as: dict[str, str] = {}
    keys: dict[str, str] = {}
    told = []
    for frame in frames:
        shown_as |= {keys.setdefault(place.key, place.key): place.hashtag for place in frame.top}
        top = [(keys[place.key], place.posts) for place in frame.top]
        told.append(RaceFrame(frame.at.strftime("%H:%M:%S"), frame.posts, top))
    return shown_as, told


async def _recorded(path: Path, language: str) -> _Told | None:
    return await asyncio.get_running_loop().run_in_executor(_reader, _read, path, language)


def _read(path: Path, language: str) -> _Told | None:
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return _read_at(path, language, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=_KEPT_RACES)
def _read_at(path: Path, language: str, _size: int, _changed: int) -> _Told:
    """Read a file as it is now; what was read of it before is forgotten as newer races come."""
    return _told(read_frames(path, language))
