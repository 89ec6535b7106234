"""A day as shapes: bars, an area, lines and shaded gaps, in a box of one unit a minute and 100 high.

Pure. The template puts them into SVG, which a browser stretches to its place; a policy without inline
styles allows it, and it needs no script.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from trendsite.explore.times import Gap, minute_of
from trendsite.live.minutes import clock_time

HEIGHT = 100

_BAR_MINUTES = 50


class Bar(NamedTuple):
    """One rectangle, and what it says when pointed at."""

    x: int
    y: float
    width: int
    height: float
    said: str


class Tick(NamedTuple):
    """A time on the axis: where it stands, in percent of the width, and how its text lies there."""

    percent: float
    time: str
    anchor: str


def axis(end: int) -> list[Tick]:
    """Return the times below a drawing that ends at the minute ``end``: whole hours, at most five of them."""
    apart = next(minutes for minutes in (60, 180, 360) if minutes * 4 >= end or minutes == 360)
    last = end - end % apart
    anchors = {0: "start", end: "end"}
    return [
        Tick(round(100 * minute / end, 2), clock_time(minute), anchors.get(minute, "middle"))
        for minute in range(0, last + 1, apart)
        # The text of one close to the edge would leave the drawing.
        if minute == end or minute <= end * 0.95
    ]


def hour_bars(hours: Sequence[int | None]) -> list[Bar]:
    """Return a bar for each hour that has posts."""
    most = max((posts or 0 for posts in hours), default=0)
    bars = []
    for hour, posts in enumerate(hours):
        if posts:
            height = max(1.0, round(HEIGHT * posts / most, 2))
            said = f"{hour:02}:00 to {hour + 1:02}:00 UTC: {posts:,} posts"
            bars.append(Bar(hour * 60 + (60 - _BAR_MINUTES) // 2, HEIGHT - height, _BAR_MINUTES, height, said))
    return bars


def gap_bands(gaps: Iterable[Gap]) -> list[Bar]:
    """Return a band over each gap."""
    return [
        Bar(minute_of(start), 0, max(1, minute_of(end) - minute_of(start)), HEIGHT, f"no posts from {start} to {end}")
        for start, end in gaps
    ]


def posts_area(so_far: Iterable[tuple[int, int]]) -> str:
    """Return the outline of the posts a minute, as an SVG path; empty without posts.

    ``so_far`` are (minute, posts since 00:00) in order; between two of them the posts count as spread evenly.
    """
    spans, before = [], (0, 0)
    for minute, posts in so_far:
        if minute > before[0]:
            spans.append((minute, (posts - before[1]) / (minute - before[0])))
            before = minute, posts
    most = max((rate for _, rate in spans), default=0)
    if not most:
        return ""
    tops = (f"V{HEIGHT - HEIGHT * rate / most:.1f}H{minute}" for minute, rate in spans)
    return f"M0 {HEIGHT}{''.join(tops)}V{HEIGHT}Z"


def rank_lines(ranks: Iterable[tuple[int, int | None]], worst: int) -> list[str]:
    """Return the points of one line for each time that a hashtag was ranked without a break.

    ``ranks`` are (minute, rank), None where it was not among the ranked; rank 1 is on top, ``worst`` at the bottom.
    """
    lines: list[list[str]] = [[]]
    for minute, rank in ranks:
        if rank is None:
            lines.append([])
        else:
            lines[-1].append(f"{minute},{_height_of(rank, worst):.1f}")
    # A line of one point would not be seen.
    return [" ".join(points if len(points) > 1 else points * 2) for points in lines if points]


def _height_of(rank: int, worst: int) -> float:
    return 4 + (HEIGHT - 8) * (rank - 1) / max(1, worst - 1)
