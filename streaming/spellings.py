"""Which spelling of a hashtag is shown: the day's most used; of equals, the one with inner capitals."""

import unicodedata
from itertools import pairwise


def inner_capitals(spelling: str) -> int:
    """Return how often a capital follows a small letter: what lets a screen reader part the words."""
    categories = [unicodedata.category(character) for character in spelling]
    return sum(pair == ("Ll", "Lu") for pair in pairwise(categories))


def preference(spelling: str, posts: int) -> tuple[int, int, str]:
    """Return the order of preference: the highest is shown."""
    return posts, inner_capitals(spelling), spelling
