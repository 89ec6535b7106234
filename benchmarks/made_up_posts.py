"""Made-up posts in a file, for replays as fast as possible, and their right counts.

The same recipe gives the same bytes. The posts are like the simulator's, but from tables, so that millions take
seconds. The files stay in the user's cache.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import count, islice, product
from pathlib import Path
from random import Random

import msgspec

from benchmarks.harness import cache_folder
from contract.language import ALL_LANGUAGES
from contract.post import fold

FIRST_DAY = date(2026, 1, 5)

_BUFFER_BYTES = 4 * 1024 * 1024
_NEW_A_POST = 4
_AUTHORS = 500_000
_TAIL = 2_048
_SYLLABLES = [a + b for a, b in product("bdfgklmnprstvz", "aeiou")]
_PAIRS = [a + b for a, b in product(_SYLLABLES, repeat=2)]

# Language, share of the posts in percent, and how its hashtags begin, so that no two share one.
_LANGUAGES = (
    ("en", 34, "the"), ("ja", 19, "さくら"), ("es", 11, "señ"), ("pt", 8, "ção"), ("ar", 7, "قمر"),
    ("id", 6, "kan"), ("ko", 5, "하늘"), ("hi", 4, "प्रेम"), ("tr", 3, "şeh"), ("ru", 3, "мир"),
)  # fmt: skip
_LANGUAGE_OF_PERCENT = [(code, start) for code, percent, start in _LANGUAGES for _ in range(percent)]
_HASHTAGS_OF_TWENTIETH = [1] * 12 + [2] * 5 + [3] * 2 + [4]


@dataclass(frozen=True)
class Recipe:
    """A run of posts in a file.

    ``tagged`` is the share of posts with hashtags. Each language has a tenth of ``hashtags``, used by
    a Zipf law. The posts are spread evenly over ``hours`` from the ``first_hour`` of FIRST_DAY on.
    ``new_from`` makes posts of another kind: each has four hashtags that none had before, and together
    they have those from that number up to ``hashtags``.
    """

    posts: int
    tagged: float = 0.2
    hashtags: int = 100_000
    first_hour: float = 0
    hours: float = 24
    new_from: int | None = None


def filling(new_from: int, hashtags: int, first_hour: float, hours: float) -> Recipe:
    """Return the recipe of posts that use each hashtag of a range once."""
    return Recipe((hashtags - new_from) // _NEW_A_POST, 1.0, hashtags, first_hour, hours, new_from)


def post_file(*recipes: Recipe) -> Path:
    """Return the file with the posts of these recipes, in order; write it if it is missing."""
    name = "-".join(f"{recipe.posts}" for recipe in recipes)
    path = cache_folder() / f"{name}-{zlib.crc32(repr(recipes).encode()):08x}.ndjson"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("w", encoding="utf-8", buffering=_BUFFER_BYTES) as file:
            for part, recipe in enumerate(recipes):
                file.writelines(post_lines(recipe, part))
        unfinished.rename(path)
    return path


def post_lines(recipe: Recipe, part: int = 0) -> Iterator[str]:
    """Yield a recipe's posts, each a line of contract.post as a recording has it."""
    rng = Random(part)  # noqa: S311 - invented posts hold no secret
    draw = rng.random
    contents = _new_hashtags(recipe, draw) if recipe.new_from is not None else _zipf_hashtags(recipe, draw)
    for number, (moment, (language, words)) in enumerate(zip(_moments(recipe), contents, strict=False)):
        hashtags = '"' + '","'.join(words) + '"' if words else ""
        author = int(_AUTHORS * draw())
        yield (
            f'{{"id":"made:{part}-{number}","created_at":"{moment}","lang":"{language}",'
            f'"hashtags":[{hashtags}],"author":"{author:016x}"}}\n'
        )


