"""Invented posts and files for the collector's tests."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.author_keys import derived_hash
from collector.sources.replay.source import MACHINE_CLOCKS, ReplaySource
from contract.post import Post

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HASH_AUTHOR = derived_hash(bytes(32))


def post(seconds: float = 0, lang: str = "en", hashtags: tuple[str, ...] = ("tea",), post_id: str = "") -> Post:
    """A post so many seconds after noon. Its default id is its own moment."""
    return Post(post_id or f"t:at:{seconds}", NOON + timedelta(seconds=seconds), lang, list(hashtags), list(hashtags))


def steady(count: int, start: float = 0, step: float = 1) -> list[Post]:
    """Posts in a row, each ``step`` seconds after the one before."""
    return [post(start + i * step, post_id=f"t:{i}") for i in range(count)]


def recorded(number: int, moment: datetime, **changes: object) -> str:
    """One line of a recording, without its newline."""
    values = {
        "id": f"r{number}",
        "created_at": moment.isoformat().replace("+00:00", "Z"),
        "lang": ("en", "ja", "iw", "xx")[number % 4],
        "hashtags": ["Tea", "TEA", f"Cup{number % 7}"][: number % 4],
    }
    return json.dumps(values | changes, ensure_ascii=False)


def write_recording(path: Path, count: int, step: float = 0.5) -> Path:
    """Write a recording of so many posts, ``step`` seconds apart."""
    moments = (NOON + timedelta(seconds=i * step) for i in range(count))
    path.write_text("".join(recorded(i, moment) + "\n" for i, moment in enumerate(moments)))
    return path


def replay_of(path: Path, speed: float = 0, shift_to_now: bool = False, **clocks) -> ReplaySource:
    """A replay, as fast as possible by default."""
    return ReplaySource(path, speed, shift_to_now, HASH_AUTHOR, replace(MACHINE_CLOCKS, **clocks))
