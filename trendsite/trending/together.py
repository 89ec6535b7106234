"""Which rising hashtags are used together, from the posts that have both. Pure.

Two hashtags belong together if more than half of the posts of each have the other one too. So a hashtag of many topics
does not swallow one of them, and the hashtags of a campaign are one.
"""

from collections.abc import Mapping, Sequence

from contract.pairs import Partners

MIN_SHARE = 0.5
"""More than this share of the posts of each hashtag have the other one."""

MIN_POSTS = 3
"""So many posts at least have both."""


def groups(keys: Sequence[str], posts: Mapping[str, int], partners: Mapping[str, Partners]) -> list[list[str]]:
    """Return the hashtags ``keys`` in their order, each with those after it that are used together with it.

    ``posts`` are the posts of each. A hashtag without ``partners`` may be among those of another one.
    """
    found: list[list[str]] = []
    for key in keys:
        group = next((group for group in found if is_together(group[0], key, posts, partners)), None)
        if group is None:
            found.append([key])
        else:
            group.append(key)
    return found


def is_together(one: str, other: str, posts: Mapping[str, int], partners: Mapping[str, Partners]) -> bool:
    """Return whether two hashtags are used together."""
    both = max(_posts_with(one, other, partners), _posts_with(other, one, partners))
    return both >= MIN_POSTS and both > MIN_SHARE * max(posts.get(one, 0), posts.get(other, 0))


def _posts_with(one: str, other: str, partners: Mapping[str, Partners]) -> int:
    """Return how many posts have both, as far as the partners of the first one say."""
    listed = partners[one].partners if one in partners else []
    return next((partner.least for partner in listed if partner.key == other), 0)
