"""Charts of the admin as text and SVG, without scripts or styles of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from trendsite.admin_columns import number_text
from trendsite.archive.models import Day, DayCount
from trendsite.sources import Source, source_named

HEIGHT = 100

MAX_SOURCES = 4
"""How many sources are drawn, those with the newest days."""

DayPosts = tuple[date, int]

_BLOCKS = "▁▂▃▄▅▆▇█"
_ZERO = "·"
_UNKNOWN_HOUR = "░"
_UNKNOWN = SafeString("-")


@dataclass(frozen=True)
class HashtagCurve:
    """A hashtag's posts per day in one source: ``path`` has a bar for each day, in a box of ``width`` days by HEIGHT.

    The box spans the source's archived days, from ``first`` to ``last``. On the day ``best`` the hashtag had ``most``
    posts. It was among the top hashtags on ``days`` days, with ``posts`` in all.
    """

    source: Source
    hashtag: str
    path: str
    width: int
    first: date
    last: date
    most: int
    best: date
    days: int
    posts: int


def curves_of(key: str, language: str) -> list[HashtagCurve]:
    """Return the curves of a hashtag in a language, one for each source; none if no day has the hashtag."""
    rows = DayCount.objects.filter(key=key, language=language).order_by()
    # For all languages an index has both columns, so the rows, which are far apart on the disk, are not read.
    posts = dict(rows.values_list("day_id", "posts"))
    if not posts:
        return []
    hashtag = rows.order_by("-day_id").values_list("hashtag", flat=True)[0]
    days = Day.objects.order_by("source", "date").values_list("source", "date", "pk")
    by_source = {source: list(of_source) for source, of_source in groupby(days, key=lambda day: day[0])}
    curves = [
        _curve(source, hashtag, counts, of_source[0][1], of_source[-1][1])
        for source, of_source in by_source.items()
        if (counts := [(day, posts[pk]) for _, day, pk in of_source if pk in posts])
    ]
    return sorted(curves, key=lambda curve: curve.last, reverse=True)[:MAX_SOURCES]


def _curve(source: str, hashtag: str, counts: Sequence[DayPosts], first: date, last: date) -> HashtagCurve:
    best, most = max(counts, key=lambda count: (count[1], count[0]))
    return HashtagCurve(
        source=source_named(source),
        hashtag=hashtag,
        path=bars(counts, first, most),
        width=(last - first).days + 1,
        first=first,
        last=last,
        most=most,
        best=best,
        days=len(counts),
        posts=sum(posts for _, posts in counts),
    )


def bars(counts: Sequence[DayPosts], first: date, most: int) -> str:
    """Return an SVG path with a bar for each day, one unit wide and at least one unit high."""
    heights = (((day - first).days, max(1.0, HEIGHT * posts / most)) for day, posts in counts)
    return "".join(f"M{at} {HEIGHT}v-{height:.1f}h1V{HEIGHT}z" for at, height in heights)


def hours_as_text(hours: Sequence[int | None] | None) -> SafeString:
    """Return a day as 24 block characters, a shade for an unknown hour. Screen readers read the busiest hour."""
    if hours is None:
        return _UNKNOWN
    known = [posts or 0 for posts in hours]
    most = max(known)
    bars = "".join(_block(posts, most) for posts in hours)
    label = gettext("no posts")
    if most:
        values = {"hour": f"{known.index(most):02}:00", "posts": number_text(most)}
        label = gettext("most from %(hour)s: %(posts)s") % values
    return format_html('<span role="img" title="{}" aria-label="{}">{}</span>', label, label, bars)


def _block(posts: int | None, most: int) -> str:
    if posts is None:
        return _UNKNOWN_HOUR
    return _BLOCKS[posts * len(_BLOCKS) // (most + 1)] if posts else _ZERO


def hours_as_table(hours: Sequence[int | None] | None) -> SafeString:
    """Return a day as a table with a row for each hour: its posts as a number and a bar, or that they are unknown."""
    if hours is None:
        return _UNKNOWN
    most = max(1, *(posts or 0 for posts in hours))
    unknown = '<tr><th scope="row">{}</th><td>{}</td><td></td></tr>'
    row = '<tr><th scope="row">{}</th><td>{}</td><td><meter value="{}" max="{}"></meter></td></tr>'
    rows = [
        format_html(unknown, f"{hour:02}:00", gettext("unknown"))
        if posts is None
        else format_html(row, f"{hour:02}:00", number_text(posts), posts, most)
        for hour, posts in enumerate(hours)
    ]
    return format_html("<table>{}</table>", format_html_join("", "{}", ((row,) for row in rows)))
