"""Hashtags as written in a post -> keys and spellings; and, as a fallback, text -> hashtags.

:func:`contract.post.fold` makes the keys.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from contract.post import MAX_HASHTAG_CHARACTERS, fold, is_usable, shown

_HASH = re.compile("[#\uff03]")
_MAX_WRITTEN_CHARACTERS = 10 * MAX_HASHTAG_CHARACTERS  # invisible ones included
_VARIATION_SELECTORS = "\ufe0e\ufe0f"
_KEYCAP = "\ufe0f\u20e3"
# Joiners, and the punctuation that is part of words in Hebrew, Japanese, Tibetan, Catalan and others.
_WORD_PUNCTUATION = frozenset(
    "_\u200c\u200d\u00b7\u05be\u05f3\u05f4\u0f0b\u0f0c\u3003\u301c\u309b\u309c\u30a0\u30fb\uff5e"
)


def normalise(written: object, dropped: Counter[str]) -> tuple[list[str], list[str]]:
    """Return (keys, spellings) of a list of hashtags as written, both in order, unique by key.

    ``dropped`` counts elements that are not a hashtag, of any type, as ``unusable_hashtag``. None is an empty list.
    Markup stays: escaping is the reader's job.
    """
    if not written:
        return [], []
    keys, spellings, unusable = _unique(written if isinstance(written, list) else [written])
    if unusable:
        dropped["unusable_hashtag"] += unusable
    return keys, spellings


def normalise_spelled(hashtags: object, spellings: object, dropped: Counter[str]) -> tuple[list[str], list[str]]:
    """Return (keys, spellings) of hashtags with a list of their spellings. Ignore a spelling that does not fit."""
    if not isinstance(hashtags, list) or not isinstance(spellings, list) or len(hashtags) != len(spellings):
        return normalise(hashtags, dropped)
    keys, shown_as, _ = _unique(spellings)
    if keys == hashtags:  # our own collector wrote them
        return keys, shown_as
    pairs = zip(hashtags, spellings, strict=True)
    written = [spelling if _is_spelling_of(spelling, hashtag) else hashtag for hashtag, spelling in pairs]
    return normalise(written, dropped)


def _unique(written: list[object]) -> tuple[list[str], list[str], int]:
    """Return keys, spellings, and the number of elements that are not a hashtag."""
    unique: dict[str, str] = {}
    unusable = 0
    for hashtag in written:
        key, spelling = _folded(hashtag) if isinstance(hashtag, str) else ("", "")
        if not key:
            unusable += 1
        elif key not in unique:
            unique[key] = spelling
    return list(unique), list(unique.values()), unusable


def _is_spelling_of(spelling: object, hashtag: object) -> bool:
    are_texts = isinstance(spelling, str) and isinstance(hashtag, str)
    return are_texts and _folded(spelling)[0] == _folded(hashtag)[0]


@lru_cache(maxsize=65_536)
def _folded(hashtag: str) -> tuple[str, str]:
    """Return (key, spelling); both are empty for a text that is not a hashtag."""
    if len(hashtag) > _MAX_WRITTEN_CHARACTERS:
        return "", ""
    key = fold(hashtag)
    if not is_usable(key):
        return "", ""
    return key, key if key == hashtag else shown(hashtag)


def extract(text: str) -> list[str]:
    """Return the hashtags in a text as written, without ``#``. This is for posts whose network marked none.

    A hashtag has a letter, does not begin inside a word or a URL, and is not followed by ``#`` or ``://``.
    """
    found = []
    for hash_sign in _HASH.finditer(text):
        start = hash_sign.end()
        end = start
        while end < len(text) and (_is_hashtag_character(text[end]) or unicodedata.category(text[end]) == "Cf"):
            end += 1
        written = text[start:end]
        runs_on = text.startswith(("#", "\uff03", "://"), end)
        if not runs_on and _may_follow(text[max(0, start - 2) : start - 1]) and _is_word(written):
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
