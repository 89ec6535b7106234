"""The recording that every small data directory was made from: three made-up days.

The posts of the third have the ids of the first. So they are dropped, but their times close the second day.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FIRST, SECOND, THIRD = (datetime(2026, *day, 10, tzinfo=UTC) for day in ((3, 1), (3, 2), (9, 1)))
POSTS = 40
NAME = "posts.ndjson"

_HASHTAGS = (["Tea"], ["TEA", "Straße"], [], ["cupOfTea", "Tea"], ["日本", "tea"])


def made_up_posts(day: datetime) -> Iterator[dict[str, Any]]:
    """Yield the posts of a day, a minute apart."""
    for number in range(POSTS):
        yield {
            "id": f"{day:%d}-{number}",
            "created_at": (day + timedelta(minutes=number)).isoformat(),
            "lang": ("en", "ja", "de")[number % 3],
            "hashtags": _HASHTAGS[number % len(_HASHTAGS)],
            "author": f"account {number % 11}",
        }


def write_recording(folder: Path) -> Path:
    """Write the recording; return its file."""
    path = folder / NAME
    posts = [post for day in (FIRST, SECOND, THIRD) for post in made_up_posts(day)]
    path.write_text("".join(json.dumps(post, ensure_ascii=False) + "\n" for post in posts))
    return path


def expected() -> dict[str, int]:
    """Return the posts of each hashtag of any of the days in all languages, counted by hand."""
    rounds = POSTS // len(_HASHTAGS)
    return {"tea": 4 * rounds, "strasse": rounds, "cupoftea": rounds, "日本": rounds}
