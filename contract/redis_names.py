"""Every Redis key and Redis channel: what it holds, who writes it, how long it lives.

| name | kind | holds | written by | lives |
| --- | --- | --- | --- | --- |
| current | hash | ``source`` and ``day`` shown, and ``clock``: the latest event time counted | streaming | for ever |
| counts | sorted set | a day's posts per hashtag key, one language | streaming | DAY_TTL |
| authors | sorted set | a day's distinct authors per hashtag key, about, where posts tell them | streaming | DAY_TTL |
| hour_counts | sorted set | one UTC hour's posts per hashtag key, one language | streaming | HOUR_TTL |
| hour_authors | sorted set | one UTC hour's distinct authors per hashtag, about, where told | streaming | HOUR_TTL |
| spellings | hash | how a day's hashtag keys are shown | streaming | DAY_TTL |
| posts | sorted set | a day's posts per language, tagged or not | streaming | DAY_TTL |
| minutes | hash | all posts of each UTC minute of a day (0 to 1439) that has some | streaming | DAY_TTL |
| hour_posts | sorted set | one UTC hour's posts per language, tagged or not | streaming | HOUR_TTL |
| rankings | hash | a day's latest Ranking per language, one hash a window | streaming | DAY_TTL |
| marker | string | the offset up to which everything counted is in Redis, per source | streaming | DAY_TTL |
| collector_status, streaming_status | string | contract.status | each its own | STATUS_TTL |
| api_requests | string | an address's requests to the API in one minute | site | API_REQUESTS_TTL |
| tracked_languages | string | contract.status.TrackedLanguages | site | for ever |
| ranking_channel | channel | each Ranking as it changes, one channel a window and language | streaming | |
| languages_channel | channel | TrackedLanguages as it changes | site | |
| hidden_channel | channel | nothing: what is hidden has changed in the database | site | |
"""

from datetime import date

from contract.ranking import Window

DAY_TTL = 72 * 3600
"""Seconds a day's keys live after their last write."""

HOUR_TTL = 26 * 3600
"""Seconds an hour's keys live after their last write: today's hours are all there."""

HOUR_HASHTAGS = 1_000
"""How many hashtags of an hour and language are kept: one that is not there has at most the last one's posts."""

STATUS_TTL = 15
"""Seconds after which a process that no longer reports counts as gone."""

API_REQUESTS_TTL = 120
"""Seconds a minute's requests live: they count for that minute alone."""

CURRENT = "trendsite:current"
COLLECTOR_STATUS = "trendsite:status:collector"
STREAMING_STATUS = "trendsite:status:streaming"
TRACKED_LANGUAGES = "trendsite:languages"
LANGUAGES_CHANNEL = "trendsite:languages:changed"
HIDDEN_CHANNEL = "trendsite:hidden:changed"

_RANKING_CHANNEL = "trendsite:ranking:"
RANKING_CHANNELS = _RANKING_CHANNEL + "*"
"""The pattern that matches the Redis channel of every window and language."""


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


def hour_posts(source: str, day: date, hour: int) -> str:
    """Return the key of the posts per language of one UTC hour of a day."""
    return f"trendsite:{source}:{day.isoformat()}T{hour:02}:posts"


def minutes(source: str, day: date) -> str:
    """Return the key of the posts of each minute of a day."""
    return f"trendsite:{source}:{day.isoformat()}:minutes"


def rankings(source: str, day: date, window: Window) -> str:
    """Return the key of a day's latest rankings of one window."""
    return f"trendsite:{source}:{day.isoformat()}:rankings:{window}"


def marker(source: str) -> str:
    """Return the key of the offset up to which everything is written."""
    return f"trendsite:{source}:marker"


def api_requests(address: str, minute: int) -> str:
    """Return the key of the requests of an address, hashed, in one minute since 1970."""
    return f"trendsite:api:requests:{minute}:{address}"


def ranking_channel(window: Window, language: str) -> str:
    """Return the Redis channel of one language's rankings of a window (``*`` for all languages)."""
    return f"{_RANKING_CHANNEL}{window}:{language}"


def window_and_language(channel: str) -> tuple[Window, str]:
    """Return what the rankings of a Redis channel are of."""
    window, _, language = channel.removeprefix(_RANKING_CHANNEL).partition(":")
    return ("hour" if window == "hour" else "day"), language


def shown_spelling(value: str | None, key: str) -> str:
    """Return how a hashtag is shown, from its field of the spellings hash; a trimmed one shows its key."""
    return value or key
