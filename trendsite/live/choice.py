"""The languages somebody chose to see: from a query string or a message, checked and in one canonical form."""

from collections.abc import Iterable

from contract.language import ALL_LANGUAGES, LANGUAGES

MAX_CHOSEN = 20

Choice = tuple[str, ...]
"""Language codes, sorted and unique; ``("*",)`` for all languages."""

EVERYTHING: Choice = (ALL_LANGUAGES,)


class ChoiceError(ValueError):
    """Languages that nobody can choose. The message says what is allowed."""


def parse_choice(values: Iterable[str]) -> Choice:
    """Return the choice of ``values``, each a code or several with commas; nothing chosen is everything.

    Raises:
        ChoiceError: a code is unknown, or there are more than MAX_CHOSEN.
    """
    codes = {code.strip() for value in values for code in value.split(",")} - {""}
    if not codes or ALL_LANGUAGES in codes:
        return EVERYTHING
    if len(codes) > MAX_CHOSEN:
        raise ChoiceError(f"languages: at most {MAX_CHOSEN} at once, or * for all")
    if not codes <= LANGUAGES:
        raise ChoiceError("languages: give codes such as en or en,es, or * for all")
    return tuple(sorted(codes))
