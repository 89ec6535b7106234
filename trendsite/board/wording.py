"""How the page speaks of each window, and of what a ranking is ordered by."""

import msgspec

from contract.ranking import By, Window
from trendsite.board.amount import Measure


class WindowWords(msgspec.Struct, frozen=True):
    """How the page speaks of a window.

    Its link, its headline, the number of all posts; and when it has no hashtag, in short and in a sentence.
    """

    link: str
    headline: str
    posts: str
    none: str
    nothing: str


WINDOW_WORDS: dict[Window, WindowWords] = {
    "day": WindowWords(
        link="Today",
        headline="Top hashtags today",
        posts="Posts this day",
        none="Waiting for posts",
        nothing="No hashtag in these languages yet.",
    ),
    "hour": WindowWords(
        link="Last hour",
        headline="Top hashtags of the last hour",
        posts="Posts in the last hour",
        none="Waiting for posts",
        nothing="No hashtag in these languages in the last hour.",
    ),
    "rising": WindowWords(
        link="Rising",
        headline="Rising hashtags",
        posts="Posts in the last hour",
        none="Nothing is rising",
        nothing="No hashtag in these languages is, or was lately, beyond what was to be expected.",
    ),
}

ORDER_LINKS: dict[By, str] = {"posts": "Posts", "authors": "Authors"}


class MeasureWords(msgspec.Struct, frozen=True):
    """How the page speaks of a measure: what the numbers are, the head of their column, how long it makes a bar."""

    measured: str
    column: str
    bar: str


MEASURE_WORDS: dict[Measure, MeasureWords] = {
    "posts": MeasureWords(
        measured="Posts with each hashtag",
        column="Posts",
        bar="as long as the number of posts that use it; a post counts once for each hashtag in it",
    ),
    "authors": MeasureWords(
        measured="Distinct authors, about,",
        column="Distinct authors, about",
        bar="as long as the number of people who use it, about: each counts once, however much they post",
    ),
    "score": MeasureWords(
        measured="How unusual each hashtag is",
        column="Score",
        bar="as long as its score: how far an hour's authors or posts were beyond what was expected, squared, "
        "divided by what was expected; it halves every four hours",
    ),
}
