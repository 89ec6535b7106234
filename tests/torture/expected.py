"""A recording -> what must be counted of it: an independent count in plain Python, from the whole file at once.

It shares no rule's code with what it judges, only the contract's list of languages and its bounds.
"""

import gzip
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from contract.language import normalise_language
from contract.post import MAX_HASHTAG_CHARACTERS, MAX_HASHTAGS, MAX_LINE_BYTES

DAY_GRACE = timedelta(hours=1)
ABSURD = timedelta(days=1)
"""A post that is so far ahead of the post after it and of all before it has a wrong time."""

Counts = dict[tuple[str, str], list[int]]
"""(language, key) to the posts of the 24 UTC hours; language ``*`` is all, key ``""`` is every post."""


@dataclass(frozen=True)
class Recorded:
    """A post as far as it counts."""

    id: str
    moment: datetime
    language: str
    keys: list[str]


@dataclass
class Expected:
    """What must be counted: by day, ``posts`` in all, which days must be closed, and what counts for nothing."""

    days: dict[date, Counts] = field(default_factory=dict)
    posts: int = 0
    closed: set[date] = field(default_factory=set)
    dropped: Counter[str] = field(default_factory=Counter)


def read_lines(recording: Path) -> list[bytes]:
    """Return the lines of a plain or .gz recording."""
    content = recording.read_bytes()
    return (gzip.decompress(content) if recording.suffix == ".gz" else content).split(b"\n")


def expect(lines: Iterable[bytes]) -> Expected:
    """Count the lines of a recording."""
    expected = Expected()
    posts = list(_posts(lines, expected.dropped))
    clock = min(post.moment for post in posts[:1])
    seen: set[str] = set()
    for post, following in zip(posts, [*posts[1:], posts[-1]], strict=True):
        if post.moment - clock > ABSURD < post.moment - following.moment:
            expected.dropped["future"] += 1
        elif post.moment.date() < (clock - DAY_GRACE).date():
            expected.dropped["late"] += 1
        else:
            clock = max(clock, post.moment)
            if post.id in seen:
                expected.dropped["duplicate"] += 1
            else:
                _count(expected, post)
            seen.add(post.id)
    expected.closed = {day for day in expected.days if day < (clock - DAY_GRACE).date()}
    return expected


def _posts(lines: Iterable[bytes], dropped: Counter[str]) -> Iterator[Recorded]:
    for line in lines:
        post = _post(line)
        if post:
            yield post
        elif line:
            dropped["too_long" if len(line) > MAX_LINE_BYTES else "malformed"] += 1


def _post(line: bytes) -> Recorded | None:
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        recorded: dict[str, Any] = json.loads(line)
        post_id, written = recorded["id"], recorded["created_at"]
        moment = datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(post_id, str):
        return None
    return Recorded(post_id, moment, normalise_language(recorded.get("lang")), _keys(recorded.get("hashtags", [])))


def _keys(written: list[str]) -> list[str]:
    """Return the keys of a post, each once: no empty ones, no long ones, none with what nobody sees."""
    bare = [hashtag.lstrip("#＃") for hashtag in written if _is_plain(hashtag)]
    folded = [unicodedata.normalize("NFKC", hashtag).casefold() for hashtag in bare if _fits(hashtag)]
    return list(dict.fromkeys(key for key in folded if _fits(key) and _is_plain(key)))[:MAX_HASHTAGS]


def _fits(hashtag: str) -> bool:
    return 0 < len(hashtag) <= MAX_HASHTAG_CHARACTERS


def _is_plain(hashtag: str) -> bool:
    """Return whether there are no control, format and space characters in it, but for the two joiners."""
    return all(
        unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp") or character in "\u200c\u200d"
        for character in hashtag
    )


def _count(expected: Expected, post: Recorded) -> None:
    expected.posts += 1
    counts = expected.days.setdefault(post.moment.date(), {})
    for language in (post.language, "*"):
        for key in ("", *post.keys):
            counts.setdefault((language, key), [0] * 24)[post.moment.hour] += 1
