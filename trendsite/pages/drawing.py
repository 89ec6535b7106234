"""A day as shapes for SVG: bars, an area, lines and shaded gaps, in a box of one unit a minute and 100 high. Pure.

The template puts the shapes into SVG, which the browser stretches to its place. That needs no script and no inline
style, which the content security policy forbids. The gaps are also described in sentences.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.utils.translation import gettext, ngettext

from trendsite.localise import format_number, listed
from trendsite.queries.minutes import clock_time, minute_of

HEIGHT = 100

Gap = Sequence[str]
"""(from, until): ``["03:10", "03:25"]``."""

_BAR_MINUTES = 50
_MAX_NAMED_GAPS = 8

_MAX_MINUTES_BETWEEN_RANKS = 65
"""A line joins two ranks that are at most this far apart, as in a race by the hour."""


class Bar(NamedTuple):
    """One rectangle and its tooltip."""

    x: int
    y: float
    width: int
    height: float
    label: str


class Tick(NamedTuple):
    """A time on the axis: its position in percent of the width, and the anchor of its text."""

    percent: float
    time: str
    anchor: str


def axis(end: int) -> list[Tick]:
    """Return the times below a drawing that ends at the minute ``end``: at most five whole hours."""
    apart = next(minutes for minutes in (60, 180, 360) if minutes * 4 >= end or minutes == 360)
    last = end - end % apart
    anchors = {0: "start", end: "end"}
    return [
        Tick(round(100 * minute / end, 2), clock_time(minute), anchors.get(minute, "middle"))
        for minute in range(0, last + 1, apart)
        # The text of a tick close to the edge would leave the drawing.
        if minute == end or minute <= end * 0.95
    ]


def hour_bars(hours: Sequence[int | None]) -> list[Bar]:
    """Return a bar for each hour with posts."""
    most = max((posts or 0 for posts in hours), default=0)
    bars = []
    for hour, posts in enumerate(hours):
        if posts:
            height = max(1.0, round(HEIGHT * posts / most, 2))
            label = f"{_hour(hour)}: {_posts(posts)}"
            bars.append(Bar(hour * 60 + (60 - _BAR_MINUTES) // 2, HEIGHT - height, _BAR_MINUTES, height, label))
    return bars


def gap_bands(gaps: Iterable[Gap]) -> list[Bar]:
    """Return a band over each gap."""
    return [
        Bar(
            minute_of(start),
            0,
            max(1, minute_of(end) - minute_of(start)),
            HEIGHT,
            gettext("no posts from %(start)s to %(end)s") % {"start": start, "end": end},
        )
        for start, end in gaps
    ]


def band_before(first_post: str | None) -> list[Bar]:
    """Return a band over the time before the first post of a day, none if that is unknown or at midnight."""
    minute = minute_of(first_post) if first_post else 0
    label = gettext("nothing was collected before %(time)s") % {"time": first_post}
    return [Bar(0, 0, minute, HEIGHT, label)] if minute else []


def unknown_hour_bands(hours: Sequence[int | None], gaps: Sequence[Gap] = ()) -> list[Bar]:
    """Return a band over each hour whose posts are unknown and that is in none of the gaps."""
    unknown = [
        hour
        for hour, posts in enumerate(hours)
        if posts is None and not any(minute_of(gap[0]) <= hour * 60 < minute_of(gap[1]) for gap in gaps)
    ]
    label = gettext("not known")
    return [Bar(hour * 60, 0, 60, HEIGHT, f"{_hour(hour)}: {label}") for hour in unknown]


def _hour(hour: int) -> str:
    return gettext("%(start)s to %(end)s UTC") % {"start": f"{hour:02}:00", "end": f"{hour + 1:02}:00"}


def _posts(posts: int) -> str:
    return ngettext("%(number)s post", "%(number)s posts", posts) % {"number": format_number(posts)}


def posts_area(so_far: Iterable[tuple[int, int]], begin: int = 0, gaps: Sequence[Gap] = ()) -> str:
    """Return the outline of the posts per minute as an SVG path, empty without posts.

    ``so_far`` are (minute, posts since 00:00) in order; posts between two of them are spread evenly. Nothing is drawn
    before the minute ``begin`` and in gaps.
    """
    spans: list[tuple[int, int, float]] = []
    before = begin, 0
    for minute, posts in so_far:
        if minute > before[0]:
            parts = _outside(before[0], minute, gaps)
            collected = sum(end - start for start, end in parts)
            spans += ((start, end, (posts - before[1]) / collected) for start, end in parts)
            before = minute, posts
    most = max((rate for *_, rate in spans), default=0)
    return _outline(spans, most) if most else ""


def _outside(start: int, end: int, gaps: Sequence[Gap]) -> list[tuple[int, int]]:
    """Return the parts of [start, end) outside of the gaps, which are in order."""
    parts = []
    for gap in gaps:
        gap_start, gap_end = minute_of(gap[0]), minute_of(gap[1])
        if gap_end <= start or gap_start >= end:
            continue
        if gap_start > start:
            parts.append((start, gap_start))
        start = gap_end
    return [*parts, (start, end)] if start < end else parts


def _outline(spans: Sequence[tuple[int, int, float]], most: float) -> str:
    path, last = "", -1
    for start, end, rate in spans:
        if start != last:
            path += f"{f'V{HEIGHT}Z' if path else ''}M{start} {HEIGHT}"
        path += f"V{HEIGHT - HEIGHT * rate / most:.1f}H{end}"
        last = end
    return f"{path}V{HEIGHT}Z"


def rank_lines(ranks: Iterable[tuple[int, int | None]], worst: int) -> list[str]:
    """Return the points of one line for each time in which a hashtag was ranked without a break.

    ``ranks`` are (minute, rank), with None if it was not ranked; rank 1 is on top, ``worst`` at the bottom. A line also
    ends if the next rank is more than an hour away, because the ranks between are unknown.
    """
    lines: list[list[str]] = [[]]
    before = 0
    for minute, rank in ranks:
        if rank is None or minute - before > _MAX_MINUTES_BETWEEN_RANKS:
            lines.append([])
        if rank is not None:
            lines[-1].append(f"{minute},{_height_of(rank, worst):.1f}")
        before = minute
    # A line of one point is invisible: double the point.
    return [" ".join(points if len(points) > 1 else points * 2) for points in lines if points]


def _height_of(rank: int, worst: int) -> float:
    return 4 + (HEIGHT - 8) * (rank - 1) / max(1, worst - 1)


def begin_text(first_post: str | None) -> str:
    """Return a sentence about the time before a day's first post, empty if that is at midnight or unknown."""
    if first_post in (None, "00:00"):
        return ""
    return gettext("Nothing was collected before %(time)s (UTC).") % {"time": first_post}


def gaps_text(gaps: Sequence[Gap]) -> str:
    """Return a sentence about the gaps, the first eight by their times; empty without one."""
    if not gaps:
        return ""
    named = [_from_to(gap) for gap in gaps[:_MAX_NAMED_GAPS]]
    if more := len(gaps) - len(named):
        named.append(ngettext("%(number)s more time", "%(number)s more times", more) % {"number": more})
    return gettext("No posts came in %(times)s (UTC).") % {"times": listed(named)}


def _from_to(gap: Gap) -> str:
    return gettext("from %(start)s to %(end)s") % {"start": gap[0], "end": gap[1]}


def unrecorded_text(unrecorded: Sequence[Gap], *, is_by_the_hour: bool) -> str:
    """Return a sentence about stretches that were counted faster than they happened, empty without one."""
    if not unrecorded:
        return ""
    times = {"times": listed([_from_to(stretch) for stretch in unrecorded[:_MAX_NAMED_GAPS]])}
    if is_by_the_hour:
        text = gettext(
            "The ranking %(times)s (UTC) is known only at the end of each hour: "
            "these posts were counted later, all at once."
        )
    else:
        text = gettext("The ranking %(times)s (UTC) is unknown: these posts were counted later, all at once.")
    return text % times
