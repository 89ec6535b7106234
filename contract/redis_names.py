"""Every Redis key and Redis channel: what it holds, who writes it, how long it lives.

| name | kind | holds | written by | lives |
| --- | --- | --- | --- | --- |
| current | hash | ``source`` and ``day`` that the board shows | streaming | for ever |
| counts | sorted set | a day's posts per hashtag key, one language | streaming | DAY_TTL |
| spellings | hash | how a day's hashtag keys are shown: ``<posts of that spelling> <spelling>`` | streaming | DAY_TTL |
| posts | sorted set | a day's posts per language, tagged or not | streaming | DAY_TTL |
| rankings | hash | a day's latest Ranking per language | streaming | DAY_TTL |
| marker | string | the last batch that is in Redis, per source | streaming | DAY_TTL |
| collector_status, streaming_status | string | contract.status | each its own | STATUS_TTL |
| tracked_languages | string | contract.status.TrackedLanguages | site | for ever |
| ranking_channel | channel | each Ranking as it changes, one channel a language | streaming | |
| languages_channel | channel | TrackedLanguages as it changes | site | |
"""

from datetime import date

DAY_TTL = 72 * 3600
"""Seconds a day's keys live after their last write."""

STATUS_TTL = 15
"""Seconds after which a process that no longer reports counts as gone."""

CURRENT = "trendsite:current"
COLLECTOR_STATUS = "trendsite:status:collector"
STREAMING_STATUS = "trendsite:status:streaming"
TRACKED_LANGUAGES = "trendsite:languages"
LANGUAGES_CHANNEL = "trendsite:languages:changed"

_RANKING_CHANNEL = "trendsite:ranking:"
RANKING_CHANNELS = _RANKING_CHANNEL + "*"
"""The pattern that matches the Redis channel of every language."""


def counts(source: str, day: date, language: str) -> str:
    """Return the key of a day's counts in one language."""
    return f"trendsite:{source}:{day.isoformat()}:counts:{language}"


def spellings(source: str, day: date) -> str:
    """Return the key of a day's spellings."""
    return f"trendsite:{source}:{day.isoformat()}:spellings"


def posts(source: str, day: date) -> str:
    """Return the key of a day's posts per language."""
    return f"trendsite:{source}:{day.isoformat()}:posts"


def rankings(source: str, day: date) -> str:
    """Return the key of a day's latest rankings."""
    return f"trendsite:{source}:{day.isoformat()}:rankings"


def marker(source: str) -> str:
    """Return the key of the last batch written."""
    return f"trendsite:{source}:marker"


def ranking_channel(language: str) -> str:
    """Return the Redis channel of one language's rankings (``*`` for all languages)."""
    return _RANKING_CHANNEL + language


def language_of_channel(channel: str) -> str:
    """Return the language whose rankings a Redis channel carries."""
    return channel.removeprefix(_RANKING_CHANNEL)


def shown_spelling(value: str | None, key: str) -> str:
    """Return how a hashtag is shown, from its field of the spellings hash; a trimmed one shows its key."""
    return value.partition(" ")[2] if value else key
