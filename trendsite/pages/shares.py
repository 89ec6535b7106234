"""The networks of a day or hashtag with their posts, for a row of names and boxes that also explains the bars. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from contract.ranking import RankedHashtag
from trendsite.localise import format_percent
from trendsite.sources import source_named


@dataclass(frozen=True)
class NetworkShare:
    """One network: its posts and their share in words. ``look`` is its place among the networks, as on the board."""

    name: str
    title: str
    posts: int
    percent: str
    look: int
    address: str


def network_shares(posts: Mapping[str, int], addresses: Mapping[str, str]) -> list[NetworkShare]:
    """Return the networks in order of their names, none if there is only one. ``addresses`` lead to one alone."""
    if len(posts) < 2:
        return []
    total = sum(posts.values())
    return [
        NetworkShare(name, source_named(name).title, of_network, percent(of_network, total), look, addresses[name])
        for look, (name, of_network) in enumerate(sorted(posts.items()))
    ]


def shares_in_words(place: RankedHashtag) -> str:
    """Return the networks of a place, such as "Bluesky 61 %, Mastodon 39 %"; empty if only one is shown."""
    networks = place.networks or {}
    return ", ".join(f"{source_named(name).title} {percent(posts, place.posts)}" for name, posts in networks.items())


def percent(posts: int, total: int) -> str:
    """Return a share as the board writes it."""
    share = posts / max(1, total)
    if posts and round(100 * share) == 0:
        return gettext("under %(percentage)s") % {"percentage": format_percent(0.01)}
    return format_percent(share)
