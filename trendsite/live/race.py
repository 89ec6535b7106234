"""A day's race as API and pages tell it, and that of a day still open: recorded frames, minutes of Redis."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec

from contract.race import Frame, race_file, read_frames
from trendsite.live.hiding import Hides
from trendsite.live.minutes import Minutes, clock_time, gaps
from trendsite.live.pipeline import Shown

_KEPT_RACES = 8

READ_SECONDS = 5.0
"""Within which a race must be read: a disk that hangs holds nobody up for longer."""

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


Told = tuple[dict[str, str], list[RaceFrame]]
"""How each key is shown, and the frames of one language."""


def race_of(of_day: Shown, language: str, told: Told, minutes: Minutes, final: bool) -> Race:
    """Return the race that frames of one language make."""
    in_words = [(clock_time(first), clock_time(end)) for first, end in gaps(minutes)]
    return Race(of_day.day, of_day.source, [language], final, minutes, in_words, *told)


def without_hidden(told: Told, hides: Hides | None) -> Told:
    """Return what is told without what is hidden.

    A frame then has fewer places than were recorded: who came after the last one nobody wrote down.
    """
    if hides is None:
        return told
    shown_as, frames = told
    left = {key: hashtag for key, hashtag in shown_as.items() if not hides(key)}
    # What was read is kept for others, and must stay as it is.
    return left, [RaceFrame(one.at, one.posts, [place for place in one.top if place[0] in left]) for one in frames]


def tell(frames: Iterable[Frame]) -> Told:
    """Return how each key is shown, in its last frame, and the frames without that: each key is one string."""
    shown_as: dict[str, str] = {}
    keys: dict[str, str] = {}
    told = []
    for frame in frames:
        shown_as |= {keys.setdefault(place.key, place.key): place.hashtag for place in frame.top}
        top = [(keys[place.key], place.posts) for place in frame.top]
        told.append(RaceFrame(frame.at.strftime("%H:%M:%S"), frame.posts, top))
    return shown_as, told


async def read_recorded(data_dir: Path, of_day: Shown, language: str) -> Told | None:
    """Return what a day's file tells of its race, None without the file.

    Raises:
        OSError: the file cannot be read, or not in time.
    """
    path = race_file(data_dir, of_day.source, of_day.day)
    async with asyncio.timeout(READ_SECONDS):
        return await asyncio.get_running_loop().run_in_executor(_reader, _read, path, language)


def _read(path: Path, language: str) -> Told | None:
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return _read_at(path, language, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=_KEPT_RACES)
def _read_at(path: Path, language: str, _size: int, _changed: int) -> Told:
    """Read a file as it is now; what was read of it before is forgotten as newer races come."""
    return tell(read_frames(path, language))
