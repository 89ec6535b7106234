"""X's rules: those that the tracked languages need, and a thread that updates X while the stream runs.

:mod:`contract.x_rule` defines the text of one rule.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from random import random
from time import monotonic, time
from types import MappingProxyType

from collector.sources.x.client import Rule, RuleChanges, XClient
from collector.sources.x.failures import FailureLog, XBackoff, XError, is_refused
from contract.backoff import at_least
from contract.x_rule import MAX_RULES, X_LANGUAGES, default_terms, rule_values, searched_languages

_TAG = "trendsite:"


def rules_for(
    tracked: Collection[str] | None,
    own_terms: Mapping[str, tuple[str, ...]],
    own_countries: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> list[Rule]:
    """Return the rules for each language that X can detect. None (every language) means those that we have words for.

    ``own_terms`` are the words of languages for which editors chose others than ours, ``own_countries`` the countries
    of languages that they restricted. The first rules of all languages come before the second ones.
    """
    rules = [
        (number, language, value)
        for language in searched_languages(tracked, own_terms.keys() | own_countries.keys())
        for number, value in enumerate(
            _values(language, own_terms.get(language) or default_terms(language), own_countries.get(language, ())), 1
        )
    ]
    return [
        Rule(value, f"{_TAG}{language}" if number == 1 else f"{_TAG}{language}:{number}")
        for number, language, value in sorted(rules)
    ]


_values = lru_cache(maxsize=len(X_LANGUAGES))(rule_values)
"""The wanted rules are asked for twice a second, and they seldom change."""


def rule_changes(wanted: Iterable[Rule], present: Iterable[tuple[str, Rule]]) -> RuleChanges:
    """Return the changes from the present (id, rule) pairs to the wanted rules. Rules of others stay.

    X refuses a second rule of the same value. So a wanted rule is present if any rule has its value.
    """
    missing = {rule.value: rule for rule in wanted}
    needed, seen = set(missing), set()
    delete = []
    for rule_id, rule in present:
        missing.pop(rule.value, None)
        if rule.tag.startswith(_TAG) and (rule.value not in needed or rule.value in seen):
            delete.append(rule_id)
        seen.add(rule.value)
    return RuleChanges(list(missing.values()), delete)


def within_limit(wanted: list[Rule], present: Iterable[tuple[str, Rule]]) -> list[Rule]:
    """Return the wanted rules that X allows beside the rules of others."""
    others = sum(not rule.tag.startswith(_TAG) for _, rule in present)
    return wanted[: max(0, MAX_RULES - others)]


_CHECK_SECONDS = 0.5
_REPEAT_SECONDS = 900.0
"""Others may add and delete rules of the same app, ours too."""


log = logging.getLogger(__name__)


class RuleUpdater:
    """Updates X's rules in its own thread.

    ``ready`` is set once X has the rules. ``problem`` is what is wrong with them, empty if nothing is. ``is_refused``
    means that only a person can help.
    """

    def __init__(self, client: XClient, wanted: Callable[[], list[Rule]]) -> None:
        """Use the rules that ``wanted`` returns. No other thread may use ``client``."""
        self._client = client
        self._wanted = wanted
        self.ready = threading.Event()
        self.problem = ""
        self.is_refused = False
        self._failures = FailureLog("X's rules could not be set")

    def run(self, stop: threading.Event) -> None:
        """Apply the rules, and apply them again when they change, until ``stop`` is set."""
        applied, applied_at = None, 0.0
        backoff = XBackoff()
        while not stop.is_set():
            wanted = self._wanted()
            wait = _CHECK_SECONDS
            if wanted != applied or monotonic() - applied_at > _REPEAT_SECONDS:
                try:
                    self.apply(wanted)
                    applied, applied_at = wanted, monotonic()
                    backoff.reset()
                    self._failures.forget()
                except XError as error:
                    wait = at_least(backoff.seconds_after(error, time()), random())  # noqa: S311 - jitter
                    self.problem, self.is_refused = f"rules: {error}", is_refused(error)
                    self._failures.log(error, wait)
            stop.wait(wait)

    def apply(self, wanted: list[Rule]) -> None:
        """Replace X's rules by the wanted ones. Add new ones first, so that no language is missing meanwhile.

        Raises:
            XError: X refused or failed.
        """
        present = self._client.rules()
        allowed = within_limit(wanted, present)
        changes = rule_changes(allowed, present)
        # Only if X would have too many meanwhile, as many old ones go first.
        early = max(0, len(present) + len(changes.add) - MAX_RULES)
        self._client.change_rules(RuleChanges([], changes.delete[:early]))
        problems = self._client.change_rules(RuleChanges(changes.add, changes.delete[early:]))
        for problem in problems:
            log.warning("X did not take a rule: %s", problem)
        if changes.add or changes.delete:
            log.info("X's rules: %d added, %d deleted", len(changes.add), len(changes.delete))
        if len(allowed) < len(wanted):
            problems.append(_no_room(wanted, allowed))
        self.problem, self.is_refused = f"rules: {problems[0]}" if problems else "", not wanted
        if not wanted:
            self.problem = "X cannot detect any of the tracked languages: track another one"
        self.ready.set()


def _no_room(wanted: list[Rule], allowed: list[Rule]) -> str:
    return (
        f"other programs on this X app leave room for {len(allowed)} of our {len(wanted)} rules "
        f"(X allows {MAX_RULES}): delete some of theirs, track fewer languages, or choose fewer words"
    )
