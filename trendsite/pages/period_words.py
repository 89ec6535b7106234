"""Titles and addresses of weeks, months, years and ranges of days."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from contract.language import ALL_LANGUAGES
from trendsite.pages.rendering import with_query
from trendsite.queries.periods import Period, PeriodKind, period_of

_KINDS: tuple[PeriodKind, ...] = ("week", "month", "year")


@dataclass(frozen=True)
class PeriodLink:
    """A link to a period, and whether it is the shown one."""

    title: str
    address: str
    is_shown: bool = False


def period_title(period: Period) -> str:
    """Return a period in words, such as "Week 48, 2026" or "November 2026"."""
    match period.kind:
        case "week":
            year, week, _weekday = period.first.isocalendar()
            return _("Week %(week)s, %(year)s") % {"week": week, "year": year}
        case "month":
            return date_format(period.first, "YEAR_MONTH_FORMAT")
        case "year":
            return str(period.first.year)
        case _:
            return dates_in_words(period)


def dates_in_words(period: Period) -> str:
    """Return the first and the last date of a period."""
    first, last = date_format(period.first, "DATE_FORMAT"), date_format(period.last, "DATE_FORMAT")
    return _("%(first)s to %(last)s") % {"first": first, "last": last}


def period_address(period: Period, query: dict[str, str] | None = None) -> str:
    """Return the address of a period, with more parameters."""
    if period.kind == "days":
        dates = {"from": period.first.isoformat(), "to": period.last.isoformat()}
        return with_query(reverse("days-page"), {**dates, **(query or {})})
    return with_query(reverse(f"{period.kind}-page", args=[period]), query or {})


def links_around(day: date, query: dict[str, str], shown: Period | None = None) -> list[PeriodLink]:
    """Return links to the week, the month and the year of a day; one of them may be the shown one."""
    named = [shown if shown and shown.kind == kind else period_of(kind, day) for kind in _KINDS]
    return [
        PeriodLink(period_title(found), period_address(found, query), is_shown=found == shown)
        for found in named
        if found
    ]


def download_addresses(period: Period, language: str, selected: dict[str, str]) -> dict[str, str]:
    """Return the address of each kind of file with the counts of a period."""
    dates = {"from": period.first.isoformat(), "to": period.last.isoformat(), "languages": language, **selected}
    address = reverse("api:counts")
    return {
        kind: f"{address}?{urlencode({**dates, 'format': kind}, safe='*,')}" for kind in ("csv", "excel", "parquet")
    }


def period_context(day: date, language: str, selected: dict[str, str], *, is_archived: bool) -> dict[str, object]:
    """Return what a day's page shows of longer periods: links to them, and the files of the day if it is archived."""
    query = {"languages": language, **selected} if language != ALL_LANGUAGES else selected
    downloads = download_addresses(Period("days", day, day), language, selected) if is_archived else None
    return {"around": links_around(day, query), "downloads": downloads}
