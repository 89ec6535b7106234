"""The page's labels for each window and each measure."""

from typing import TypeVar

import msgspec
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
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
        link=_("Today"),
        headline=HEADLINES["day"],
        posts=_("Posts this day"),
        none=_("Waiting for posts"),
        nothing=_("No hashtag in these languages yet."),
    ),
    "hour": WindowLabels(
        link=_("Last hour"),
        headline=HEADLINES["hour"],
        posts=_("Posts in the last hour"),
        none=_("Waiting for posts"),
        nothing=_("No hashtag in these languages in the last hour."),
    ),
    "rising": WindowLabels(
        link=_("Rising"),
        headline=HEADLINES["rising"],
        posts=_("Posts in the last hour"),
        none=_("Nothing stands out right now"),
        nothing=_("No hashtag is used much more than usual."),
        early=_("Too early to tell"),
    ),
}

UNTIMELY_LABELS: dict[Window, dict[str, str]] = {
    "day": {"link": _("Day"), "headline": UNTIMELY_HEADLINES["day"]},
    "hour": {
        "link": _("Latest hour"),
        "headline": UNTIMELY_HEADLINES["hour"],
        "posts": _("Posts in this hour"),
        "nothing": _("No hashtag in these languages in this hour."),
    },
    "rising": {
        "headline": UNTIMELY_HEADLINES["rising"],
        "posts": _("Posts in this hour"),
        "none": _("Nothing stands out"),
        "nothing": _("No hashtag is used much more than usual in this hour."),
    },
}
"""Labels that differ for a recording with its own times: nothing in it is today or now."""

_UNTIMELY = {window: replace(labels, **UNTIMELY_LABELS[window]) for window, labels in WINDOW_LABELS.items()}

Labels = TypeVar("Labels", bound=msgspec.Struct)


def window_labels(*, is_timely: bool) -> dict[Window, WindowLabels]:
    """Return the labels of each window: for a source on today's clock, or for a recording with its own times."""
    return {window: _translated(labels) for window, labels in (WINDOW_LABELS if is_timely else _UNTIMELY).items()}


def untimely_labels() -> dict[Window, dict[str, str]]:
    """Return the labels of each window that differ for a recording with its own times."""
    return {
        window: {name: gettext(text) for name, text in labels.items()} for window, labels in UNTIMELY_LABELS.items()
    }


def _translated(labels: Labels) -> Labels:
    """Return labels in the reader's language."""
    return replace(labels, **{name: text and gettext(text) for name, text in msgspec.structs.asdict(labels).items()})


ORDER_LINKS: dict[By, str] = {"posts": _("Posts"), "authors": _("People")}


class MeasureLabels(msgspec.Struct, frozen=True):
    """The labels of a measure: what the numbers are, the column head, what a bar shows."""

    measured: str
    column: str
    bar: str


MEASURE_LABELS: dict[Measure, MeasureLabels] = {
    "posts": MeasureLabels(
        measured=_("Posts with each hashtag"),
        column=_("Posts"),
        bar=_("Each bar shows how many posts used a hashtag."),
    ),
    "authors": MeasureLabels(
        measured=_("People using each hashtag (estimated)"),
        column=_("People (estimated)"),
        bar=_("Each bar shows how many people used a hashtag (estimated)."),
    ),
    "score": MeasureLabels(
        measured=_("How unusual each hashtag is"),
        column=_("Times as many as usual"),
        bar=_("Each bar shows how far above normal a hashtag is, the number how many times as many as usual use it."),
    ),
}


def measure_labels() -> dict[Measure, MeasureLabels]:
    """Return the labels of each measure."""
    return {measure: _translated(labels) for measure, labels in MEASURE_LABELS.items()}
