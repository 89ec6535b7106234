"""One hashtag over its archived days, from the database: day after day, its ranks, and which sources have it."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from itertools import groupby

import msgspec
from django.db.models import Count, QuerySet

from contract.language import ALL_LANGUAGES
from trendsite.archive.models import Day, DayCount
from trendsite.queries.archived_rankings import add_up_authors
from trendsite.queries.hashtag_rank import archived_rank
from trendsite.queries.hiding import hides_in
from trendsite.sources import SourceKind, joined, kind_of


class DayOfHashtag(msgspec.Struct):
    """An archived day of a hashtag in one language; ``authors`` is about how many distinct ones, or None.

    If it is about several networks, ``networks`` are its posts in each that has it on that day.
    """

    date: date
    rank: int
    posts: int
    authors: int | None
    networks: dict[str, int] | msgspec.UnsetType = msgspec.UNSET


class HashtagSeries(msgspec.Struct):
    """A hashtag's archived days in one language (``["*"]`` for all), newest first.

    ``hashtag`` is its spelling on the newest of them. Days on which it was not among the first 1,000 of the language
    are left out. ``kind`` is the kind of the source. Several networks are added up, and ``source`` has their names with
    commas.
    """

    key: str
    hashtag: str
    languages: list[str]
    source: str
    days: list[DayOfHashtag]
    kind: SourceKind = "live"

    def __post_init__(self) -> None:
        """Take the kind from the source."""
        self.kind = kind_of(self.source)


def hashtag_series(
    sources: Collection[str], key: str, language: str, before: date | None, limit: int
) -> HashtagSeries | None:
    """Return at most ``limit`` archived days of a hashtag, before a date if given; None without any."""
    dates = archived_dates(sources, key, language)
    newest = list((dates.filter(day__date__lt=before) if before else dates)[:limit])
    if not newest:
        return None
    counts = _counts(sources, key, language, newest)
    names = {count.day.source for count in counts}
    days = days_of_hashtag(sources, key, newest, language)
    return HashtagSeries(key, counts[0].hashtag, [language], joined(names), days)


def archived_dates(sources: Collection[str], key: str, language: str = ALL_LANGUAGES) -> QuerySet[DayCount, date]:
    """Return the archived dates on which a hashtag is stored, newest first."""
    rows = DayCount.objects.filter(key=key, language=language, day__source__in=sources)
    return rows.order_by("-day__date").values_list("day__date", flat=True).distinct()


def days_of_hashtag(
    sources: Collection[str], key: str, dates: Sequence[date], language: str = ALL_LANGUAGES
) -> list[DayOfHashtag]:
    """Return a hashtag's archived days on at most a page of dates, newest first, with ranks among visible hashtags."""
    of_several = _dates_of_several(sources, dates) if len(sources) > 1 else set()
    counts = _counts(sources, key, language, dates)
    of_one = [count for count in counts if count.day.date not in of_several]
    ranks = dict(zip((row.pk for row in of_one), visible_ranks(of_one, language, datetime.now(UTC)), strict=True))
    days = []
    for day, rows in groupby(counts, key=lambda count: count.day.date):
        if day in of_several:
            days.append(_day_in_several(sources, day, language, list(rows)))
        else:
            days += [_day_in_one(row, ranks[row.pk], is_one_of_several=len(sources) > 1) for row in rows]
    return days


def _dates_of_several(sources: Collection[str], dates: Collection[date]) -> set[date]:
    """Return the dates that more than one of the sources has archived."""
    archived = Day.objects.filter(source__in=sources, date__in=dates).values_list("date")
    return {day for day, number in archived.order_by().annotate(Count("pk")) if number > 1}


def _day_in_one(count: DayCount, rank: int, *, is_one_of_several: bool) -> DayOfHashtag:
    networks = {count.day.source: count.posts} if is_one_of_several else msgspec.UNSET
    return DayOfHashtag(count.day.date, rank, count.posts, count.authors, networks)


def _day_in_several(sources: Collection[str], day: date, language: str, counts: Sequence[DayCount]) -> DayOfHashtag:
    posts = sum(count.posts for count in counts)
    rank = archived_rank(sources, day, language, counts[0].key, posts)
    networks = {count.day.source: count.posts for count in sorted(counts, key=lambda count: count.day.source)}
    return DayOfHashtag(day, rank, posts, add_up_authors([count.authors for count in counts]), networks)


def _counts(sources: Collection[str], key: str, language: str, dates: Collection[date]) -> list[DayCount]:
    """Return a hashtag's counts on some dates, newest first, the largest of a date first."""
    rows = DayCount.objects.filter(key=key, language=language, day__source__in=sources, day__date__in=dates)
    return list(rows.select_related("day").order_by("-day__date", "-posts", "day__source"))


def spelling_on(sources: Collection[str], key: str, day: date) -> str:
    """Return the spelling of a hashtag on an archived day, that of the source with the most posts."""
    counts = _counts(sources, key, ALL_LANGUAGES, [day])
    return counts[0].hashtag if counts else key


def visible_ranks(counts: Sequence[DayCount], language: str, now: datetime) -> list[int]:
    """Return the rank of each count among visible hashtags: hidden ones before it do not count.

    All of ``counts`` are of one language and each of another day, at most a page of them.
    """
    hides = hides_in([language], now)
    if hides is None or not counts:
        return [count.rank for count in counts]
    ranks = {count.day_id: count.rank for count in counts}
    before = DayCount.objects.filter(day__in=ranks, language=language, rank__lt=max(ranks.values()))
    hidden = Counter(
        day for day, rank, key in before.values_list("day", "rank", "key") if rank < ranks[day] and hides(key)
    )
    return [count.rank - hidden[count.day_id] for count in counts]


def sources_with_hashtag(key: str, names: Collection[str]) -> list[str]:
    """Return those of ``names`` that have a hashtag on an archived day."""
    rows = DayCount.objects.filter(key=key, language=ALL_LANGUAGES)
    return [name for name in names if rows.filter(day__source=name).exists()]


def newest_day_with_hashtag(sources: Collection[str], key: str) -> date | None:
    """Return the newest archived day of some sources that has a hashtag among its most used."""
    return archived_dates(sources, key).first()
