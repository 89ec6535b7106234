"""The page's labels for each window and each measure."""

import msgspec
from msgspec.structs import replace

from contract.ranking import By, Window
from trendsite.board.bar_values import Measure
from trendsite.sources import HEADLINES, UNTIMELY_HEADLINES


class WindowLabels(msgspec.Struct, frozen=True):
    """The labels of a window.

    ``link`` names it, ``headline`` heads the page (``{day}`` stands for the date), ``posts`` labels the post count.
    Without hashtags the page shows ``none`` as a title and ``nothing`` as a sentence; ``early`` replaces ``none`` while
    there cannot be one yet.
    """

    link: str
    headline: str
    posts: str
    none: str
    nothing: str
    early: str = ""


WINDOW_LABELS: dict[Window, WindowLabels] = {
    "day": WindowLabels(
        link="Today",
        headline=HEADLINES["day"],
        posts="Posts this day",
        none="Waiting for posts",
        nothing="No hashtag in these languages yet.",
    ),
    "hour": WindowLabels(
        link="Last hour",
        headline=HEADLINES["hour"],
        posts="Posts in the last hour",
        none="Waiting for posts",
        nothing="No hashtag in these languages in the last hour.",
    ),
    "rising": WindowLabels(
        link="Rising",
        headline=HEADLINES["rising"],
        posts="Posts in the last hour",
        none="Nothing stands out right now",
        nothing="No hashtag is used much more than usual.",
        early="Too early to tell",
    ),
}

UNTIMELY_LABELS: dict[Window, dict[str, str]] = {
    "day": {"link": "Day", "headline": UNTIMELY_HEADLINES["day"]},
    "hour": {
        "link": "Latest hour",
        "headline": UNTIMELY_HEADLINES["hour"],
        "posts": "Posts in this hour",
        "nothing": "No hashtag in these languages in this hour.",
    },
    "rising": {
        "headline": UNTIMELY_HEADLINES["rising"],
        "posts": "Posts in this hour",
        "none": "Nothing stands out",
        "nothing": "No hashtag is used much more than usual in this hour.",
    },
}
"""Labels that differ for a recording with its own times: nothing in it is today or now."""

_UNTIMELY = {window: replace(labels, **UNTIMELY_LABELS[window]) for window, labels in WINDOW_LABELS.items()}


def window_labels(*, is_timely: bool) -> dict[Window, WindowLabels]:
    """Return the labels of each window: for a source on today's clock, or for a recording with its own times."""
    return WINDOW_LABELS if is_timely else _UNTIMELY


ORDER_LINKS: dict[By, str] = {"posts": "Posts", "authors": "Authors"}


class MeasureLabels(msgspec.Struct, frozen=True):
    """The labels of a measure: what the numbers are, the column head, what a bar shows."""

    measured: str
    column: str
    bar: str


MEASURE_LABELS: dict[Measure, MeasureLabels] = {
    "posts": MeasureLabels(
        measured="Posts with each hashtag",
        column="Posts",
        bar="Each bar shows how many posts used a hashtag.",
    ),
    "authors": MeasureLabels(
        measured="People using each hashtag (estimated)",
        column="People (estimated)",
        bar="Each bar shows how many people used a hashtag (estimated).",
    ),
    "score": MeasureLabels(
        measured="How unusual each hashtag is",
        column="Times as many as usual",
        bar="Each bar shows how far above normal a hashtag is, the number how many times as many as usual use it.",
    ),
}
