"""Every Redis key and Redis channel: its content, its writer and its lifetime.

| name | kind | content | written by | lifetime |
| --- | --- | --- | --- | --- |
| sources | string | JSON list of the running streams, in the order of SOURCE | streaming, a new collector | unlimited |
| current | hash | the ``day`` of a source to show, and ``clock``: its latest event time counted | streaming | DAY_TTL |
| counts | sorted set | a day's posts per hashtag key, one language | streaming | DAY_TTL |
| authors | sorted set | a day's distinct authors per hashtag key, estimated, if posts name them | streaming | DAY_TTL |
| hour_counts | sorted set | one UTC hour's posts per hashtag key, one language | streaming | HOUR_TTL |
| hour_authors | sorted set | one UTC hour's distinct authors per hashtag, estimated, if named | streaming | HOUR_TTL |
| spellings | hash | the spelling of each of a day's hashtag keys | streaming | DAY_TTL |
| posts | sorted set | a day's posts per language, tagged or not | streaming | DAY_TTL |
| minutes | hash | all posts of each UTC minute of a day (0 to 1439) that has posts | streaming | DAY_TTL |
| pairs | hash | by key, the partners of each leading hashtag of a day (contract.pairs) | streaming | DAY_TTL |
| hour_posts | sorted set | one UTC hour's posts per language, tagged or not | streaming | HOUR_TTL |
| rankings | hash | a day's latest Ranking per language, one hash a window | streaming | DAY_TTL |
| race | hash | a day's frames of one language, one field a UTC hour (contract.race.pack_hours) | streaming | DAY_TTL |
| marker | string | the offset up to which Redis has every count, or REBUILDING, per source | streaming | DAY_TTL |
| written_keys | sorted set | every written key of a source, with its expiry (s since 1970) | streaming | DAY_TTL |
| collector_status, streaming_status | string | contract.status, per source | each its own | STATUS_TTL |
| archive_status | string | contract.status.ArchiveStatus | archive | STATUS_TTL, or until the next run of a cron job |
| site_status | hash | what each process of the site counts, for one machine with several | site | STATUS_TTL |
| archive_wakeup | string | a random text, new at each request to run the archive | site | WAKEUP_TTL |
| api_requests | string | an address's requests to the API in one minute | site | API_REQUESTS_TTL |
| tracked_languages | string | contract.status.TrackedLanguages | site | unlimited |
| ranking_channel | channel | each Ranking as it changes, one channel a source, window and language | streaming | |
| languages_channel | channel | TrackedLanguages as it changes | site | |
| hidden_channel | channel | empty messages: the hidden hashtags have changed in the database | site | |
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from contract.ranking import Window

DAY_TTL = 72 * 3600
"""Lifetime of a day's keys after their last write, in seconds."""

HOUR_TTL = 26 * 3600
"""Lifetime of an hour's keys after their last write, in seconds: long enough for all hours of today.

Rising also compares with the same hour of yesterday and the two before, until yesterday is archived.
"""

DAY_HASHTAGS = 5_000
"""The most hashtags that Redis keeps of a day and language. A trimmed one returns with its whole count."""

HOUR_HASHTAGS = 1_000
"""The most hashtags that Redis keeps of an hour and language. A missing one has at most the posts of the last one."""

REBUILDING = -1
"""The marker while streaming writes everything to Redis again."""

STATUS_TTL = 15
"""Seconds without a report after which a process counts as gone."""

API_REQUESTS_TTL = 120
"""Lifetime of the request count of one minute, in seconds."""

WAKEUP_TTL = 24 * 3600
"""Lifetime of a request to run the archive, in seconds: then the next closed day has caused a run."""

SOURCES = "trendsite:sources"
ARCHIVE_STATUS = "trendsite:status:archive"
ARCHIVE_WAKEUP = "trendsite:archive:wakeup"
TRACKED_LANGUAGES = "trendsite:languages"
LANGUAGES_CHANNEL = "trendsite:languages:changed"
HIDDEN_CHANNEL = "trendsite:hidden:changed"
ALERTS_LEASE = "trendsite:alerts:lease"

_RANKING_CHANNEL = "trendsite:ranking:"
RANKING_CHANNELS = _RANKING_CHANNEL + "*"
"""The pattern for the Redis channels of all sources, windows and languages."""

OLD_KEYS = ("trendsite:current", "trendsite:status:collector", "trendsite:status:streaming")
"""Keys of versions that ran one source at a time. Streaming deletes them."""