def _zipf_hashtags(recipe: Recipe, draw: Callable[[], float]) -> Iterator[tuple[str, list[str]]]:
    """Yield each post's language and hashtags."""
    vocabulary = recipe.hashtags // len(_LANGUAGES)
    while True:
        language, start = _LANGUAGE_OF_PERCENT[int(100 * draw())]
        if draw() >= recipe.tagged:
            yield language, []
        else:
            # An evenly spread logarithm gives the hashtag of rank r a share of about 1/r.
            many = _HASHTAGS_OF_TWENTIETH[int(20 * draw())]
            yield language, [start + _word(int(vocabulary ** draw()) - 1, draw()) for _ in range(many)]


def _new_hashtags(recipe: Recipe, draw: Callable[[], float]) -> Iterator[tuple[str, list[str]]]:
    """Yield each post's language and hashtags, every one of a range once."""
    first = (recipe.new_from or 0) // len(_LANGUAGES)
    for number in count():
        language, _, start = _LANGUAGES[number % len(_LANGUAGES)]
        index = first + number // len(_LANGUAGES) * _NEW_A_POST
        yield language, [start + _word(index + i, draw()) for i in range(_NEW_A_POST)]


def _moments(recipe: Recipe) -> Iterator[str]:
    """Yield the event time of each post."""
    begin, step = recipe.first_hour * 3_600_000, recipe.hours * 3_600_000 / recipe.posts
    second, prefix = -1, ""
    for number in range(recipe.posts):
        now, milliseconds = divmod(int(begin + number * step), 1000)
        if now != second:
            second = now
            days, within = divmod(now, 86_400)
            clock = f"{within // 3600:02}:{within // 60 % 60:02}:{within % 60:02}"
            prefix = f"{FIRST_DAY + timedelta(days)}T{clock}"
        yield f"{prefix}.{milliseconds:03}Z"


def _word(number: int, style: float) -> str:
    """Return the word of a number, in one of the spellings that people give it."""
    head, tail = _PAIRS[number // _TAIL], _PAIRS[number % _TAIL]
    if style < 0.65:
        return head.title() + tail.title()
    return head + tail if style < 0.9 else (head + tail).upper()


TOP = 10

_key = lru_cache(maxsize=500_000)(fold)


class Truth(msgspec.Struct):
    """The right counts: posts per language, and each language's top ten as (key, posts). ``*`` is all languages."""

    posts: dict[str, int]
    top: dict[str, list[tuple[str, int]]]


class _Line(msgspec.Struct):
    lang: str
    hashtags: list[str]


def truth_of(path: Path, posts: int | None = None) -> Truth:
    """Return the counts of a file's first ``posts`` posts; the counts of all (None) are cached beside the file."""
    if posts is not None:
        return _count(path, posts)
    memory = path.with_suffix(".truth.json")
    if not memory.exists():
        memory.write_bytes(msgspec.json.encode(_count(path, None)))
    return msgspec.json.decode(memory.read_bytes(), type=Truth)


def is_top(found: list[tuple[str, int]], top: list[tuple[str, int]]) -> bool:
    """Return whether a top ten is right. Hashtags with the last place's count may differ, in any order."""
    last = top[-1][1] if top else 0
    return [posts for _, posts in found] == [posts for _, posts in top] and (
        {place for place in found if place[1] > last} == {place for place in top if place[1] > last}
    )


def top_ten(counts: Counter[str]) -> list[tuple[str, int]]:
    """Return the most used hashtags, equal ones by key."""
    return sorted(counts.items(), key=lambda count: (-count[1], count[0]))[:TOP]


def _count(path: Path, posts: int | None) -> Truth:
    decoder = msgspec.json.Decoder(_Line)
    totals: Counter[str] = Counter()
    hashtags: dict[str, Counter[str]] = {ALL_LANGUAGES: Counter()}
    with path.open("rb") as file:
        for line in islice(file, posts):
            post = decoder.decode(line)
            totals[post.lang] += 1
            if post.hashtags:
                keys = {_key(hashtag) for hashtag in post.hashtags}
                hashtags.setdefault(post.lang, Counter()).update(keys)
                hashtags[ALL_LANGUAGES].update(keys)
    totals[ALL_LANGUAGES] = totals.total()
    return Truth(dict(totals), {language: top_ten(counts) for language, counts in hashtags.items()})
