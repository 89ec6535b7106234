"""X's posts, in API 2 and in API 1.1 -> Post; and the other lines of X's stream. Pure.

One translator reads the stream, recorded lines of it, single posts and pages of posts. X truncates the text of a
retweet and marks only the hashtags in the rest. So the hashtags of a retweet are those of its original, in
``includes``. Older recordings have statuses of API 1.1.
"""

import re
from collections import Counter
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any

import msgspec

from collector.sources.fields import AuthorHash, author, decoded, event_time, post_id
from collector.sources.hashtags import extract, normalise
from collector.sources.json_objects import objects_in
from contract.language import normalise_language
from contract.post import Post

_LONGEST_WHOLE_TEXT = 270
_LONGEST_ENDING = 1_000
_MAX_ORIGINALS = 100_000
_BRACE = ord("{")
_CUT = re.compile(r"\u2026(?:\s+https?://\S+)*[\s\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff]*\Z")
_DISCONNECTS = re.compile(r"disconnect|streaming-connection|ConnectionException", re.IGNORECASE)
_ABOUT_ONE_OBJECT = re.compile(r"not.?found|not.?authorized|forbidden|resource", re.IGNORECASE)


class _Content(msgspec.Struct, kw_only=True):
    """The members of a post that have its hashtags."""

    id: object
    text: object = None
    entities: object = None
    note_tweet: object = None


class _PostData(_Content, kw_only=True):
    created_at: msgspec.Raw
    author_id: object = None
    lang: object = None
    referenced_tweets: object = None
    edit_history_tweet_ids: object = None


class _Includes(msgspec.Struct):
    tweets: msgspec.Raw = msgspec.Raw()


class XProblem(msgspec.Struct):
    """The body of X's error response."""

    title: str = ""
    detail: str = ""


class XLine(msgspec.Struct):
    """One line of the stream: a post that is not decoded yet (empty: no post), or a notice instead."""

    data: msgspec.Raw = msgspec.Raw()
    includes: msgspec.Raw = msgspec.Raw()
    errors: Any = None
    title: Any = None
    detail: Any = None
    type: Any = None
    disconnect_type: Any = None
    connection_issue: Any = None

    @property
    def is_post(self) -> bool:
        """Whether the line holds a post."""
        return bool(self.data) and memoryview(self.data)[0] == _BRACE

    @property
    def reason_to_end(self) -> str:
        """Why X ends the connection with this line; empty if it does not.

        An error about one object, such as a post that was not found, does not end the connection.
        """
        if self.is_post:
            return ""
        reasons = [_words(error) for error in self._problems() if _is_end(error)]
        return reasons[0] if reasons else ""

    @property
    def notice(self) -> str:
        """X's notice in place of a post; empty if there is none."""
        notices = [] if self.is_post else [_words(error) for error in self._problems()]
        return notices[0] if notices else ""

    def _problems(self) -> list[dict[str, Any]]:
        own = {name: getattr(self, name) for name in ("title", "detail", "type", "disconnect_type", "connection_issue")}
        listed = self.errors if isinstance(self.errors, list) else [self.errors]
        whole = [{**own, "is_whole": True}] if any(own.values()) else []
        return whole + [error for error in listed if isinstance(error, dict)]


_line_decoder = msgspec.json.Decoder(XLine)
_data_decoder = msgspec.json.Decoder(_PostData)
_content_decoder = msgspec.json.Decoder(_Content)
_includes_decoder = msgspec.json.Decoder(_Includes)


class Originals:
    """The posts in an ``includes``, by id. They are decoded when the first retweet needs one."""

    def __init__(self, includes: msgspec.Raw | bytes = b"") -> None:
        self._includes = includes

    def get(self, post_id: str) -> _Content | None:
        """Return the post with an id; None if it is missing or malformed."""
        return self._by_id.get(post_id)

    @cached_property
    def _by_id(self) -> dict[str, _Content]:
        found: dict[str, _Content] = {}
        includes = decoded(self._includes, _includes_decoder)
        originals = objects_in(memoryview(includes.tweets)) if includes else iter(())
        for data in islice(originals, _MAX_ORIGINALS):
            content = decoded(data, _content_decoder)
            if content is not None and (name := post_id(content.id)):
                found[name] = content
        return found


def to_line(payload: bytes) -> XLine | None:
    """Return a line of the stream; None if it is malformed."""
    return decoded(payload, _line_decoder)


def to_post(
    data: msgspec.Raw | bytes, originals: Originals, hash_author: AuthorHash, dropped: Counter[str]
) -> Post | None:
    """Return the post in ``data``; None if it is malformed.

    A retweet has the hashtags of its original, if ``originals`` has that. A quote has only its own. All versions of an
    edited post have the id of the first one. ``dropped`` counts the reason for None, and hashtags that are left out.
    """
    post = decoded(data, _data_decoder)
    created_at = event_time(post.created_at) if post else None
    identity = post_id(post.id) if post else None
    if post is None or created_at is None or identity is None:
        dropped["malformed"] += 1
        return None
    history = post.edit_history_tweet_ids
    first = post_id(history[0]) if isinstance(history, list) and history else None
    keys, spellings = normalise(_hashtags(post, originals), dropped)
    language = normalise_language(post.lang)
    return Post(
        f"x:{first or identity}", created_at, language, keys, spellings, author(post.author_id, created_at, hash_author)
    )


def tags_of(entities: dict[str, Any], name: str) -> object:
    """Return the hashtags of ``entities`` as written, each under ``name``."""
    hashtags = entities.get("hashtags")
    if not isinstance(hashtags, list):
        return None if hashtags == {} else hashtags  # R writes an empty list as {}
    return [hashtag.get(name) if isinstance(hashtag, dict) else hashtag for hashtag in hashtags]


