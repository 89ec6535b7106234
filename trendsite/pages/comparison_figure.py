"""A comparison as lines for SVG, in a box of 1,000 units of time and 100 high, with its scale, axis and names. Pure.

The page, the frame and the picture to share draw the same figure.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from trendsite.pages.drawing import HEIGHT, Bar
from trendsite.queries.comparison import ComparedHashtag, HashtagComparison

WIDTH = 1_000

_MOST_TICKS = 5
_STEPS = {"day": (1, 2, 7, 14, 28, 91), "hour": (1, 3, 6, 12, 24, 48, 168)}
_NAMES_APART = 9.0
"""Percent of the height that a name needs."""


class Mark(NamedTuple):
    """A value of the scale, ``percent`` from the top."""

    percent: float
    value: float


class Tick(NamedTuple):
    """A time on the axis, ``percent`` from the left, and the anchor of its text."""

    percent: float
    time: datetime
    anchor: str


@dataclass(frozen=True)
class Line:
    """The line of one hashtag; ``look`` is its place among the compared ones, from 1.

    ``solid`` and ``dotted`` are points of polylines: dotted ones lead to a value that is only an upper bound, or still
    grows. ``heights`` are the heights of all times, None where nothing is known. ``name_at`` is where the name stands,
    in percent from the top; None if there is no value. ``total`` adds up the known posts.
    """

    hashtag: ComparedHashtag
    look: int
    solid: list[str]
    dotted: list[str]
    heights: list[float | None]
    name_at: float | None
    total: int


class Cell(NamedTuple):
    """A value in the table: known, or at most so much; both are None if nothing is known."""

    value: float | None
    at_most: float | None


@dataclass(frozen=True)
class Row:
    """One time in the table; ``is_counting`` while its counts still grow."""

    time: datetime
    posts: int | None
    cells: list[Cell]
    is_counting: bool


@dataclass(frozen=True)
class ComparisonFigure:
    """Everything that is drawn, and the same as rows.

    ``decimals`` are those of the scale and ``cell_decimals`` those of the table, as arguments of Django's
    ``floatformat``. ``gaps`` are bands over times of which nothing is known.
    """

    lines: list[Line]
    marks: list[Mark]
    ticks: list[Tick]
    gaps: list[Bar]
    rows: list[Row]
    by: str
    decimals: str
    cell_decimals: str
    is_share: bool

    @property
    def total(self) -> int:
        """All known posts, with or without a hashtag."""
        return sum(row.posts or 0 for row in self.rows)

    @property
    def has_values(self) -> bool:
        """Whether anything is drawn."""
        return any(line.solid or line.dotted for line in self.lines)

    @property
    def has_bounds(self) -> bool:
        """Whether a value is only an upper bound."""
        return any(cell.at_most is not None for row in self.rows for cell in row.cells)

    @property
    def first(self) -> datetime:
        """The first time."""
        return self.rows[0].time

    @property
    def last(self) -> datetime:
        """The last time."""
        return self.rows[-1].time


def figure_of(found: HashtagComparison, *, is_share: bool) -> ComparisonFigure:
    """Return the figure of a comparison, by posts or by shares of all posts."""
    times = [_time(text) for text in found.times]
    columns = [_cells(hashtag, found.posts, is_share=is_share) for hashtag in found.hashtags]
    values = [value for cells in columns for cell in cells for value in cell if value is not None]
    top, step = _scale(max(values, default=0), is_whole=not is_share)
    begin = found.times.index(found.counting) if found.counting else len(times)
    lines = [
        _line(hashtag, look, cells, top, begin)
        for look, (hashtag, cells) in enumerate(zip(found.hashtags, columns, strict=True), start=1)
    ]
    decimals = max(0, -math.floor(math.log10(step))) if is_share else 0
    return ComparisonFigure(
        lines=_with_names_apart(lines),
        marks=[Mark(100 - 100 * part * step / top, part * step) for part in range(round(top / step) + 1)],
        ticks=_ticks(times, _STEPS[found.by], found.by),
        gaps=_gaps(found.posts),
        rows=[
            Row(time, posts, [cells[place] for cells in columns], is_counting=place >= begin)
            for place, (time, posts) in enumerate(zip(times, found.posts, strict=True))
        ],
        by=found.by,
        decimals=f"{decimals}g",
        cell_decimals=f"{decimals + 2}g" if is_share else "0g",
        is_share=is_share,
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _cells(hashtag: ComparedHashtag, totals: Sequence[int | None], *, is_share: bool) -> list[Cell]:
    if not is_share:
        return [Cell(*bounds) for bounds in zip(hashtag.posts, hashtag.at_most, strict=True)]
    at_most = [
        100 * most / total if most is not None and total else None
        for most, total in zip(hashtag.at_most, totals, strict=True)
    ]
    return [Cell(*bounds) for bounds in zip(hashtag.shares, at_most, strict=True)]


def _scale(most: float, *, is_whole: bool) -> tuple[float, float]:
    """Return the highest value of the scale and its steps: two to five steps of 1, 2 or 5, or tens of them."""
    if most <= 0:
        return 1.0, 1.0
    power = 10.0 ** math.floor(math.log10(most / 4))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * 4 >= most)
    step = max(step, 1.0) if is_whole else step
    return step * math.ceil(round(most / step, 9)), step


def _line(hashtag: ComparedHashtag, look: int, cells: Sequence[Cell], top: float, begin: int) -> Line:
    heights: list[float | None] = []
    for value, at_most in cells:
        shown = value if value is not None else at_most
        heights.append(None if shown is None else round(HEIGHT - HEIGHT * shown / top, 2))
    is_firm = [cell.value is not None and place < begin for place, cell in enumerate(cells)]
    last = next((height for height in reversed(heights) if height is not None), None)
    solid, dotted = _segments(heights, is_firm)
    return Line(hashtag, look, solid, dotted, heights, last, sum(filter(None, hashtag.posts)))


def _segments(heights: Sequence[float | None], is_firm: Sequence[bool]) -> tuple[list[str], list[str]]:
    """Return the points of solid and of dotted lines. A line ends where nothing is known."""
    lines: dict[bool, list[list[str]]] = {True: [], False: []}
    points = [None if height is None else f"{_x(place, len(heights))},{height}" for place, height in enumerate(heights)]
    drawn = -1
    for (place, before), (_, point) in pairwise(enumerate(points)):
        if before is None or point is None:
            continue
        of_kind = lines[is_firm[place] and is_firm[place + 1]]
        if drawn == place and of_kind and of_kind[-1][-1] == before:
            of_kind[-1].append(point)
        else:
            of_kind.append([before, point])
        drawn = place + 1
    for place, point in enumerate(points):
        is_alone = point and not any(points[max(0, place - 1) : place]) and not any(points[place + 1 : place + 2])
        if point and is_alone:
            # A line of one point is invisible: double the point.
            lines[is_firm[place]].append([point, point])
    return [" ".join(line) for line in lines[True]], [" ".join(line) for line in lines[False]]


def _x(place: int, number: int) -> float:
    return round(WIDTH * place / (number - 1), 2) if number > 1 else WIDTH / 2


def _with_names_apart(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with names that do not cover each other, in the order of the lines' ends."""
    named = sorted((line for line in lines if line.name_at is not None), key=lambda line: line.name_at or 0)
    places: list[float] = []
    for line in named:
        places.append(max(line.name_at or 0, places[-1] + _NAMES_APART if places else 0))
    for index in range(len(places) - 1, -1, -1):
        below = places[index + 1] - _NAMES_APART if index + 1 < len(places) else float(HEIGHT)
        places[index] = min(places[index], below)
    at = dict(zip((line.look for line in named), places, strict=True))
    return [
        Line(line.hashtag, line.look, line.solid, line.dotted, line.heights, at.get(line.look), line.total)
        for line in lines
    ]


