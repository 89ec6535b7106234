"""The right answer: a file's posts, counted in the simplest way and by nobody's code but this."""

import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import islice
from pathlib import Path

import msgspec

from contract.language import ALL_LANGUAGES

TOP = 10


class Truth(msgspec.Struct):
    """A file's posts per language, and each language's top ten as (key, posts); ``*`` is all."""

    posts: dict[str, int]
    top: dict[str, list[tuple[str, int]]]


class _Line(msgspec.Struct):
    lang: str
    hashtags: list[str]


def truth_of(path: Path, posts: int | None = None) -> Truth:
    """Return the counts of a file's first ``posts`` posts; those of all (None) are remembered beside the file."""
    if posts is not None:
        return _count(path, posts)
    memory = path.with_suffix(".truth.json")
    if not memory.exists():
        memory.write_bytes(msgspec.json.encode(_count(path, None)))
    return msgspec.json.decode(memory.read_bytes(), type=Truth)


def is_top(found: list[tuple[str, int]], top: list[tuple[str, int]]) -> bool:
    """Return whether a top ten is right; of equal counts at its end, any may be in it, in any order."""
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


@lru_cache(maxsize=500_000)
def _key(hashtag: str) -> str:
    return unicodedata.normalize("NFKC", hashtag).casefold()
