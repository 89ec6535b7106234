"""The hashtags of many archived days added up: the most used ones, and the first places of each day.

Ten years have millions of rows, so the sums take two steps. The first reads only the highest ranks of each day, the
fewer the more days there are, and finds the candidates. The second adds up all stored posts of the candidates alone.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from heapq import nsmallest
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from django.db.models import Sum

from trendsite.archive.models import STORED_RANKS, DayCount

CANDIDATES = 150
"""How many hashtags are added up exactly."""

FIRST_PLACES = 20
"""How many places of each day are known. Ten are shown; hidden hashtags may be among them."""

_READ_ROWS = 40_000
_CACHED_RANGES = 16

_one_at_a_time = threading.Lock()
"""Sums of a year keep a core busy for some tenths of a second. Requests for different ranges wait for each other."""


_Row = tuple[int, str, str, int]
"""The row of a day, and one of its ranks: key, hashtag, posts."""


class DayList(NamedTuple):
    """A day of one source in one language: its date, source and row, and the row of its total.

    A day that is archived again gets new rows of totals, so it is read again.
    """

    date: date
    source: str
    pk: int
    total_pk: int | None


class Place(NamedTuple):
    """A hashtag of a day, with its posts."""

    key: str
    hashtag: str
    posts: int


@dataclass(frozen=True)
class HashtagSum:
    """A hashtag of a range: its spelling on the days with the most posts, and its posts from each source."""

    key: str
    hashtag: str
    networks: dict[str, int]

    @property
    def posts(self) -> int:
        """The posts from all of them."""
        return sum(self.networks.values())


@dataclass(frozen=True)
class RangeSums:
    """The candidates of a range by key, and the first places of each date, hidden hashtags included.

    ``lacks`` is how many posts a sum may lack at most: those of days on which the hashtag is not among the stored ones.
    No hashtag but the candidates has more than ``at_most`` posts.
    """

    candidates: dict[str, HashtagSum]
    first_places: dict[date, list[Place]]
    lacks: int
    at_most: int


def read_sums(days: Sequence[DayList], language: str) -> RangeSums:
    """Return the sums of some archived days in a language."""
    with _one_at_a_time:
        return _read_sums(tuple(days), language)


@lru_cache(maxsize=_CACHED_RANGES)
def _read_sums(days: tuple[DayList, ...], language: str) -> RangeSums:
    depth = depth_of(len(days))
    found = add_up(days, _read_ranks(days, language, depth), depth)
    candidates = add_up_hashtags(days, language, found.keys)
    lacks = found.floor if depth == STORED_RANKS else _posts_of_last_rank(days, language)
    return RangeSums(candidates, found.first_places, lacks, found.at_most)


def depth_of(lists: int) -> int:
    """Return how many ranks of each day the first step reads of so many days."""
    return min(STORED_RANKS, max(FIRST_PLACES, _READ_ROWS // max(1, lists)))


def add_up_hashtags(days: Sequence[DayList], language: str, keys: Collection[str]) -> dict[str, HashtagSum]:
    """Return the sums of some hashtags over all stored ranks of some days, by key."""
    pks = [day.pk for day in days]
    if not pks or not keys:
        return {}
    # The bounds spare SQLite the rows of all other years, which it would read to look for each in the list.
    in_days = {"day__in": pks, "day__gte": min(pks), "day__lte": max(pks)}
    rows = DayCount.objects.filter(key__in=keys, language=language, **in_days)
    summed = rows.values("key", "day__source", "hashtag").annotate(total=Sum("posts")).order_by("key")
    columns = ("key", "day__source", "hashtag", "total")
    by_key = groupby(summed.values_list(*columns), key=lambda row: str(row[0]))
    return {key: _hashtag_sum(key, list(of_key)) for key, of_key in by_key}


def _hashtag_sum(key: str, rows: Sequence[tuple[str, str, str, int]]) -> HashtagSum:
    """Return the sum of (key, source, spelling of a day, posts), spelled as on the days with the most posts."""
    networks, spellings = Counter[str](), Counter[str]()
    for _, source, hashtag, posts in rows:
        networks[source] += posts
        spellings[hashtag] += posts
    return HashtagSum(key, min(spellings, key=lambda hashtag: (-spellings[hashtag], hashtag)), dict(networks))


@dataclass(frozen=True)
class FirstStep:
    """The candidates, the first places of each date, the posts below what was read, and of any other hashtag."""

    keys: list[str]
    first_places: dict[date, list[Place]]
    floor: int
    at_most: int


def add_up(days: Iterable[DayList], rows: Iterable[_Row], depth: int) -> FirstStep:
    """Add up (row of the day, key, hashtag, posts), of each day the first ``depth`` ranks in their order.

    Pure. A day with fewer than ``depth`` has no others.
    """
    by_pk = {day.pk: day for day in days}
    totals: defaultdict[str, int] = defaultdict(int)
    by_date: defaultdict[date, list[list[_Row]]] = defaultdict(list)
    floor = 0
    for pk, of_day in groupby(rows, key=itemgetter(0)):
        ranked = list(of_day)
        for _, key, _, posts in ranked:
            totals[key] += posts
        floor += ranked[-1][3] if len(ranked) == depth else 0
        by_date[by_pk[pk].date].append(ranked)
    highest = nsmallest(CANDIDATES + 1, totals.items(), key=lambda total: (-total[1], total[0]))
    next_one = highest[CANDIDATES][1] if len(highest) > CANDIDATES else 0
    first_places = {day: _first_places(lists) for day, lists in by_date.items()}
    return FirstStep([key for key, _ in highest[:CANDIDATES]], first_places, floor, next_one + floor)


def _first_places(lists: Sequence[Sequence[_Row]]) -> list[Place]:
    """Return the first places of a date, of which each source has a list in order."""
    if len(lists) == 1:
        return [Place(*row[1:]) for row in lists[0][:FIRST_PLACES]]
    by_posts = sorted((row for of_source in lists for row in of_source), key=itemgetter(3), reverse=True)
    summed: dict[str, Place] = {}
    for _, key, hashtag, posts in by_posts:
        known = summed.get(key, Place(key, hashtag, 0))
        summed[key] = known._replace(posts=known.posts + posts)
    return nsmallest(FIRST_PLACES, summed.values(), key=lambda place: (-place.posts, place.key))


def _read_ranks(days: Sequence[DayList], language: str, depth: int) -> Iterable[_Row]:
    rows = DayCount.objects.filter(day__in=[day.pk for day in days], language=language, rank__lte=depth)
    return rows.order_by("day_id", "rank").values_list("day_id", "key", "hashtag", "posts").iterator(10_000)


def _posts_of_last_rank(days: Sequence[DayList], language: str) -> int:
    last = DayCount.objects.filter(rank=STORED_RANKS, language=language, day__in=[day.pk for day in days])
    return last.aggregate(total=Sum("posts"))["total"] or 0


def clear_range_cache() -> None:
    """Forget all sums."""
    _read_sums.cache_clear()
