"""Who changed what, when: a sentence for each change, of which the newest are kept."""

from collections.abc import Collection, Sequence
from datetime import datetime

from trendsite.languages.models import Change
from trendsite.languages.names import english_name

KEPT_CHANGES = 1_000
_NAMED = 8


def note_change(what: str, who: str, now: datetime) -> None:
    """Keep a change, and forget the oldest beyond KEPT_CHANGES. ``now`` is UTC."""
    change = Change.objects.create(made_at=now, made_by=who, what=what)
    Change.objects.filter(pk__lte=change.pk - KEPT_CHANGES).delete()


def tracking_changed(added: Collection[str], removed: Collection[str]) -> str:
    """Say which languages are tracked now that were not, and the other way round."""
    sentences = []
    if added:
        sentences.append(f"Began to track {_listed(added)}.")
    if removed:
        sentences.append(f"No longer tracks {_listed(removed)}.")
    return " ".join(sentences)


def terms_changed(code: str, before: Sequence[str], after: Sequence[str]) -> str:
    """Say which words are looked for on X now that were not, and the other way round."""
    parts = [f"Words of {english_name(code)} on X:"]
    for word, these, others in (("added", after, before), ("removed", before, after)):
        if different := [_isolated(term) for term in these if term not in others]:
            parts.append(f"{word} {', '.join(different)};")
    return " ".join(parts).rstrip(";") + "." if len(parts) > 1 else f"{parts[0]} put into another order."


def _listed(codes: Collection[str]) -> str:
    if len(codes) <= _NAMED:
        return ", ".join(english_name(code) for code in sorted(codes))
    return f"{len(codes)} languages: {', '.join(sorted(codes))}"


def _isolated(term: str) -> str:
    """Keep a word that is written from right to left from turning the words around it."""
    return f"\u2068{term}\u2069"
