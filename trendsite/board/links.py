"""The query string of a choice, and the links that change one part of it.

``static/board/choice.js`` writes the same query strings once the page runs.
"""

from dataclasses import dataclass, replace

from django.utils.translation import gettext

from trendsite.board.labels import ORDER_LINKS, window_labels
from trendsite.queries.choice import EVERYTHING, ORDERS, TOPS, WINDOWS, Choice


@dataclass(frozen=True)
class SwitchLink:
    """One link of a switch. ``query`` selects ``value`` and keeps the rest of the choice."""

    value: str
    name: str
    query: str
    chosen: bool


def query_of(choice: Choice, top_parameter: str = "top") -> str:
    """Return the query string of a choice, with its question mark.

    It always has the window: an address without a query shows the reader's last choice.
    ``top_parameter`` names the parameter for the number of places.
    """
    parts = [f"window={choice.window}"]
    if choice.languages != EVERYTHING.languages:
        parts.insert(0, f"languages={','.join(choice.in_order)}")
    if choice.networks:
        parts.append(f"networks={','.join(choice.networks)}")
    if choice.top != EVERYTHING.top:
        parts.append(f"{top_parameter}={choice.top}")
    if choice.has_orders and choice.by != EVERYTHING.by:
        parts.append(f"by={choice.by}")
    return "?" + "&".join(parts)


def window_links(choice: Choice, *, is_timely: bool) -> list[SwitchLink]:
    """Return the links of the switch between windows."""
    labels = window_labels(is_timely=is_timely)
    return [
        SwitchLink(window, labels[window].link, query_of(replace(choice, window=window)), window == choice.window)
        for window in WINDOWS
    ]


def top_links(choice: Choice) -> list[SwitchLink]:
    """Return the links of the switch between numbers of places."""
    return [SwitchLink(str(top), str(top), query_of(replace(choice, top=top)), top == choice.top) for top in TOPS]


def by_links(choice: Choice) -> list[SwitchLink]:
    """Return the links of the switch between orders."""
    return [
        SwitchLink(by, gettext(ORDER_LINKS[by]), query_of(replace(choice, by=by)), by == choice.by) for by in ORDERS
    ]
