"""Simulated posts of a span of time, always the same for the same seed and name. Pure."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random

from collector.sources import TICK_SECONDS
from collector.sources.hashtags import normalise
from collector.sources.simulator import latin_words as latin
from collector.sources.simulator import other_words as other
from collector.sources.simulator.hashtags import Hashtags, seeded_random
from collector.sources.simulator.lexicon import Lexicon
from contract.post import Post

TICKS_PER_SECOND = round(1 / TICK_SECONDS)
_TICK = timedelta(seconds=TICK_SECONDS)
_TAGGED_SHARE = 0.2
_AUTHORS_PER_LANGUAGE = 1_000_000


@dataclass(frozen=True)
class SimulatedLanguage:
    """A simulated language: its share of the posts, its offset from UTC in hours, its words."""

    code: str
    weight: float
    utc_hours: float
    lexicon: Lexicon


LANGUAGES = (
    SimulatedLanguage("en", 32, -5, latin.ENGLISH),
    SimulatedLanguage("ja", 18, 9, other.JAPANESE),
    SimulatedLanguage("es", 10, -4, latin.SPANISH),
    SimulatedLanguage("pt", 7, -3, latin.PORTUGUESE),
    SimulatedLanguage("ar", 6, 3, other.ARABIC),
    SimulatedLanguage("id", 5, 7, latin.INDONESIAN),
    SimulatedLanguage("ko", 5, 9, other.KOREAN),
    SimulatedLanguage("hi", 4, 5.5, other.HINDI),
    SimulatedLanguage("tr", 4, 3, latin.TURKISH),
    SimulatedLanguage("th", 3, 7, other.THAI),
    SimulatedLanguage("fr", 3, 1, latin.FRENCH),
    SimulatedLanguage("de", 2, 1, latin.GERMAN),
    SimulatedLanguage("ru", 2, 3, other.RUSSIAN),
    SimulatedLanguage("zh", 2, 8, other.CHINESE),
    SimulatedLanguage("el", 1, 2, other.GREEK),
    SimulatedLanguage("he", 1, 2, other.HEBREW),
)
_TOTAL_WEIGHT = sum(language.weight for language in LANGUAGES)
_LANGUAGE_NUMBERS = range(len(LANGUAGES))


def posts_of_tick(seed: int, posts_per_second: float, tick: int) -> list[Post]:
    """Return the posts of one twentieth of a second, the ``tick``-th since 1970. They are always the same."""
    begin = datetime.fromtimestamp(tick / TICKS_PER_SECOND, UTC)
    return list(posts_of_span(seed, f"{tick:x}", begin, _TICK, posts_per_second / TICKS_PER_SECOND))


def posts_of_span(seed: int, name: str, begin: datetime, span: timedelta, mean: float) -> Iterator[Post]:
    """Yield about ``mean`` posts, more by day and fewer by night, at equal distances within ``span``.

    ``name`` is part of their ids. The same arguments always yield the same posts.
    """
    rng = seeded_random(seed, "posts", name)
    minute = int(begin.timestamp()) // 60
    active, cumulated = _activity(minute)
    number = int(mean * active + rng.random())
    spoken = rng.choices(_LANGUAGE_NUMBERS, cum_weights=cumulated, k=number)
    step = span / max(1, number)
    hashtags = _hashtags(seed)
    for i, language in enumerate(spoken):
        yield _post(rng, LANGUAGES[language].code, hashtags[language], f"sim:{name}-{i}", begin + i * step)


@lru_cache(maxsize=64)
def _activity(minute: int) -> tuple[float, list[float]]:
    """Return the activity of all languages in a minute since 1970, 1 on average, and the cumulated weights of each.

    A language is least active at 3:00 and most active at 15:00 local time.
    """
    weights = [
        language.weight * (1 - 0.7 * math.cos((minute / 60 + language.utc_hours - 3) / 24 * 2 * math.pi))
        for language in LANGUAGES
    ]
    return sum(weights) / _TOTAL_WEIGHT, list(accumulate(weights))


@lru_cache(maxsize=2)
def _hashtags(seed: int) -> list[Hashtags]:
    return [Hashtags(seed, language.code, language.lexicon, language.utc_hours) for language in LANGUAGES]


def _post(rng: Random, code: str, hashtags: Hashtags, post_id: str, moment: datetime) -> Post:
    author = _author(rng, code)
    if rng.random() >= _TAGGED_SHARE:
        return Post(post_id, moment, code, [], [], author)
    written = hashtags.of_post(rng, int(moment.timestamp()) // 60)
    keys, spellings = normalise(written, Counter())
    return Post(post_id, moment, code, keys, spellings, author)


def _author(rng: Random, code: str) -> str:
    """Return an author of a language, as long as a hash. It is not hashed: there is no account to protect."""
    # The square favours the first authors: the very first one writes a thousandth of all posts.
    return f"{code}{int(_AUTHORS_PER_LANGUAGE * rng.random() ** 2):014x}"
