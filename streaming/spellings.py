"""Which spelling of a hashtag is shown: the day's most used; of equals, the one with inner capitals."""

import unicodedata
from collections.abc import Iterable, Mapping
from itertools import pairwise


def inner_capitals(spelling: str) -> int:
    """Return how often a capital follows a small letter: what lets a screen reader part the words."""
    categories = [unicodedata.category(character) for character in spelling]
    return sum(pair == ("Ll", "Lu") for pair in pairwise(categories))


def preference(spelling: str, posts: int) -> tuple[int, int, str]:
    """Return the order of preference: the highest is shown."""
    return posts, inner_capitals(spelling), spelling


def better_spellings(counted: Iterable[tuple[str, str, int]], stored: Mapping[str, str | None]) -> dict[str, str]:
    """Return the fields of the spellings hash that change.

    ``counted`` holds (key, spelling, posts); ``stored`` the fields of those keys, None where
    there is none. A field is ``<posts> <spelling>`` (contract.redis_names). Counts never fall
    within a day, so the same spelling counted again only raises its number.
    """
    best: dict[str, tuple[int, int, str]] = {}
    for key, spelling, posts in counted:
        offered = preference(spelling, posts)
        if key not in best:
            value = stored.get(key)
            best[key] = _stored_preference(value) if value else offered
        best[key] = max(best[key], offered)
    fields = {key: f"{posts} {spelling}" for key, (posts, _, spelling) in best.items()}
    return {key: field for key, field in fields.items() if stored.get(key) != field}


def _stored_preference(field: str) -> tuple[int, int, str]:
    posts, _, spelling = field.partition(" ")
    return preference(spelling, int(posts))