def current(source: str) -> str:
    """Return the key of a source's day to show and of its clock."""
    return f"trendsite:{source}:current"


def collector_status(source: str) -> str:
    """Return the key of the status of a source's collector."""
    return f"trendsite:{source}:status:collector"


def streaming_status(source: str) -> str:
    """Return the key of the status of streaming, which counts a source."""
    return f"trendsite:{source}:status:streaming"


def site_status(host: str) -> str:
    """Return the key of what the processes of the site on one machine count."""
    return f"trendsite:status:site:{host}"


def counts(source: str, day: date, language: str) -> str:
    """Return the key of a day's counts in one language."""
    return f"trendsite:{source}:{day.isoformat()}:counts:{language}"


def authors(source: str, day: date, language: str) -> str:
    """Return the key of a day's distinct authors per hashtag in one language."""
    return f"trendsite:{source}:{day.isoformat()}:authors:{language}"


def hour_counts(source: str, day: date, hour: int, language: str) -> str:
    """Return the key of the counts of one UTC hour of a day in one language."""
    return f"trendsite:{source}:{day.isoformat()}T{hour:02}:counts:{language}"


def hour_authors(source: str, day: date, hour: int, language: str) -> str:
    """Return the key of the distinct authors per hashtag of one UTC hour of a day in one language."""
    return f"trendsite:{source}:{day.isoformat()}T{hour:02}:authors:{language}"


def spellings(source: str, day: date) -> str:
    """Return the key of a day's spellings."""
    return f"trendsite:{source}:{day.isoformat()}:spellings"


def posts(source: str, day: date) -> str:
    """Return the key of a day's posts per language."""
    return f"trendsite:{source}:{day.isoformat()}:posts"


def pairs(source: str, day: date) -> str:
    """Return the key of the hashtags used together on a day."""
    return f"trendsite:{source}:{day.isoformat()}:pairs"


def hour_posts(source: str, day: date, hour: int) -> str:
    """Return the key of the posts per language of one UTC hour of a day."""
    return f"trendsite:{source}:{day.isoformat()}T{hour:02}:posts"


def minutes(source: str, day: date) -> str:
    """Return the key of the posts of each minute of a day."""
    return f"trendsite:{source}:{day.isoformat()}:minutes"


def rankings(source: str, day: date, window: Window) -> str:
    """Return the key of a day's latest rankings of one window."""
    return f"trendsite:{source}:{day.isoformat()}:rankings:{window}"


def race(source: str, day: date, language: str) -> str:
    """Return the key of a day's race in one language."""
    return f"trendsite:{source}:{day.isoformat()}:race:{language}"


def marker(source: str) -> str:
    """Return the key of the offset up to which everything is in Redis."""
    return f"trendsite:{source}:marker"


def is_whole(mark: int | None) -> bool:
    """Return whether Redis has every count of the source with this marker."""
    return mark is not None and mark != REBUILDING


def written_keys(source: str) -> str:
    """Return the key of the record of all written keys. It reveals lost ones."""
    return f"trendsite:{source}:keys"


def day_of(source: str, key: str) -> date | None:
    """Return the day of a source's key; None for a key without a day."""
    try:
        return date.fromisoformat(key.removeprefix(f"trendsite:{source}:")[:10])
    except ValueError:
        return None


def api_requests(address: str, minute: int) -> str:
    """Return the key of the number of requests of a hashed address, in one minute since 1970."""
    return f"trendsite:api:requests:{minute}:{address}"


def ranking_channel(source: str, window: Window, language: str) -> str:
    """Return the Redis channel of one language's rankings of a window (``*`` for all languages)."""
    return f"{_RANKING_CHANNEL}{source}:{window}:{language}"


def source_window_and_language(channel: str) -> tuple[str, Window, str]:
    """Return the source, window and language of a Redis channel of rankings."""
    source, window, language = channel.removeprefix(_RANKING_CHANNEL).rsplit(":", 2)
    return source, ("hour" if window == "hour" else "day"), language


def encode_sources(names: Sequence[str]) -> bytes:
    """Return the message under SOURCES."""
    return msgspec.json.encode(names)


def decode_sources(message: str | bytes | None) -> list[str]:
    """Return the names in the message under SOURCES; none if there is no such message."""
    try:
        return msgspec.json.decode(message, type=list[str]) if message else []
    except msgspec.DecodeError:
        return []


def shown_spelling(value: str | None, key: str) -> str:
    """Return the spelling to show, from the hashtag's field of the spellings hash; its key if the field was trimmed."""
    return value or key
