"""What somebody chose to see, window, languages and places: from a query string or a message, checked, in one form."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from contract.language import ALL_LANGUAGES, LANGUAGES
from contract.ranking import TOP, Window

MAX_CHOSEN = 20

Top = Literal[10, 25, 50]
"""How many places a board may show."""

TOPS: tuple[Top, ...] = get_args(Top)
WINDOWS: tuple[Window, ...] = get_args(Window)

PUBLISHED_WINDOWS: tuple[Window, ...] = ("day", "hour")
"""What streaming publishes; what is rising each process of the site works out for itself."""


@dataclass(frozen=True)
class Choice:
    """A window, languages (codes, sorted and unique, or ``("*",)`` for all) and the number of places."""

    window: Window
    languages: tuple[str, ...]
    top: Top = TOP

    @property
    def is_merged(self) -> bool:
        """Whether several languages are added up."""
        return len(self.languages) > 1

    @property
    def is_published(self) -> bool:
        """Whether Redis publishes this ranking; any other is computed by whoever shows it."""
        return not self.is_merged and self.top == TOP and self.window in PUBLISHED_WINDOWS


EVERYTHING = Choice("day", (ALL_LANGUAGES,))


class ChoiceError(ValueError):
    """Languages, a window or a number of places that nobody can choose. The message says what is allowed."""


def parse_choice(languages: Iterable[str], window: str = EVERYTHING.window, top: str | int = EVERYTHING.top) -> Choice:
    """Return the choice of ``languages``, each a code or several with commas, in a window; none stands for all.

    Raises:
        ChoiceError: the window, a code or the number of places is unknown, or there are more than MAX_CHOSEN languages.
    """
    return Choice(_window(window), _languages(languages), _top(top))


def _window(value: str) -> Window:
    for window in WINDOWS:
        if value == window:
            return window
    raise ChoiceError(f"window: give {', '.join(WINDOWS)}")


def _top(value: str | int) -> Top:
    for top in TOPS:
        if str(value) == str(top):
            return top
    raise ChoiceError(f"top: give {', '.join(map(str, TOPS))}")


def _languages(values: Iterable[str]) -> tuple[str, ...]:
    codes = {code.strip() for value in values for code in value.split(",")} - {""}
    if not codes or ALL_LANGUAGES in codes:
        return EVERYTHING.languages
    if len(codes) > MAX_CHOSEN:
        raise ChoiceError(f"languages: at most {MAX_CHOSEN} at once, or * for all")
    if not codes <= LANGUAGES:
        raise ChoiceError("languages: give codes such as en or en,es, or * for all")
    return tuple(sorted(codes))
