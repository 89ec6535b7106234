"""Which hashtags are hidden: the rules that editors make, and the one function that applies them. Pure.

A hidden hashtag is counted like every other and shown nowhere.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from contract.language import ALL_LANGUAGES

ANY = "*"
"""What stands in a pattern for any characters, also for none."""

_KEPT_ANSWERS = 20_000

Hides = Callable[[str], bool]
"""Whether a hashtag's key is hidden."""


@dataclass(frozen=True)
class Rule:
    """Hides a hashtag, or all that are like a pattern, in one language or in all (``*``).

    ``key`` is folded as hashtags are; ``until`` (UTC) is the moment from which it hides nothing, None for never.
    """

    key: str
    is_pattern: bool
    language: str
    until: datetime | None

    def is_in_force(self, now: datetime) -> bool:
        """Return whether it still hides anything at ``now``."""
        return self.until is None or now < self.until


def is_like(key: str, pattern: str) -> bool:
    """Return whether a key is like a pattern, in which ``*`` stands for any characters.

    Each piece between two ``*`` is taken where it comes first, so it costs at most the one length times the other.
    """
    first, middle, last = _pieces(pattern)
    # Most keys end here.
    if not key.startswith(first):
        return False
    if last is None:
        return key == first
    if not key.endswith(last) or len(key) < len(first) + len(last):
        return False
    at, end = len(first), len(key) - len(last)
    for piece in middle:
        found = key.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


@lru_cache(maxsize=1_000)
def _pieces(pattern: str) -> tuple[str, list[str], str | None]:
    """Return what stands before the first ``*``, between two, and after the last; None for that without any."""
    first, *others = pattern.split(ANY)
    return (first, others[:-1], others[-1]) if others else (first, [], None)


class Hiding:
    """Rules, ready to be asked about many hashtags."""

    def __init__(self, rules: Collection[Rule] = ()) -> None:
        """Apply ``rules``."""
        self.rules = frozenset(rules)
        self._languages = frozenset(rule.language for rule in rules)
        self._patterns = [rule for rule in self.rules if rule.is_pattern]
        self._exact: dict[str, list[Rule]] = {}
        for rule in self.rules - frozenset(self._patterns):
            self._exact.setdefault(rule.key, []).append(rule)
        # The same hashtags are asked about in every ranking.
        self._rules_of = lru_cache(maxsize=_KEPT_ANSWERS)(self._find_rules_of)

    def is_hidden(self, key: str, language: str, now: datetime) -> bool:
        """Return whether a hashtag is hidden in a language, or for ``*`` in the ranking of all languages.

        A rule for one language says nothing about the ranking of all.
        """
        return any(rule.language in (ALL_LANGUAGES, language) and rule.is_in_force(now) for rule in self._rules_of(key))

    def among(self, languages: Sequence[str], now: datetime) -> Hides | None:
        """Return what is hidden in a ranking of these languages, None where that is nothing.

        A hashtag that is hidden in one of several languages is hidden in the ranking that adds them up.
        """
        if self._languages.isdisjoint((ALL_LANGUAGES, *languages)):
            return None
        return lambda key: any(self.is_hidden(key, language, now) for language in languages)

    def _find_rules_of(self, key: str) -> tuple[Rule, ...]:
        return (*self._exact.get(key, ()), *(rule for rule in self._patterns if is_like(key, rule.key)))


def in_force(rules: Iterable[Rule], now: datetime) -> Hiding:
    """Return the hiding of those rules that are in force at ``now``."""
    return Hiding([rule for rule in rules if rule.is_in_force(now)])
