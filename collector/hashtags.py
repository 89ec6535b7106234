"""Hashtags as written in a post -> the keys they count under; and, as a fallback, text -> hashtags."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from contract.post import MAX_HASHTAG_CHARACTERS, fold

_HASH = re.compile("[#\uff03]")
_JOINERS = "\u200c\u200d"
_VARIATION_SELECTORS = "\ufe0e\ufe0f"
_KEYCAP = "\ufe0f\u20e3"
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Zs", "Zl", "Zp"))
# Joiners, and the punctuation that is part of words in Hebrew, Japanese, Tibetan, Catalan and others.
_WORD_PUNCTUATION = frozenset(
    "_\u200c\u200d\u00b7\u05be\u05f3\u05f4\u0f0b\u0f0c\u3003\u301c\u309b\u309c\u30a0\u30fb\uff5e"
)


def normalise(written: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return (keys, spellings) of hashtags as written, both in order, unique by key.

    Dropped are empty ones, those over MAX_HASHTAG_CHARACTERS, and those with control, format,
    surrogate or space characters. Markup is not: escaping is the reader's job.
    """
    unique: dict[str, str] = {}
    for hashtag in written:
        unique.setdefault(*_folded(hashtag))
    unique.pop("", None)
    return list(unique), list(unique.values())


@lru_cache(maxsize=65_536)
def _folded(hashtag: str) -> tuple[str, str]:
    """Return (key, spelling), both empty for what cannot be a hashtag."""
    if len(hashtag) > MAX_HASHTAG_CHARACTERS + 1 or not _is_visible(hashtag):
        return "", ""
    spelling = hashtag.lstrip("#\uff03")
    # NFKC may lengthen a text and bring spaces into it, so the key is checked as well.
    key = fold(spelling)
    fits = len(key) <= MAX_HASHTAG_CHARACTERS >= len(spelling)
    return (key, spelling) if fits and _is_visible(key) else ("", "")


def _is_visible(text: str) -> bool:
    if text.isprintable() and " " not in text:
        return True
    return all(character in _JOINERS or unicodedata.category(character) not in _INVISIBLE for character in text)


def extract(text: str) -> list[str]:
    """Return the hashtags in a text as written, without ``#``: for networks that gave no entities.

    A hashtag has a letter, does not begin inside a word or an address, and does not run into
    ``#`` or ``://``.
    """
    found = []
    for hash_sign in _HASH.finditer(text):
        start = hash_sign.end()
        end = start
        while end < len(text) and _is_hashtag_character(text[end]):
            end += 1
        written = text[start:end]
        runs_on = text.startswith(("#", "\uff03", "://"), end)
        if not runs_on and _may_follow(text[: start - 1]) and _is_word(written):
            found.append(written)
    return found


def _is_hashtag_character(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Nd" or character in _WORD_PUNCTUATION


def _is_word(written: str) -> bool:
    return written[:1] not in _KEYCAP and any(character.isalpha() for character in written)


def _may_follow(before: str) -> bool:
    last = before[-1:]
    return last in _VARIATION_SELECTORS or (last not in "&/" and not _is_hashtag_character(last))
