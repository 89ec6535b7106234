"""A choice of what to show: window, languages, networks, places, order. Parsed from a query or message, and checked."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from contract.language import ALL_LANGUAGES, LANGUAGES
from contract.ranking import TOP, By, Window
from trendsite.sources import NETWORKS

MAX_CHOSEN = 20

Top = Literal[10, 25, 50]
"""The numbers of places that a board can show."""

TOPS: tuple[Top, ...] = get_args(Top)
WINDOWS: tuple[Window, ...] = get_args(Window)
ORDERS: tuple[By, ...] = get_args(By)

PUBLISHED_WINDOWS: tuple[Window, ...] = ("day", "hour")
"""The windows that streaming publishes. Each process of the site computes the window ``rising`` itself."""


@dataclass(frozen=True)
class Choice:
    """A window, languages (codes, sorted and unique, or ``("*",)`` for all), the number of places, and their order.

    ``networks`` are names, sorted and unique, or empty for all that run. ``as_chosen`` are the same languages in the
    order in which they were chosen, for pages and addresses. The order does not make it another choice.
    """

    window: Window
    languages: tuple[str, ...]
    top: Top = TOP
    by: By = "posts"
    networks: tuple[str, ...] = ()
    as_chosen: tuple[str, ...] = field(default=(), compare=False)

    @property
    def in_order(self) -> tuple[str, ...]:
        """The languages in the order in which they were chosen."""
        return self.as_chosen or self.languages

    @property
    def is_merged(self) -> bool:
        """Whether several languages are added up."""
        return len(self.languages) > 1

    @property
    def is_published(self) -> bool:
        """Whether Redis publishes this ranking of one stream; the site computes any other."""
        is_plain = self.top == TOP and self.by == "posts" and self.window in PUBLISHED_WINDOWS
        return is_plain and not self.is_merged and len(self.networks) < 2

    def chosen(self, running: Iterable[str]) -> tuple[str, ...]:
        """Return those of the ``running`` streams that are chosen, in their order."""
        return tuple(name for name in running if not self.networks or name in self.networks)

    def missing(self, running: Collection[str]) -> tuple[str, ...]:
        """Return the chosen networks that do not run."""
        return tuple(name for name in self.networks if name not in running)

    def publisher(self, running: Sequence[str]) -> str | None:
        """Return the stream that publishes this ranking, None if the site computes it from the ``running`` streams."""
        chosen = self.chosen(running)
        return chosen[0] if self.is_published and len(chosen) == 1 else None

    @property
    def has_orders(self) -> bool:
        """Whether it can be ordered by posts or by authors: rising hashtags are ordered by how unusual they are."""
        return self.window != "rising"


EVERYTHING = Choice("day", (ALL_LANGUAGES,))


ALL_IN_PATHS = "all"
"""All languages in a path, where an asterisk would be odd."""


class ChoiceError(ValueError):
    """Languages, networks, a window, a number of places or an order that do not exist. The message has the allowed."""


def parse_choice(
    languages: Iterable[str],
    window: str = EVERYTHING.window,
    top: str | int = EVERYTHING.top,
    by: str = EVERYTHING.by,
    networks: Iterable[str] = (),
) -> Choice:
    """Return the choice of ``languages`` and ``networks``, each a name or several with commas; none means all.

    A window with only one order ignores ``by``, so that the same ranking is always the same choice.

    Raises:
        ChoiceError: the window, a code, a network, the number of places or the order is unknown, or there are more than
            MAX_CHOSEN languages.
    """
    codes = _languages(languages)
    choice = Choice(
        _window(window), tuple(sorted(codes)), _top(top), _by(by), parse_networks(networks), as_chosen=codes
    )
    return choice if choice.has_orders else replace(choice, by=EVERYTHING.by)


def choice_of(query: Mapping[str, Sequence[str]]) -> Choice:
    """Return the choice of an address, ``?languages=en&languages=es&networks=x&window=hour&top=25&by=authors``.

    Raises:
        ChoiceError: as ``parse_choice``.
    """
    last = {name: values[-1] for name, values in query.items() if values}
    return parse_choice(
        query.get("languages", ()),
        last.get("window", EVERYTHING.window),
        last.get("top", EVERYTHING.top),
        last.get("by", EVERYTHING.by),
        query.get("networks", ()),
    )


def parse_networks(values: Iterable[str]) -> tuple[str, ...]:
    """Return the networks in ``values``, each a name or several with commas: sorted and unique, empty for all.

    Raises:
        ChoiceError: a network is unknown.
    """
    names = {name.strip() for value in values for name in value.split(",")} - {""}
    if not names <= NETWORKS.keys():
        raise ChoiceError(f"networks: give {', '.join(sorted(NETWORKS))}, or several with commas")
    return tuple(sorted(names))


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
    """Return the codes, each once, in the order given."""
    codes = dict.fromkeys(code.strip() for value in values for code in value.split(","))
    codes.pop("", None)
    if not codes or ALL_LANGUAGES in codes:
        return EVERYTHING.languages
    if len(codes) > MAX_CHOSEN:
        raise ChoiceError(f"languages: at most {MAX_CHOSEN} at once, or * for all")
    if not codes.keys() <= LANGUAGES:
        raise ChoiceError("languages: give codes such as en or en,es, or * for all")
    return tuple(codes)
