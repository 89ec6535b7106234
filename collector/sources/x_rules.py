"""Tracked languages -> rules of X's filtered stream, and what must change to have them. Pure.

How one rule looks is fixed in :mod:`contract.x_rule`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from contract.x_rule import MAX_RULES, default_terms, rule_value
from contract.x_terms import TERMS, X_LANGUAGES

_TAG = "trendsite:"


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


def rules_for(tracked: Collection[str] | None, own_terms: Mapping[str, Collection[str]]) -> list[Rule]:
    """Return one rule a language that X can tell; for None (every language), those that we have words of.

    ``own_terms`` are the words of languages for which somebody chose others than ours.
    """
    languages = (TERMS.keys() | own_terms.keys()) if tracked is None else X_LANGUAGES.intersection(tracked)
    rules = [
        Rule(rule_value(language, own_terms.get(language) or default_terms(language)), f"{_TAG}{language}")
        for language in sorted(languages)
    ]
    return rules[:MAX_RULES]


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
