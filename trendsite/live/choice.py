"""What somebody chose to see, languages and window: from a query string or a message, checked and in one form."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from contract.language import ALL_LANGUAGES, LANGUAGES
from contract.ranking import Window

MAX_CHOSEN = 20

WINDOWS: tuple[Window, ...] = get_args(Window)


@dataclass(frozen=True)
class Choice:
    """A window and languages: codes, sorted and unique, or ``("*",)`` for all languages."""

    window: Window
    languages: tuple[str, ...]

    @property
    def is_merged(self) -> bool:
        """Whether several languages are added up, a ranking that nobody publishes."""
        return len(self.languages) > 1


EVERYTHING = Choice("day", (ALL_LANGUAGES,))


class ChoiceError(ValueError):
    """Languages or a window that nobody can choose. The message says what is allowed."""


def parse_choice(languages: Iterable[str], window: str = EVERYTHING.window) -> Choice:
    """Return the choice of ``languages``, each a code or several with commas, in a window; none stands for all.

    Raises:
        ChoiceError: the window or a code is unknown, or there are more than MAX_CHOSEN.
    """
    return Choice(_window(window), _languages(languages))


def _window(value: str) -> Window:
    for window in WINDOWS:
        if value == window:
            return window
    raise ChoiceError(f"window: give {' or '.join(WINDOWS)}")


def _languages(values: Iterable[str]) -> tuple[str, ...]:
    codes = {code.strip() for value in values for code in value.split(",")} - {""}
    if not codes or ALL_LANGUAGES in codes:
        return EVERYTHING.languages
    if len(codes) > MAX_CHOSEN:
        raise ChoiceError(f"languages: at most {MAX_CHOSEN} at once, or * for all")
    if not codes <= LANGUAGES:
        raise ChoiceError("languages: give codes such as en or en,es, or * for all")
    return tuple(sorted(codes))
