"""What the picture of a comparison has beside the figure: where texts stand, colours without styles, words. Pure.

It is 1,200 by 675: the size at which networks show a picture whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from trendsite.pages.comparison_figure import ComparisonFigure, Line, Mark, Tick
from trendsite.pages.comparison_words import mark_words, span_words, tick_words
from trendsite.pages.svg_text import ems, fitted, isolated

_LEFT, _TOP, _WIDTH, _HEIGHT = 122, 150, 818, 420
_NAMES_IN_TITLE = 3
_NAME_EMS = 11.0
"""How wide a name beside its line may be, in units of its font size, here and in compare.css."""

_LARGE, _SMALL = 38, 26
_TITLE_WIDTH = 1_104


@dataclass(frozen=True)
class Look:
    """The colours of a picture; ``series`` are those of the lines, as ``compare.css`` has them."""

    paper: str
    ink: str
    muted: str
    line: str
    series: Sequence[str]


LOOKS = {
    "light": Look("#ffffff", "#191a1d", "#64676f", "#e5e2db", ("#1f63d6", "#c2410c", "#12783a", "#a3269b", "#7a5a00")),
    "dark": Look("#191c22", "#f0efec", "#9a9da6", "#2b2f37", ("#79b8ff", "#ff9468", "#5fd68f", "#f08be0", "#f0c454")),
}


def picture_context(figure: ComparisonFigure, theme: str, languages: str, source: str) -> dict[str, object]:
    """Return what the template of the picture needs. ``languages`` and ``source`` are words."""
    look = LOOKS[theme]
    measure = _("share of all posts") if figure.is_share else _("posts")
    lines: list[tuple[Line, str, float | None, str]] = [
        (
            line,
            look.series[line.look - 1],
            None if line.name_at is None else _TOP + _HEIGHT * line.name_at / 100,
            line_name(line),
        )
        for line in figure.lines
        if not line.hashtag.hidden
    ]
    marks: list[tuple[Mark, str, float]] = [
        (mark, mark_words(mark.value, figure), _TOP + _HEIGHT * mark.percent / 100) for mark in figure.marks
    ]
    ticks: list[tuple[Tick, str, float]] = [
        (tick, tick_words(tick.time, figure), _LEFT + _WIDTH * tick.percent / 100) for tick in figure.ticks
    ]
    title, title_size = _title([line.hashtag.hashtag for line, *_rest in lines])
    return {
        "look": look,
        "title": title,
        "title_size": title_size,
        "subtitle": " · ".join(map(isolated, (measure[0].upper() + measure[1:], span_words(figure), languages))),
        "picture_lines": lines,
        "picture_marks": marks,
        "picture_ticks": ticks,
        "credit": source,
    }


def line_name(line: Line) -> str:
    """Return the hashtag of a line as its name in a drawing, cut to the room beside the lines."""
    return isolated(fitted(f"#{line.hashtag.hashtag}", _NAME_EMS))


def _title(names: Sequence[str]) -> tuple[str, int]:
    """Return the hashtags, each apart from the others also if it runs from right to left, and the font size."""
    if not 0 < len(names) <= _NAMES_IN_TITLE:
        return _("Hashtags compared"), _LARGE
    titles = [f"#{name}" for name in names]
    if ems(", ".join(titles)) * _LARGE <= _TITLE_WIDTH:
        return ", ".join(map(isolated, titles)), _LARGE
    room = _TITLE_WIDTH / _SMALL / len(names) - ems(", ")
    return ", ".join(isolated(fitted(title, room)) for title in titles), _SMALL
