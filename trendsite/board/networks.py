"""Networks on the board's first paint: which are chosen, the state of each, and their shares of each bar.

``static/board/networks.js``, ``network_picker.js`` and ``shares.js`` show the same once the page runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contract.ranking import RankedHashtag
from trendsite.queries.board_status import BoardStatus, NetworkStatus
from trendsite.queries.choice import Choice
from trendsite.sources import NETWORKS


@dataclass(frozen=True)
class NetworkOption:
    """One network of the row. ``look`` is its place among the running ones, which gives the look of its shares."""

    network: NetworkStatus
    look: int
    chosen: bool

    @property
    def is_away(self) -> bool:
        """Whether its posts do not flow."""
        return self.network.waiting_for != ""


@dataclass(frozen=True)
class Share:
    """One network's part of a bar: it begins at ``start`` and is ``width`` wide, in percent of the whole space."""

    look: int
    start: float
    width: float
    is_away: bool


def network_options(status: BoardStatus, choice: Choice) -> list[NetworkOption]:
    """Return the row of networks, empty if only one source runs."""
    return [
        NetworkOption(network, look, not choice.networks or network.name in choice.networks)
        for look, network in enumerate(status.networks)
    ]


def shares(place: RankedHashtag, length: float, options: Sequence[NetworkOption]) -> list[Share]:
    """Return the parts of a place's bar, ``length`` percent long; a single part if its networks are not known."""
    networks = place.networks or {}
    known = [option for option in options if option.network.name in networks]
    if not known:
        return [Share(0, 0, round(length, 2), is_away=False)]
    parts, start = [], 0.0
    for option in known:
        width = length * networks[option.network.name] / max(1, place.posts)
        parts.append(Share(option.look, round(start, 2), round(width, 2), option.is_away))
        start += width
    return parts


def shares_in_words(place: RankedHashtag) -> str:
    """Return the networks of a place with their shares of its posts, such as "Bluesky 61 %, Mastodon 39 %"."""
    networks = place.networks or {}
    return ", ".join(f"{NETWORKS.get(name, name)} {_percent(posts, place.posts)}" for name, posts in networks.items())


def chosen_in_words(choice: Choice) -> str:
    """Return the chosen networks as the picker names them."""
    return ", ".join(NETWORKS[name] for name in choice.networks) or _("All networks")


def missing_in_words(status: BoardStatus, choice: Choice) -> str:
    """Return that chosen networks do not run here, empty if all do or nothing is known of what runs."""
    if not status.running:
        return ""
    missing = [NETWORKS[name] for name in choice.missing(status.running)]
    text = ngettext("%(networks)s does not run here.", "%(networks)s do not run here.", len(missing))
    return text % {"networks": ", ".join(missing)} if missing else ""


def _percent(posts: int, total: int) -> str:
    share = round(100 * posts / max(1, total))
    return _("%(share)s %%") % {"share": share} if share else _("under 1 %%") % {}
