"""One line of X's filtered stream -> Post. Pure."""

from datetime import datetime

import msgspec

from collector.authors import AuthorHash
from collector.event_time import utc
from collector.hashtags import extract, normalise
from contract.language import normalise_language
from contract.post import Post

_MAX_ID_CHARACTERS = 32


class _Hashtag(msgspec.Struct):
    tag: str


class _Entities(msgspec.Struct):
    hashtags: list[_Hashtag] = []


class _Data(msgspec.Struct):
    id: str
    created_at: datetime
    author_id: str | None = None
    lang: str | None = None
    text: str = ""
    entities: _Entities | None = None


class XProblem(msgspec.Struct):
    """An error that X tells in the stream, or in the body of a refusal."""

    title: str = ""
    detail: str = ""


class XLine(msgspec.Struct):
    """One line: a post, not decoded yet (empty: there is none), or errors."""

    data: msgspec.Raw = msgspec.Raw()
    errors: list[XProblem] = []


_line_decoder = msgspec.json.Decoder(XLine)
_data_decoder = msgspec.json.Decoder(_Data)


def to_line(payload: bytes) -> XLine | None:
    """Return what a line of the stream is; None when it is malformed."""
    try:
        return _line_decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def reason_to_end(payload: bytes) -> str:
    """Return why X ends the stream by this line, empty when it does not."""
    line = to_line(payload)
    if line is None or line.data or not line.errors:
        return ""
    return line.errors[0].detail or line.errors[0].title or "an error without words"


def to_post(data: msgspec.Raw | bytes, hashed: AuthorHash) -> Post | None:
    """Return the post of a line's ``data``, its author ``hashed``; None when it is malformed."""
    try:
        post = _data_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    created_at = utc(post.created_at)
    if created_at is None or len(post.id) > _MAX_ID_CHARACTERS:
        return None
    written = extract(post.text) if post.entities is None else [hashtag.tag for hashtag in post.entities.hashtags]
    keys, spellings = normalise(written)
    author = hashed(post.author_id) if post.author_id else None
    return Post(f"x:{post.id}", created_at, normalise_language(post.lang), keys, spellings, author)
