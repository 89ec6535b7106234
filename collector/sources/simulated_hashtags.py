"""Invented hashtags of the simulator: words from each language's own script, Zipf-like. Pure."""

import math
from dataclasses import dataclass
from functools import lru_cache
from random import Random

_VOCABULARY = 20_000
_BURST_MINUTES = 20
_BURST_CHANCE = 0.15

_LATIN = [
    "ba",
    "be",
    "bi",
    "bo",
    "bu",
    "da",
    "de",
    "di",
    "do",
    "du",
    "ka",
    "ke",
    "ki",
    "ko",
    "ku",
    "la",
    "le",
    "li",
    "lo",
    "lu",
    "ma",
    "me",
    "mi",
    "mo",
    "mu",
    "na",
    "ne",
    "ni",
    "no",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
    "ta",
    "te",
    "ti",
    "to",
    "va",
    "vi",
]


@dataclass(frozen=True)
class SimulatedLanguage:
    """A language of the simulation: its share of the posts, its hours from UTC, its syllables."""

    code: str
    weight: float
    utc_hours: float
    syllables: tuple[str, ...]


def _latin(extra: str) -> tuple[str, ...]:
    return (*_LATIN, *extra.split())


LANGUAGES = (
    SimulatedLanguage("en", 32, -5, _latin("th ing er ster wood light sun day")),
    SimulatedLanguage("ja", 18, 9, tuple("さくらはなそらうみやまかぜゆきほしカメラテレビアニメ東京夏祭音楽夢")),
    SimulatedLanguage("es", 10, -4, _latin("ñ ción ía es el á ó")),
    SimulatedLanguage("pt", 7, -3, _latin("ção ã lh nh é or")),
    SimulatedLanguage("ar", 6, 3, ("سلا", "مر", "كتا", "ب", "نو", "ر", "قمر", "شم", "س", "ليل", "دار", "عين", "حب")),
    SimulatedLanguage("id", 5, 7, _latin("ng nya kan ber")),
    SimulatedLanguage("ko", 5, 9, tuple("가나다라마바사아자차하사랑하늘별빛꽃봄여름노래")),
    SimulatedLanguage("hi", 4, 5.5, ("का", "मे", "रा", "दि", "ल", "सु", "न", "प्रे", "म", "गी", "त", "भा", "जी")),
    SimulatedLanguage("tr", 4, 3, _latin("ş ğı ç ü ler lar")),
    SimulatedLanguage("th", 3, 7, ("กา", "มา", "ดี", "รัก", "ฟ้า", "น้ำ", "ใจ", "วัน", "คน", "เพลง")),
    SimulatedLanguage("fr", 3, 1, _latin("é è eau ou eux")),
    SimulatedLanguage("de", 2, 1, _latin("sch ü ß ei ung")),
    SimulatedLanguage("ru", 2, 3, ("ма", "род", "но", "ве", "сна", "ле", "то", "зи", "да", "мир", "свет", "дом")),
    SimulatedLanguage("zh", 2, 8, tuple("春夏秋冬山水花月风云天地人心音乐电影美食旅行")),
    SimulatedLanguage("el", 1, 2, ("κα", "λη", "μέ", "ρέδ", "θά", "λα", "σμι", "φω", "ς", "νη", "σί")),
)


def spelling(rng: Random, seed: int, language: SimulatedLanguage, minute: int) -> str:
    """Return one hashtag as written: mostly a popular one, at times the one that bursts just now."""
    burst = _burst(seed, language.code, minute // _BURST_MINUTES)
    within = (minute % _BURST_MINUTES) / _BURST_MINUTES
    if burst is not None and rng.random() < 0.3 * math.sin(math.pi * within):
        number = burst
    else:
        # An evenly spread logarithm gives the hashtag of rank r a share of about 1/r.
        number = int(_VOCABULARY ** rng.random())
    return _styled(rng, _words(seed, language, number))


def dice(*seed: object) -> Random:
    """Return the dice that always fall the same way for the same seed."""
    return Random(" ".join(map(str, seed)))  # noqa: S311 - invented posts hold no secret


@lru_cache(maxsize=4_096)
def _burst(seed: int, code: str, slot: int) -> int | None:
    """Return the number of the hashtag that bursts in a slot; half of them are brand-new."""
    rng = dice(seed, "burst", code, slot)
    if rng.random() > _BURST_CHANCE:
        return None
    return _VOCABULARY + slot if rng.random() < 0.5 else rng.randrange(20, 2_000)


@lru_cache(maxsize=65_536)
def _words(seed: int, language: SimulatedLanguage, number: int) -> tuple[str, ...]:
    rng = dice(seed, "hashtag", language.code, number)
    lengths = rng.choice(((2,), (3,), (2, 2), (2, 3), (3, 2)))
    words = ["".join(rng.choices(language.syllables, k=length)) for length in lengths]
    if rng.random() < 0.1:
        words.append(str(rng.randrange(2, 100)))
    return tuple(words)


def _styled(rng: Random, words: tuple[str, ...]) -> str:
    """Return one of the spellings that people give the same hashtag."""
    choice = rng.random()
    if choice < 0.65:
        return "".join(word[:1].upper() + word[1:] for word in words)
    if choice < 0.9:
        return "".join(words)
    return "".join(words).upper()
