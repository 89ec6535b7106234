"""One event of Bluesky's Jetstream, version 1 or 2 -> Post. Pure.

Only the creation of a post counts: not likes, reposts, edits, deletions and account events. The id of a post is its
author's hash and its record key, since its own id contains the account's. The same post has the same id on every server
and after every restart, although servers see it at slightly different times, and author keys change at midnight.

Version 2 also resends an account's old posts as created now, when the account's records are read again. The record key
shows this: it has the time at which it was made.
"""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec

from collector.sources.fields import AuthorHash, decoded, event_time, event_time_from_microseconds
from collector.sources.hashtags import normalise
from contract.language import normalise_language
from contract.post import Post

POSTS = "app.bsky.feed.post"
MAX_AGE = timedelta(days=1)
"""A record that is older than this, by its key, when the network sends it as created is no new post."""

_TAG = "app.bsky.richtext.facet#tag"
_ACCOUNT = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}")
_RECORD_KEY = re.compile(r"[A-Za-z0-9._:~-]{1,64}")
_TID = re.compile(r"[2-7a-j][2-7a-z]{12}")
_TID_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_CLOCK_ID_BITS = 10
_MIDNIGHT = timedelta(minutes=10)
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class _Feature(msgspec.Struct, rename={"type": "$type"}):
    type: str = ""
    tag: object = None


class _Facet(msgspec.Struct):
    features: list[_Feature] = []


class _Record(msgspec.Struct):
    """The members of a post that are counted, if all have the types that the network defines."""

    facets: list[_Facet] = []
    tags: list[object] = []
    langs: object = None


class _Commit(msgspec.Struct):
    """A change of one record. In version 2 it has the account, the time and the sequence number.

    A notice of version 2, in the place of a change, has only a ``name``.
    """

    operation: object = None
    collection: object = None
    rkey: object = None
    record: _Record | None = None
    did: object = None
    time: msgspec.Raw = msgspec.Raw()
    seq: object = None
    name: object = None


class _DamagedCommit(_Commit):
    """A change of a record with members of other types."""

    record: object = None  # type: ignore[assignment]


class Event(msgspec.Struct, rename={"type": "$type"}):
    """Version 1 has ``commit`` in an event with ``did`` and ``time_us``. Version 2 has everything in ``payload``.

    ``type`` and ``error`` are of a frame of version 2 that is not an event.
    """

    did: object = None
    time_us: object = None
    commit: _Commit | None = None
    payload: _Commit | None = None
    type: object = None
    error: object = None

    @property
    def moment(self) -> datetime | None:
        """The event time, in UTC; None if there is no usable one."""
        payload = self.payload
        if payload is None:
            return event_time_from_microseconds(self.time_us)
        return event_time(payload.time) if payload.time else None

    @property
    def seq(self) -> int | None:
        """The sequence number of version 2, of 64 bits; None if there is none."""
        seq = self.payload.seq if self.payload else None
        return seq if isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq < 2**63 else None


class _DamagedEvent(Event, rename={"type": "$type"}):
    """An event whose record has members of other types."""

    commit: _DamagedCommit | None = None
    payload: _DamagedCommit | None = None


_decoder = msgspec.json.Decoder(Event)
_damaged_decoder = msgspec.json.Decoder(_DamagedEvent)


def read_event(text: msgspec.Raw | bytes) -> Event | None:
    """Return the event in a JSON text; None if it is malformed."""
    try:
        return _decoder.decode(text)
    except (ValueError, RecursionError):
        return decoded(text, _damaged_decoder)


def to_post(event: msgspec.Raw | bytes, hash_author: AuthorHash, dropped: Counter[str]) -> Post | None:
    """Return the post that an event creates; None if it creates none.

    ``dropped`` counts the reason for None (``not_a_post``: another event), and hashtags that are left out.
    """
    read = read_event(event)
    if read is None:
        dropped["malformed"] += 1
        return None
    return created_post(read, read.moment, hash_author, dropped)


def created_post(
    event: Event, created_at: datetime | None, hash_author: AuthorHash, dropped: Counter[str]
) -> Post | None:
    """Return the post that a decoded event creates at ``created_at``, its ``moment``; as :func:`to_post`."""
    commit = event.payload or event.commit
    if commit is None or commit.operation != "create" or commit.collection != POSTS:
        dropped["not_a_post"] += 1
        return None
    did, rkey = commit.did if event.payload else event.did, commit.rkey
    if created_at is None or not _is(did, _ACCOUNT) or not _is(rkey, _RECORD_KEY):
        dropped["malformed"] += 1
        return None
    if _is_old(str(rkey), created_at):
        dropped["not_new"] += 1
        return None
    written, languages = _written(commit.record)
    keys, spellings = normalise(written, dropped)
    author = identity = hash_author(str(did), created_at)
    if (moment := _moment_of_key(str(rkey), created_at)) is not created_at:
        identity = hash_author(str(did), moment)
    return Post(f"bluesky:{identity}/{rkey}", created_at, normalise_language(languages), keys, spellings, author)


def _moment_of_key(record_key: str, created_at: datetime) -> datetime:
    """Return a moment whose day is the same on every server: around midnight that of the record key, if it is near.

    A record key is usually a time of the client in base 32 ("TID"): 53 bits of microseconds, 10 random bits.
    """
    if _MIDNIGHT.seconds <= created_at.hour * 3600 + created_at.minute * 60 < _DAY.total_seconds() - _MIDNIGHT.seconds:
        return created_at
    if not _TID.fullmatch(record_key):
        return created_at
    number = 0
    for character in record_key:
        number = number << 5 | _TID_DIGITS.index(character)
    written_at = event_time_from_microseconds(number >> _CLOCK_ID_BITS)
    return written_at if written_at and abs(written_at - created_at) <= _MIDNIGHT else created_at


def _is(text: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(text, str) and pattern.fullmatch(text) is not None


def _is_old(rkey: str, created_at: datetime) -> bool:
    """Return whether a record key has a time that is more than MAX_AGE before ``created_at``."""
    hour = created_at.replace(minute=0, second=0, microsecond=0)
    return _OLDEST_KEY <= rkey < _tid(hour - MAX_AGE) and _TID.fullmatch(rkey) is not None


@lru_cache(maxsize=16)
def _tid(moment: datetime) -> str:
    """Return the first record key of a moment. Keys are in order of time as texts."""
    number = (moment - _EPOCH) // _MICROSECOND << _CLOCK_ID_BITS
    return "".join(_TID_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


_OLDEST_KEY = _tid(datetime(2006, 1, 1, tzinfo=UTC))
"""Before this there were no short public posts, so an older time in a record key is none."""


def _written(record: object) -> tuple[list[object], object]:
    """Return (hashtags, languages): hashtags in the text, then those of the record, without stocks (``$``)."""
    if isinstance(record, _Record):
        marked = [feature.tag for facet in record.facets for feature in facet.features if feature.type == _TAG]
        written, languages = marked + record.tags if record.tags else marked, record.langs
    else:
        damaged = record if isinstance(record, dict) else {}
        marked = [feature.get("tag") for feature in _features(damaged) if feature.get("$type") == _TAG]
        written, languages = [*marked, *_list(damaged.get("tags"))], damaged.get("langs")
    return [tag for tag in written if not (isinstance(tag, str) and tag.startswith("$"))], languages


def _features(record: dict[str, object]) -> list[dict[str, object]]:
    facets = [facet for facet in _list(record.get("facets")) if isinstance(facet, dict)]
    features = (feature for facet in facets for feature in _list(facet.get("features")))
    return [feature for feature in features if isinstance(feature, dict)]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
