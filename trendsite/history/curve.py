"""A hashtag's posts per day over all archived days, as shapes for SVG: it needs no script, and no style of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from trendsite.history.models import Day, DayCount

HEIGHT = 100
MOST_SOURCES = 4
"""Sources that are drawn, those with the newest days."""

DayPosts = tuple[date, int]


@dataclass(frozen=True)
class Curve:
    """One source's: ``path`` has a bar for each day in a box ``width`` days wide and HEIGHT high.

    The box spans the source's archived days, from ``first`` to ``last``. ``most`` and ``best`` are the posts of the
    hashtag's best day and that day; ``days`` how many days it was among the top hashtags, ``posts`` their sum.
    """

    source: str
    hashtag: str
    path: str
    width: int
    first: date
    last: date
    most: int
    best: date
    days: int
    posts: int


def curves_of(key: str, language: str) -> list[Curve]:
    """Return the curves of a hashtag in a language, a source each; none for one that no day has."""
    rows = DayCount.objects.filter(key=key, language=language).order_by()
    # Of all languages, the index has these two columns: the rows, which lie far apart, are not looked at.
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
    return sorted(curves, key=lambda curve: curve.last, reverse=True)[:MOST_SOURCES]


def _curve(source: str, hashtag: str, counts: Sequence[DayPosts], first: date, last: date) -> Curve:
    best, most = max(counts, key=lambda count: (count[1], count[0]))
    return Curve(
        source=source,
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
    """Return an SVG path with a bar for each day, a unit wide and at least one high."""
    heights = (((day - first).days, max(1.0, HEIGHT * posts / most)) for day, posts in counts)
    return "".join(f"M{at} {HEIGHT}v-{height:.1f}h1V{HEIGHT}z" for at, height in heights)
