"""Which hashtags are hidden: the rules that editors make, the function that applies them, and the current rules.

A hidden hashtag is counted like every other and shown nowhere. Each process has all rules; trendsite.moderation
updates them.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from contract.language import ALL_LANGUAGES
from contract.post import fold

ANY = "*"
"""The wildcard of a pattern: any characters, or none."""

_CACHED_KEYS = 20_000

Hides = Callable[[str], bool]
"""Whether a hashtag's key is hidden."""


@dataclass(frozen=True)
class HidingRule:
    """Hides a hashtag, or all that match a pattern, in one language or in all (``*``).

    ``key`` is folded like a hashtag. ``until`` (UTC) is the moment at which the rule ends, None for never.
    """

    key: str
    is_pattern: bool
    language: str
    until: datetime | None

    def is_in_force(self, now: datetime) -> bool:
        """Return whether the rule still applies at ``now``."""
        return self.until is None or now < self.until


def matches(key: str, pattern: str) -> bool:
    """Return whether a key matches a pattern, in which ``*`` stands for any characters.

    Each piece between two ``*`` is taken at its first occurrence, so the cost is at most the product of both lengths.
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
    """Return the text before the first ``*``, the pieces between two, and the text after the last; None without any."""
    first, *others = pattern.split(ANY)
    return (first, others[:-1], others[-1]) if others else (first, [], None)


class Hiding:
    """A set of rules, prepared for checks of many hashtags."""

    def __init__(self, rules: Collection[HidingRule] = ()) -> None:
        """Apply ``rules``."""
        self.rules = frozenset(rules)
        self._languages = frozenset(rule.language for rule in rules)
        # Old rules and archived days may have keys of an earlier folding rule: fold both anew before comparing.
        self._patterns = [(fold(rule.key), rule) for rule in self.rules if rule.is_pattern]
        self._exact: dict[str, list[HidingRule]] = {}
        for rule in (rule for rule in self.rules if not rule.is_pattern):
            self._exact.setdefault(fold(rule.key), []).append(rule)
        # Every ranking checks much the same hashtags.
        self._rules_of = lru_cache(maxsize=_CACHED_KEYS)(self._find_rules_of)

    def is_hidden(self, key: str, language: str, now: datetime) -> bool:
        """Return whether a hashtag is hidden in a language, or for ``*`` in the ranking of all languages.

        A rule for one language does not apply to the ranking of all.
        """
        return any(rule.language in (ALL_LANGUAGES, language) and rule.is_in_force(now) for rule in self._rules_of(key))

    def among(self, languages: Sequence[str], now: datetime) -> Hides | None:
        """Return the check for a ranking of these languages, None if no rule can apply to it.

        A hashtag that is hidden in one of several languages is hidden in the ranking that adds them up.
        """
        if self._languages.isdisjoint((ALL_LANGUAGES, *languages)):
            return None
        return lambda key: any(self.is_hidden(key, language, now) for language in languages)

    def _find_rules_of(self, key: str) -> tuple[HidingRule, ...]:
        folded = fold(key)
        by_pattern = (rule for pattern, rule in self._patterns if matches(folded, pattern))
        return (*self._exact.get(folded, ()), *by_pattern)


def in_force(rules: Iterable[HidingRule], now: datetime) -> Hiding:
    """Return the hiding of those rules that are in force at ``now``."""
    return Hiding([rule for rule in rules if rule.is_in_force(now)])


class CurrentHiding:
    """The current hiding of one process. Any thread may read and replace it."""

    def __init__(self) -> None:
        """Begin with nothing hidden."""
        self.hiding = Hiding()
        self.may_have_changed = threading.Event()
        self._listeners: set[Callable[[], None]] = set()

    def replace(self, hiding: Hiding) -> None:
        """Apply other rules from now on and call the listeners; do nothing if the rules are the same."""
        if hiding.rules != self.hiding.rules:
            self.hiding = hiding
            for notify in tuple(self._listeners):
                notify()

    @contextmanager
    def on_change(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call ``listener`` after each change, in the thread that made the change."""
        self._listeners.add(listener)
        try:
            yield
        finally:
            self._listeners.discard(listener)


process_hiding = CurrentHiding()
"""The hiding of this process."""


def hides_in(languages: Sequence[str], now: datetime) -> Hides | None:
    """Return this process's check for a ranking of these languages, None if no rule can apply to it."""
    return process_hiding.hiding.among(languages, now)
