"""Tracked languages -> rules of X's filtered stream, and what must change to have them. Pure.

``lang:`` and ``has:hashtags`` only qualify something else, so each rule also needs words to look
for: frequent ones of its language.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from collector.sources.x_terms import INTERNATIONAL_TERMS, TERMS, X_LANGUAGES

MAX_RULES = 1_000
MAX_RULE_CHARACTERS = 1_024
_TAG = "trendsite:"
_SPECIAL_OPERATORS = {"zh": "(lang:zh-CN OR lang:zh-TW)"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What X is asked to send. ``tag`` marks the rules that are ours."""

    value: str
    tag: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The rules to add, and the ids of those to delete."""

    add: list[Rule]
    delete: list[str]


def rules_for(tracked: Collection[str] | None) -> list[Rule]:
    """Return one rule a language that X can tell; for None (every language), those we have words of."""
    languages = TERMS if tracked is None else X_LANGUAGES.intersection(tracked)
    return [_rule(language) for language in sorted(languages)][:MAX_RULES]


def changes(wanted: Iterable[Rule], present: Iterable[tuple[str, Rule]]) -> Changes:
    """Return how to get from the (id, rule) pairs present to those wanted; rules of others stay."""
    missing = set(wanted)
    delete = []
    for rule_id, rule in present:
        if rule in missing:
            missing.remove(rule)
        elif rule.tag.startswith(_TAG):
            delete.append(rule_id)
    return Changes(sorted(missing, key=lambda rule: rule.tag), delete)


def _rule(language: str) -> Rule:
    qualifiers = f"has:hashtags {_SPECIAL_OPERATORS.get(language, f'lang:{language}')}"
    terms = ""
    for term in TERMS.get(language, INTERNATIONAL_TERMS):
        longer = f"{terms} OR {term}" if terms else term
        if len(f"({longer}) {qualifiers}") > MAX_RULE_CHARACTERS:
            break
        terms = longer
    return Rule(f"({terms}) {qualifiers}", f"{_TAG}{language}")
