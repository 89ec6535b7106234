"""Final rankings of archived days, from the database, and rankings of several sources added up."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from contract.ranking import By, RankedHashtag, Ranking, few_authors
from trendsite.archive.models import Day, DayCount, DayLanguage
from trendsite.queries.choice import Choice
from trendsite.queries.hiding import hides_in
from trendsite.queries.rankings import AUTHORS_DO_NOT_ADD_UP, AUTHORS_UNKNOWN

Row = Mapping[str, Any]


def archived_at(sources: Collection[str], day: date) -> datetime | None:
    """Return when the last of some sources was archived on a day, None if none is. Counts are final since then."""
    times = Day.objects.filter(source__in=sources, date=day).values_list("archived_at", flat=True)
    return max(times, default=None)


def archived_ranking(sources: Collection[str], day: date, choice: Choice, limit: int) -> Ranking | None:
    """Return the final ranking of an archived day without hidden hashtags, None if none of the sources has it.

    The database has each language's first 1,000 hashtags by posts. So with several languages or networks, a hashtag
    lacks the posts of those in which it is not among them. If authors are unknown or do not add up, the ranking is by
    posts, and its ``note`` gives the reason.
    """
    days = list(Day.objects.filter(source__in=sources, date=day).order_by("source"))
    if not days:
        return None
    totals = DayLanguage.objects.filter(day__in=days, language__in=choice.languages).aggregate(posts=Sum("posts"))
    note = _note(days, choice)
    by: By = "posts" if note else choice.by
    return Ranking(
        day=day,
        languages=list(choice.languages),
        window="day",
        as_of=max(archived.archived_at for archived in days),
        final=True,
        posts=totals["posts"] or 0,
        top=_top(days, choice, by, limit),
        by=by,
        note=note,
    )


def _note(days: Sequence[Day], choice: Choice) -> str:
    if choice.by == "posts":
        return ""
    if choice.is_merged:
        return AUTHORS_DO_NOT_ADD_UP
    known = DayCount.objects.filter(day__in=days, language__in=choice.languages, authors__isnull=False)
    return "" if known.exists() else AUTHORS_UNKNOWN


def _top(days: Sequence[Day], choice: Choice, by: By, limit: int) -> list[RankedHashtag]:
    rows = _summed(days, choice.languages)
    ordered = rows.order_by("-total" if by == "posts" else F("about").desc(nulls_last=True), "key")
    hides = hides_in(choice.languages, datetime.now(UTC))
    visible = [row for row in ordered if not hides(row["key"])][:limit] if hides else ordered[:limit]
    return [_place(rank, row, days, is_merged=choice.is_merged) for rank, row in enumerate(visible, start=1)]


def _summed(days: Sequence[Day], languages: Sequence[str]) -> "QuerySet[DayCount, Row]":
    """Return a row of each hashtag: its posts (``total``), authors (``about``), spelling (``shown``), posts by day."""
    rows = DayCount.objects.filter(day__in=days, language__in=languages).values("key")
    summed = rows.annotate(total=Sum("posts"), shown=Max("hashtag"), about=Sum("authors"))
    if len(days) == 1:
        return summed
    known = {"rows": Count("pk"), "known": Count("authors")}
    return summed.annotate(**known, **{_column(day): Sum("posts", filter=Q(day=day)) for day in days})


def _column(day: Day) -> str:
    return f"posts_of_{day.pk}"


def _place(rank: int, row: Row, days: Sequence[Day], *, is_merged: bool) -> RankedHashtag:
    is_known = not is_merged and row.get("rows") == row.get("known")
    authors = row["about"] if is_known else None
    place = RankedHashtag(
        rank, row["shown"], row["key"], row["total"], authors, few_authors=few_authors(row["total"], authors)
    )
    if len(days) > 1:
        place.networks = {day.source: row[_column(day)] for day in days if row[_column(day)]}
    return place


def add_up_authors(of_each: Sequence[int | None]) -> int | None:
    """Return the authors of several networks, whose accounts differ; None if one network does not know them."""
    known = [authors for authors in of_each if authors is not None]
    return sum(known) if len(known) == len(of_each) else None
