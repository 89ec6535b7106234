"""What somebody chose to see: from a query string or a message, checked, in one form."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from contract.language import ALL_LANGUAGES, LANGUAGES
from contract.ranking import TOP, By, Window

MAX_CHOSEN = 20

Top = Literal[10, 25, 50]
"""How many places a board may show."""

TOPS: tuple[Top, ...] = get_args(Top)
WINDOWS: tuple[Window, ...] = get_args(Window)
ORDERS: tuple[By, ...] = get_args(By)

PUBLISHED_WINDOWS: tuple[Window, ...] = ("day", "hour")
"""What streaming publishes; what is rising each process of the site works out for itself."""


@dataclass(frozen=True)
class Choice:
    """A window, languages (codes, sorted and unique, or ``("*",)`` for all), the number of places, and their order."""

    window: Window
    languages: tuple[str, ...]
    top: Top = TOP
    by: By = "posts"

    @property
    def is_merged(self) -> bool:
        """Whether several languages are added up."""
        return len(self.languages) > 1

    @property
    def is_published(self) -> bool:
        """Whether Redis publishes this ranking; any other is computed by whoever shows it."""
        return not self.is_merged and self.top == TOP and self.by == "posts" and self.window in PUBLISHED_WINDOWS

    @property
    def has_orders(self) -> bool:
        """Whether it may be by posts or by authors: what is rising is ordered by how unusual it is."""
        return self.window != "rising"


EVERYTHING = Choice("day", (ALL_LANGUAGES,))


class ChoiceError(ValueError):
    """Languages, a window, a number of places or an order that nobody can choose. The message says what is allowed."""


def parse_choice(
    languages: Iterable[str],
    window: str = EVERYTHING.window,
    top: str | int = EVERYTHING.top,
    by: str = EVERYTHING.by,
) -> Choice:
    """Return the choice of ``languages``, each a code or several with commas, in a window; none stands for all.

    An order means nothing where there is only one, and is let go there, so that the same ranking is one choice.

    Raises:
        ChoiceError: the window, a code, the number of places or the order is unknown, or there are more than MAX_CHOSEN
            languages.
    """
    choice = Choice(_window(window), _languages(languages), _top(top), _by(by))
    return choice if choice.has_orders else replace(choice, by=EVERYTHING.by)


def choice_of(query: Mapping[str, Sequence[str]]) -> Choice:
    """Return the choice of an address, ``?languages=en&languages=es&window=hour&top=25&by=authors``.

    Raises:
        ChoiceError: as ``parse_choice``.
    """
    last = {name: values[-1] for name, values in query.items() if values}
    return parse_choice(
        query.get("languages", ()),
        last.get("window", EVERYTHING.window),
        last.get("top", EVERYTHING.top),
        last.get("by", EVERYTHING.by),
    )


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


def _by(value: str) -> By:
    for order in ORDERS:
        if value == order:
            return order
    raise ChoiceError(f"by: give {' or '.join(ORDERS)}")


def _languages(values: Iterable[str]) -> tuple[str, ...]:
    codes = {code.strip() for value in values for code in value.split(",")} - {""}
    if not codes or ALL_LANGUAGES in codes:
        return EVERYTHING.languages
    if len(codes) > MAX_CHOSEN:
        raise ChoiceError(f"languages: at most {MAX_CHOSEN} at once, or * for all")
    if not codes <= LANGUAGES:
        raise ChoiceError("languages: give codes such as en or en,es, or * for all")
    return tuple(sorted(codes))
