"""A recording -> the counts that it must give: an independent count in plain Python, from the whole file at once.

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
from contract.pairs import MAX_PAIRED_HASHTAGS
from contract.post import MAX_HASHTAG_CHARACTERS, MAX_HASHTAGS, MAX_LINE_BYTES

DAY_GRACE = timedelta(hours=1)
ABSURD = timedelta(days=1)
"""A post this far ahead of the next post and of all earlier ones has a wrong time."""

Counts = dict[tuple[str, str], list[int]]
"""(language, key) to the posts of the 24 UTC hours; language ``*`` is all, key ``""`` is every post."""


Pairs = Counter[tuple[str, str]]
"""The posts that have a hashtag and a partner."""


@dataclass(frozen=True)
class Recorded:
    """The parts of a post that matter for counting."""

    id: str
    moment: datetime
    language: str
    keys: list[str]


@dataclass
class Expected:
    """The expected counts by day, the total ``posts``, and what is dropped. At the end every day is closed.

    ``pairs`` has the posts of a day with two hashtags, for both of them.
    """

    days: dict[date, Counts] = field(default_factory=dict)
    pairs: dict[date, Pairs] = field(default_factory=dict)
    posts: int = 0
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
    return expected


def _posts(lines: Iterable[bytes], dropped: Counter[str]) -> Iterator[Recorded]:
    for line in lines:
        post = _post(line, dropped)
        if post:
            yield post
        elif line:
            dropped["too_long" if len(line) > MAX_LINE_BYTES else "malformed"] += 1


def _post(line: bytes, dropped: Counter[str]) -> Recorded | None:
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        recorded: dict[str, Any] = json.loads(line)
        post_id, written, hashtags = recorded["id"], recorded["created_at"], recorded["hashtags"]
        moment = datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(post_id, str) or not post_id:
        return None
    keys = _keys(hashtags, dropped)
    return Recorded(post_id, moment, normalise_language(recorded.get("lang")), keys)


def _keys(written: list[str], dropped: Counter[str]) -> list[str]:
    """Return the distinct keys of a post, without invisible, broken and long ones."""
    keys = [_key(hashtag) for hashtag in written]
    usable = [key for key in keys if 0 < len(key) <= MAX_HASHTAG_CHARACTERS and _is_whole(key)]
    if len(usable) < len(keys):
        dropped["unusable_hashtag"] += len(keys) - len(usable)
    return list(dict.fromkeys(usable))[:MAX_HASHTAGS]


def _key(hashtag: str) -> str:
    """Return a hashtag's key by the rules that the recordings need: none has joined emoji sequences."""
    seen = "".join(character for character in hashtag if not _is_invisible(character)).lstrip("#＃")
    parts = ((character, unicodedata.normalize("NFKC", character)) for character in unicodedata.normalize("NFC", seen))
    folded = "".join(one if " " in many else many for one, many in parts).casefold()
    with_am = folded.replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")
    return unicodedata.normalize("NFC", with_am.replace("i\u0307", "i"))


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or character in "\u0640\u3164\ufe0f"


def _is_whole(key: str) -> bool:
    categories = [unicodedata.category(character) for character in key]
    return not {"Cc", "Co", "Cs", "Zs"}.intersection(categories) and any(category[0] != "M" for category in categories)


def _count(expected: Expected, post: Recorded) -> None:
    expected.posts += 1
    counts = expected.days.setdefault(post.moment.date(), {})
    for language in (post.language, "*"):
        for key in ("", *post.keys):
            counts.setdefault((language, key), [0] * 24)[post.moment.hour] += 1
    paired = post.keys[:MAX_PAIRED_HASHTAGS]
    of_day = expected.pairs.setdefault(post.moment.date(), Counter())
    of_day.update((key, partner) for key in paired for partner in paired if key != partner)
