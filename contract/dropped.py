"""Dropped and missing posts of a stream, day by day: the collector writes them, the archive reads them.

There is one JSON file a day, with counts by reason as in :class:`contract.status.CollectorStatus`, and the day's gaps
(:mod:`contract.gap`). A drop belongs to the day of the stream's clock, since many dropped posts have no time of their
own. The collector writes the file when the clock leaves the day, and again if it learns of a gap before the day closes.
The drops of a day that it did not watch from the first moment to the last are unknown; without a gap it has no file.

Some reasons count no posts: hashtags left out of a post that counts, and events of a network that are not posts.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec

from contract.files import write_atomically
from contract.gap import Gap

REASONS = (
    *("late", "future", "duplicate", "untracked", "malformed", "too_long", "bot", "not_new"),
    *("excess_hashtags", "unusable_hashtag", "not_a_post"),
)
"""Every reason."""

NO_POSTS = frozenset(("excess_hashtags", "unusable_hashtag", "not_a_post"))
"""Reasons that drop no post."""

_WORDS = {
    "excess_hashtags": "hashtags in excess",
    "unusable_hashtag": "unusable hashtags",
    "not_a_post": "not posts",
    "too_long": "too long",
    "bot": "by bots",
    "not_new": "written long before",
}


def posts_dropped(dropped: Mapping[str, int]) -> dict[str, int]:
    """Return the counts of those reasons that drop posts."""
    return {reason: count for reason, count in dropped.items() if reason not in NO_POSTS}


def dropped_as_text(dropped: Mapping[str, int]) -> str:
    """Return the counts and their reasons in words, highest count first; empty if nothing was dropped."""
    most_first = sorted(dropped.items(), key=lambda reason: (-reason[1], reason[0]))
    return ", ".join(f"{count:,} {_WORDS.get(reason, reason)}" for reason, count in most_first)


def dropped_file(data_dir: Path, source: str, day: date) -> Path:
    """Return the file with the dropped posts of a day."""
    return data_dir / "dropped" / source / f"{day.isoformat()}.json"


def open_day_file(data_dir: Path, source: str) -> Path:
    """Return the collector's own file: the open day, and the drops in the stream before it."""
    return dropped_file(data_dir, source, date.min).with_name("begun")


def dropped_files(data_dir: Path) -> list[tuple[str, date, Path]]:
    """Return (source, day, file) for every file."""
    found = []
    for path in (data_dir / "dropped").glob("*/*.json"):
        try:
            found.append((path.parent.name, date.fromisoformat(path.stem), path))
        except ValueError:
            continue
    return found


class DroppedDay(msgspec.Struct):
    """What a day lacks: ``dropped`` posts by reason, None where they are unknown, and ``gaps`` in order."""

    dropped: dict[str, int] | None = None
    gaps: list[Gap] = []


def write_dropped_day(path: Path, day: DroppedDay) -> None:
    """Write a day's drops and gaps, durably.

    Raises:
        OSError: the disk is full or broken.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, msgspec.json.encode(day, order="sorted"))


def read_dropped_day(path: Path) -> DroppedDay:
    """Return a day's drops and gaps. They are unknown if there is no usable file.

    Earlier versions wrote the counts alone.

    Raises:
        OSError: the file exists and cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return DroppedDay()
    try:
        return DroppedDay(msgspec.json.decode(content, type=dict[str, int]))
    except msgspec.DecodeError:
        pass
    try:
        return msgspec.json.decode(content, type=DroppedDay)
    except msgspec.DecodeError:
        return DroppedDay()
