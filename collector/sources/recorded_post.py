"""One line of a recording -> Post. Pure."""

from collections import Counter
from datetime import datetime

import msgspec

from collector.authors import AuthorHash
from collector.event_time import utc
from collector.hashtags import normalise
from contract.language import normalise_language
from contract.post import MAX_LINE_BYTES, Post

MAX_ID_CHARACTERS = 128


class _RecordedPost(msgspec.Struct):
    """A post as recorded: hashtags as written, or folded with their spellings beside them; an account's own id."""

    id: str
    created_at: datetime
    lang: str | None = None
    hashtags: list[str] = []
    spellings: list[str] = []
    author: str | None = None


_decoder = msgspec.json.Decoder(_RecordedPost)


def read_post(line: bytes, hashed: AuthorHash, dropped: Counter[str]) -> Post | None:
    """Return the post of one line, as ``to_post`` does; ``dropped`` is told why there is none."""
    if len(line) > MAX_LINE_BYTES:
        dropped["too_long"] += 1
        return None
    post = to_post(line, hashed)
    if post is None:
        dropped["malformed"] += 1
    return post


def to_post(line: bytes, hashed: AuthorHash) -> Post | None:
    """Return the post of one line, its author ``hashed``; None when it is malformed."""
    try:
        recorded = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    created_at = utc(recorded.created_at)
    if created_at is None or len(recorded.id) > MAX_ID_CHARACTERS:
        return None
    keys: list[str] = []
    spellings: list[str] = []
    if recorded.hashtags:
        is_folded = len(recorded.spellings) == len(recorded.hashtags)
        keys, spellings = normalise(recorded.spellings if is_folded else recorded.hashtags)
    author = hashed(recorded.author) if recorded.author else None
    return Post(recorded.id, created_at, normalise_language(recorded.lang), keys, spellings, author)
