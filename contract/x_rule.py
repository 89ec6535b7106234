"""A rule of X's filtered stream: how the words of a language become one, and what X allows in it. Pure.

The site refuses by this module what an editor may not keep; the collector builds by it what X is asked for.
``lang:`` and ``has:hashtags`` only qualify something else, so each rule also needs words to look for.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

from contract.x_terms import INTERNATIONAL_TERMS, TERMS, X_LANGUAGES

MAX_RULES: Final = 1_000
MAX_RULE_CHARACTERS: Final = 1_024

_SPECIAL_OPERATORS = {"zh": "(lang:zh-CN OR lang:zh-TW)"}
_OPERATORS = {"OR", "AND", "NOT"}
_JOINERS = {"\u200c", "\u200d"}  # within words of Persian, of Indian languages, and of emoji
_IN_PHRASES = set(" '\u2019-·.,&/+!?")


class XRuleError(ValueError):
    """Words that cannot become a rule. The message says which, and what is allowed."""


def default_terms(language: str) -> tuple[str, ...]:
    """Return the words that are looked for in a language unless somebody chose others."""
    return TERMS.get(language, INTERNATIONAL_TERMS)


def rule_value(language: str, terms: Iterable[str]) -> str:
    """Return the rule that looks for tagged posts of a language with one of these words."""
    words = " OR ".join(_written(term) for term in terms)
    return f"({words}) has:hashtags {_SPECIAL_OPERATORS.get(language, f'lang:{language}')}"


def rule_characters(value: str) -> int:
    """Return the length of a rule as X counts, for whom an emoji has two characters."""
    return len(value.encode("utf-16-le")) // 2


def checked_terms(language: str, terms: Iterable[str]) -> tuple[str, ...]:
    """Return words as they are kept: composed, trimmed, each once, in the order given.

    Raises:
        XRuleError: X cannot tell the language, there is no word, one is not usable, or all are too long for a rule.
    """
    if language not in X_LANGUAGES:
        raise XRuleError(f"X cannot tell posts of this language ({language}) from others.")
    checked = {term.casefold(): term for term in reversed([_checked(term) for term in terms]) if term}
    kept = tuple(reversed(checked.values()))
    if not kept:
        raise XRuleError("At least one word is needed: X refuses a rule that only names a language.")
    length = rule_characters(rule_value(language, kept))
    if length > MAX_RULE_CHARACTERS:
        raise XRuleError(
            f"The rule has {length:,} characters, X allows {MAX_RULE_CHARACTERS:,}: "
            f"take out words of {length - MAX_RULE_CHARACTERS:,} characters."
        )
    return kept


def _checked(term: str) -> str:
    """Return one word or phrase, without quotation marks around it."""
    text = " ".join(unicodedata.normalize("NFC", term).split())
    text = text.removeprefix('"').removesuffix('"').strip()
    if text in _OPERATORS:
        raise XRuleError(f"“{text}” means something else to X: write it in small letters.")
    # A hashtag is one word; anywhere else the sign would mean nothing.
    bare = text.removeprefix("#")
    if text and not (_is_word(bare) if text.startswith("#") else _is_phrase(text)):
        raise XRuleError(
            f"“{text[:40]}” is no word, phrase or #hashtag: letters, digits and spaces are what X looks for."
        )
    return text


def _written(term: str) -> str:
    return term if _is_word(term.removeprefix("#")) else f'"{term}"'


def _is_word(text: str) -> bool:
    return bool(text) and all(_is_of_word(character) for character in text)


def _is_phrase(text: str) -> bool:
    # What begins with a minus would look like "without it", which is not what a quoted one means.
    return _is_of_word(text[0]) and all(_is_of_word(character) or character in _IN_PHRASES for character in text)


def _is_of_word(character: str) -> bool:
    return (
        unicodedata.category(character)[0] in "LMN" or character == "_" or character in _JOINERS or _is_emoji(character)
    )


def _is_emoji(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk") and ord(character) > 0xFF
