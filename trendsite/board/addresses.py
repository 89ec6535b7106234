"""A choice as the query string of an address, there and back, and the links that lead from one to the next.

``static/board/choice.js`` writes the same addresses once the page runs.
"""

from dataclasses import dataclass, replace

from trendsite.board.wording import ORDER_LINKS, WINDOW_WORDS
from trendsite.live.choice import EVERYTHING, ORDERS, TOPS, WINDOWS, Choice


@dataclass(frozen=True)
class SwitchLink:
    """One link of a switch; ``query`` leads to its ``value`` and keeps everything else."""

    value: str
    name: str
    query: str
    chosen: bool


def query_of(choice: Choice, top_parameter: str = "top") -> str:
    """Return the query string that leads to a choice, with its question mark.

    The window is always in it: an address without a query stands for what its reader chose last.
    ``top_parameter`` is what the address calls the number of places.
    """
    parts = [f"window={choice.window}"]
    if choice.languages != EVERYTHING.languages:
        parts.insert(0, f"languages={','.join(choice.languages)}")
    if choice.top != EVERYTHING.top:
        parts.append(f"{top_parameter}={choice.top}")
    if choice.has_orders and choice.by != EVERYTHING.by:
        parts.append(f"by={choice.by}")
    return "?" + "&".join(parts)


def window_links(choice: Choice) -> list[SwitchLink]:
    """Return the links of the switch between windows."""
    return [
        SwitchLink(window, WINDOW_WORDS[window].link, query_of(replace(choice, window=window)), window == choice.window)
        for window in WINDOWS
    ]


def top_links(choice: Choice) -> list[SwitchLink]:
    """Return the links of the switch between numbers of places."""
    return [SwitchLink(str(top), str(top), query_of(replace(choice, top=top)), top == choice.top) for top in TOPS]


def by_links(choice: Choice) -> list[SwitchLink]:
    """Return the links of the switch between orders."""
    return [SwitchLink(by, ORDER_LINKS[by], query_of(replace(choice, by=by)), by == choice.by) for by in ORDERS]
