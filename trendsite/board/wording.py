"""How the page speaks of each window."""

import msgspec

from contract.ranking import By, Window


class WindowWords(msgspec.Struct, frozen=True):
    """How the page speaks of a window: its link, its headline, its number of posts, and when it has no hashtag."""

    link: str
    headline: str
    posts: str
    nothing: str


WINDOW_WORDS: dict[Window, WindowWords] = {
    "day": WindowWords("Today", "Top hashtags today", "Posts this day", "No hashtag in these languages yet."),
    "hour": WindowWords(
        "Last hour",
        "Top hashtags of the last hour",
        "Posts in the last hour",
        "No hashtag in these languages in the last hour.",
    ),
}


class ByWords(msgspec.Struct, frozen=True):
    """How the page speaks of an order: its link, what the numbers are, and the head of their column."""

    link: str
    measured: str
    column: str


BY_WORDS: dict[By, ByWords] = {
    "posts": ByWords("Posts", "Posts with each hashtag", "Posts"),
    "authors": ByWords("Authors", "Distinct authors, about,", "Distinct authors, about"),
}