def _ticks(times: Sequence[datetime], steps: Iterable[int], by: str) -> list[Tick]:
    """Return at most five times, at midnight or on the same weekday where they are far apart."""
    if len(times) == 1:
        return [Tick(50, times[0], "middle")]
    step = next((step for step in steps if len(times) / step <= _MOST_TICKS), len(times))
    numbers = [time.toordinal() if by == "day" else int(time.timestamp()) // 3_600 for time in times]
    ticks = []
    for place, number in enumerate(numbers):
        percent = round(100 * place / (len(times) - 1), 2)
        if number % step == 0:
            ticks.append(Tick(percent, times[place], "start" if percent < 4 else "end" if percent > 96 else "middle"))
    return ticks


def _gaps(posts: Sequence[int | None]) -> list[Bar]:
    """Return a band over each run of times of which nothing is known, half a step wider on either side."""
    bands: list[Bar] = []
    half = WIDTH / max(1, len(posts) - 1) / 2
    start: int | None = None
    for place, number in enumerate([*posts, 0]):
        if number is None and start is None:
            start = place
        if number is not None and start is not None:
            left = max(0.0, _x(start, len(posts)) - half)
            right = min(float(WIDTH), _x(place - 1, len(posts)) + half)
            bands.append(Bar(round(left), 0, max(1, round(right - left)), HEIGHT, ""))
            start = None
    return bands