def without_clipped(tags: object, text: str) -> object:
    """Return the hashtags without one that the end of a truncated text cuts off, as in "#Trend…"."""
    # Search only the end. From each start in a long text, the time would be the square of its length.
    cut = _CUT.search(text, max(0, len(text) - _LONGEST_ENDING))
    if cut is None or not isinstance(tags, list):
        return tags
    whole = [tag for tag in tags if not (isinstance(tag, str) and "\u2026" in tag)]
    if whole and text[: cut.start()].endswith((f"#{whole[-1]}", f"\uff03{whole[-1]}")):
        whole.pop()
    return whole


def extract_whole(text: str) -> object:
    """Return the hashtags in a text as written, without one that its end cuts off."""
    return without_clipped(extract(text), text)


def may_be_truncated(text: str) -> bool:
    """Return whether X may have truncated a text: that of a retweet, or a very long one."""
    return text.startswith("RT @") or len(text) >= _LONGEST_WHOLE_TEXT


def _hashtags(post: _PostData, originals: Originals) -> object:
    retweeted = _retweeted(post.referenced_tweets)
    return _as_written((retweeted and _original(retweeted, originals)) or post)


def _original(reference: dict[str, Any], originals: Originals) -> _Content | None:
    """Return the post that is retweeted. Some tools write it into the reference itself."""
    found = originals.get(post_id(reference.get("id")) or "")
    if found or not reference.keys() & {"text", "entities", "note_tweet"}:
        return found
    return _Content(
        id=reference.get("id"),
        text=reference.get("text"),
        entities=reference.get("entities"),
        note_tweet=reference.get("note_tweet"),
    )


def _as_written(content: _Content) -> object:
    """Return the hashtags that X marked in the whole text; without marks, those found in the text."""
    note, text = content.note_tweet, content.text if isinstance(content.text, str) else ""
    if isinstance(note, dict) and isinstance(note.get("entities"), dict):
        return tags_of(note["entities"], "tag")
    if isinstance(note, dict) and isinstance(note.get("text"), str):
        return extract_whole(note["text"])
    if not isinstance(content.entities, dict):
        return extract_whole(text)
    tags = tags_of(content.entities, "tag")
    # In other texts, an ellipsis at the end is the author's own.
    return without_clipped(tags, text) if may_be_truncated(text) else tags


def _retweeted(references: object) -> dict[str, Any] | None:
    """Return the reference to the post that is retweeted; None if the post is not a retweet."""
    for reference in references if isinstance(references, list) else []:
        if isinstance(reference, dict) and reference.get("type") == "retweeted":
            return reference
    return None


def _words(problem: dict[str, Any]) -> str:
    texts = (problem.get(name) for name in ("detail", "title", "type"))
    return next((words for words in texts if isinstance(words, str) and words), "an error without words")


def _is_end(problem: dict[str, Any]) -> bool:
    """Return whether a problem ends the connection.

    It does if it has a type of disconnect, or such a title or type, or if it is the whole line and not about one
    object.
    """
    if problem.get("disconnect_type") or problem.get("connection_issue"):
        return True
    named = f"{problem.get('title')} {problem.get('type')}"
    if _DISCONNECTS.search(named):
        return True
    return bool(problem.get("is_whole")) and not _ABOUT_ONE_OBJECT.search(named)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_status_decoder = msgspec.json.Decoder(dict[str, object])


def status_to_post(status: msgspec.Raw | bytes, hash_author: AuthorHash, dropped: Counter[str]) -> Post | None:
    """Return the post of a status of API 1.1; None if it is malformed. API 2 has the same post with the same id.

    All versions of an edited post have the id of the first one. ``dropped`` counts the reason for None, and hashtags
    that are left out.
    """
    read = decoded(status, _status_decoder) or {}
    created_at = _event_time_of_v1(read.get("created_at"))
    identity = post_id(read.get("id_str")) or post_id(read.get("id"))
    if created_at is None or identity is None:
        dropped["malformed"] += 1
        return None
    original = read.get("retweeted_status")
    written = _as_written_in_v1(original if isinstance(original, dict) else read)
    keys, spellings = normalise(written, dropped)
    history, user = read.get("edit_history"), read.get("user")
    first = post_id(history.get("initial_tweet_id")) if isinstance(history, dict) else None
    account = user.get("id_str") or user.get("id") if isinstance(user, dict) else None
    language = normalise_language(read.get("lang"))
    return Post(
        f"x:{first or identity}", created_at, language, keys, spellings, author(account, created_at, hash_author)
    )


def _event_time_of_v1(written: object) -> datetime | None:
    """Return the event time of a text such as "Wed Oct 10 20:19:24 +0000 2018", in UTC; None for anything else."""
    if not isinstance(written, str):
        return None
    parts = written.split()
    if len(parts) == 6 and parts[1] in _MONTHS:
        _, month, day, clock, zone, year = parts
        written = f"{year}-{_MONTHS.index(month) + 1:02}-{day:0>2}T{clock}{zone}"
    return event_time(msgspec.json.encode(written))


def _as_written_in_v1(status: dict[str, object]) -> object:
    """Return the hashtags that X marked in the whole text; without marks, those found in the text."""
    extended = status.get("extended_tweet")
    whole = extended if isinstance(extended, dict) else status
    text = whole.get("full_text") or status.get("text")
    text = text if isinstance(text, str) else ""
    entities = whole.get("entities")
    if not isinstance(entities, dict):
        return extract_whole(text)
    tags = tags_of(entities, "text")
    is_clipped = status.get("truncated") is True and whole is status
    return without_clipped(tags, text) if is_clipped or may_be_truncated(text) else tags
