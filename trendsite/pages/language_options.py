"""The languages that a form offers: a reader finds those that are used most without scrolling."""

from collections.abc import Collection, Sequence

from contract.language import ALL_LANGUAGES
from trendsite.languages.models import Language
from trendsite.languages.names import own_name


def language_options(chosen: Collection[str], busiest: Sequence[str]) -> list[str]:
    """Return the codes of the tracked languages and of the chosen ones.

    The chosen ones are first, then the ``busiest`` in their order, then the others by their own names.
    """
    tracked = set(Language.objects.filter(tracked=True).values_list("code", flat=True))
    places = {code: place for place, code in enumerate(busiest)}
    return sorted(
        (tracked | set(chosen)) - {ALL_LANGUAGES},
        key=lambda code: (code not in chosen, places.get(code, len(places)), own_name(code).casefold()),
    )
