"""JSON of a network -> the fields of a post: ids, event times, and authors as keyed hashes.

All translators use this module. A bad field loses only itself: only without a usable id or event time is there no post.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

MAX_ID_CHARACTERS = 128
MAX_POST_BYTES = 1024 * 1024
"""The longest post as a network sent it. With the original of a retweet one has some hundred thousand bytes."""

_NONCHARACTER = rb"\uffff"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    rb"""\\(?: u[dD][89abAB][0-9a-fA-F]{2} \\u[dD][c-fC-F][0-9a-fA-F]{2}
             | (?P<lone> u[dD][89a-fA-F][0-9a-fA-F]{2} )
             | . )""",
    re.VERBOSE | re.DOTALL,
)

_FIRST_YEAR = 1970
_LAST_YEAR = 2199
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_WITHOUT_EXCESS = len('"2026-03-04T12:00:00.000000Z"')
_EXCESS_DIGITS = re.compile(r"(\.\d{6})\d+")
_LEAP_SECOND = re.compile(r"(:\d\d):60(?:\.\d+)?(?=[Zz+-])")
_time_decoder = msgspec.json.Decoder(datetime)

T = TypeVar("T")

AuthorHash = Callable[[str, datetime], str]
"""Turns an account id into the hash that stands for it in posts of one UTC day, that of the event time.

Equal accounts have equal hashes within a day, which is all that counting a day's authors needs. The key changes daily
(:mod:`collector.author_keys`). An id that contains an account is hashed too, and must then take the day from a time
that is the same whenever the network sends the post.
"""


def decoded(payload: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T | None:
    """Return the struct of a JSON text; None if it is malformed.

    JSON allows half a surrogate pair, UTF-8 does not. It becomes U+FFFF, which no id and no hashtag may contain, so
    the rest of the text stays usable.
    """
    try:
        return decoder.decode(payload)
    except (ValueError, RecursionError):
        pass
    if not _SURROGATE.search(payload):
        return None
    try:
        return decoder.decode(_ESCAPE.sub(_without_half_a_pair, bytes(payload)))
    except (ValueError, RecursionError):
        return None


def _without_half_a_pair(escape: re.Match[bytes]) -> bytes:
    return _NONCHARACTER if escape["lone"] else escape[0]


def post_id(value: object) -> str | None:
    """Return the text of an id, which may be a number; None if it is blank, too long or has control characters."""
    text = value if isinstance(value, str) else _text(value)
    return text if len(text) <= MAX_ID_CHARACTERS and text.isprintable() and text.strip() else None


def author(account: object, created_at: datetime, hash_author: AuthorHash) -> str | None:
    """Return the hash of an account id, which may be a number; None if there is no usable id."""
    text = account if isinstance(account, str) else _text(account)
    return hash_author(text, created_at) if text else None


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, int) or isinstance(value, bool):
        return ""
    try:
        return str(value)
    except ValueError:  # a number of thousands of digits
        return ""


def utc(moment: datetime) -> datetime | None:
    """Return an event time in UTC; None without a time zone or outside 1970 to 2199."""
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            return None
        moment = moment.astimezone(UTC)
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


def event_time(json: bytes) -> datetime | None:
    """Return the event time in a JSON string of RFC 3339, in UTC; None for anything else.

    Digits beyond the microsecond are truncated, never rounded: 23:59:59.9999999 stays in its day. So does the leap
    second 23:59:60, which becomes the last microsecond before it.
    """
    try:
        return utc(_time_decoder.decode(json if len(json) <= _LONGEST_WITHOUT_EXCESS else _without_excess(json)))
    except ValueError:
        return _leap_second(json)


def event_time_from_microseconds(since_1970: object) -> datetime | None:
    """Return the event time that is this many microseconds after 1970, in UTC; None for anything else."""
    if not isinstance(since_1970, int) or isinstance(since_1970, bool) or since_1970 < 0:
        return None
    try:
        return utc(_EPOCH + timedelta(microseconds=since_1970))
    except OverflowError:
        return None


def _without_excess(json: bytes) -> bytes:
    return msgspec.json.encode(_EXCESS_DIGITS.sub(r"\1", msgspec.json.decode(json, type=str)))


def _leap_second(json: bytes) -> datetime | None:
    """Return the last microsecond before a leap second, which only the end of a UTC day can have; else None."""
    try:
        text = msgspec.json.decode(json, type=str)
    except ValueError:
        return None
    before, leaps = _LEAP_SECOND.subn(r"\1:59.999999", text)
    moment = event_time(msgspec.json.encode(before)) if leaps == 1 else None
    return moment if moment and (moment.hour, moment.minute) == (23, 59) else None
