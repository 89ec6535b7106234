"""The short way from a line of X's stream to a post: one decode for lines as X writes them. Pure.

Every other line, with a member of another type or with one more than X has, takes the long way of
:mod:`collector.sources.x.post`. Both ways make the same post of a line.
"""

from collections import Counter

import msgspec

from collector.sources.fields import AuthorHash, author, event_time, post_id
from collector.sources.hashtags import normalise
from collector.sources.x.post import extract_whole, may_be_truncated, without_clipped
from contract.language import normalise_language
from contract.post import Post


class _Tag(msgspec.Struct, gc=False):
    tag: str


class _Entities(msgspec.Struct):
    hashtags: list[_Tag] = []


class _Note(msgspec.Struct):
    text: str | None = None
    entities: _Entities | None = None


class _Reference(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    id: str


class _Content(msgspec.Struct, kw_only=True):
    id: str
    text: str | None = None
    entities: _Entities | None = None
    note_tweet: _Note | None = None


class _Data(_Content, kw_only=True):
    created_at: msgspec.Raw
    author_id: str | None = None
    lang: str | None = None
    referenced_tweets: list[_Reference] = []
    edit_history_tweet_ids: list[str] = []


class _Includes(msgspec.Struct):
    tweets: list[_Content] = []


class _Line(msgspec.Struct):
    data: _Data
    includes: _Includes | None = None


_decoder = msgspec.json.Decoder(_Line)


def to_plain_post(payload: bytes, hash_author: AuthorHash, dropped: Counter[str]) -> Post | None:
    """Return the post of a line as X writes it; None if the line needs the long way.

    ``dropped`` counts hashtags that are left out.
    """
    try:
        line = _decoder.decode(payload)
    except (ValueError, RecursionError):
        return None
    data = line.data
    created_at = event_time(data.created_at)
    history = data.edit_history_tweet_ids
    identity = post_id(history[0] if history else data.id)
    if created_at is None or identity is None or not post_id(data.id):
        return None
    content = _original(line) if data.referenced_tweets else None
    keys, spellings = normalise(_as_written(content or data), dropped)
    language = normalise_language(data.lang)
    return Post(f"x:{identity}", created_at, language, keys, spellings, author(data.author_id, created_at, hash_author))


def _original(line: _Line) -> _Content | None:
    """Return the post that a retweet repeats, the last one of its id; None if it is missing."""
    if line.includes is None:
        return None
    wanted = next((reference.id for reference in line.data.referenced_tweets if reference.type == "retweeted"), None)
    if wanted is None or post_id(wanted) is None:
        return None
    return next((content for content in reversed(line.includes.tweets) if content.id == wanted), None)


def _as_written(content: _Content) -> object:
    """Return the hashtags that X marked in the whole text; without marks, those found in the text."""
    note = content.note_tweet
    if note is not None and note.entities is not None:
        return [hashtag.tag for hashtag in note.entities.hashtags]
    if note is not None and note.text is not None:
        return extract_whole(note.text)
    text = content.text or ""
    if content.entities is None:
        return extract_whole(text)
    tags = [hashtag.tag for hashtag in content.entities.hashtags]
    # In other texts, an ellipsis at the end is the author's own.
    return without_clipped(tags, text) if tags and may_be_truncated(text) else tags
