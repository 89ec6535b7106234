"""Every page about archived days, and the number and time of its database queries."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks.ten_years.days import LANGUAGES
from trendsite.archive.models import Day, DayCount

_ROUNDS = 3


@dataclass(frozen=True)
class PageQueries:
    """A page's queries: number, CPU seconds up to the last row, the slowest; and the page's own CPU seconds.

    SQLite runs in this process, so its CPU time does not depend on the load of the machine.
    """

    page: str
    queries: int
    database_seconds: float
    slowest: str
    page_seconds: float


def pages(day: date) -> list[tuple[str, str]]:
    """Return (name, address) of every page, with parameters that are hard on the database."""
    days, counts = reverse("admin:history_day_changelist"), reverse("admin:history_daycount_changelist")
    row = Day.objects.get(date=day)
    language = LANGUAGES[3]
    common = DayCount.objects.get(day=row, language="*", rank=3)
    rare = DayCount.objects.get(day=row, language="*", rank=1_000)
    of_day = f"{counts}?day__date__year={day.year}&day__date__month={day.month}&day__date__day={day.day}"
    change = reverse("admin:history_day_change", args=[row.pk])
    compared = f"{common.key},{rare.key},ctag1,ctag2,ctag4"
    return [
        ("admin: days", days),
        ("admin: days, of a year", f"{days}?date__year={day.year}"),
        ("admin: days, of a language", f"{days}?language={language}"),
        ("admin: days, of a source", f"{days}?source=x"),
        ("admin: days, last page", f"{days}?p={-(-Day.objects.count() // 50)}"),
        ("admin: days, archived last first", f"{days}?o=-7"),
        ("admin: a day", change),
        ("admin: a day, a language, last page of its ranking", f"{change}?language={language}&p=10"),
        ("admin: top hashtags", counts),
        ("admin: top hashtags, last page", f"{counts}?p=50"),
        ("admin: top hashtags, of a language", f"{counts}?language={language}"),
        ("admin: top hashtags, of a source", f"{counts}?day__source=x"),
        ("admin: top hashtags, of a year", f"{counts}?day__date__year={day.year}"),
        ("admin: top hashtags, of a day", of_day),
        ("admin: search for a hashtag of every day", f"{counts}?q={common.key}"),
        ("admin: the same, last page", f"{counts}?q={common.key}&p={-(-Day.objects.count() // 100)}"),
        ("admin: the same, of a language", f"{counts}?q={common.key}&language={language}"),
        ("admin: the same, of a day", f"{of_day}&q={common.key}"),
        ("admin: search for a rare hashtag", f"{counts}?q={rare.key}"),
        ("admin: search for what begins with a letter", f"{counts}?q=c"),
        ("admin: the same, of a language", f"{counts}?q=c&language={language}"),
        ("admin: search for a longer beginning", f"{counts}?q={rare.key[:6]}"),
        ("admin: search for what nobody wrote", f"{counts}?q=zzzzz"),
        ("admin: a hashtag of a day", reverse("admin:history_daycount_change", args=[common.pk])),
        ("admin: archive tasks", reverse("admin:history_archivetask_changelist")),
        ("/days/", "/days/"),
        ("/days/, another year", f"/days/?year={day.year - 1}"),
        ("/weeks/<week>/", f"/weeks/{day.isocalendar().year}-W{day.isocalendar().week:02}/"),
        ("/months/<month>/", f"/months/{day.year}-{day.month:02}/?top=50"),
        ("/years/<year>/", f"/years/{day.year}/"),
        ("/years/<year>/, a language", f"/years/{day.year}/?languages={language}&top=50"),
        ("/days/<date>/", f"/days/{day}/"),
        ("/days/<date>/, a language", f"/days/{day}/?languages={language}&top=50"),
        ("/hashtags/<key>/", f"/hashtags/{common.key}/?day={day}"),
        ("/hashtags/<key>/, last page", f"/hashtags/{common.key}/?day={day}&page=261"),
        ("/compare/, a year of five hashtags", f"/compare/?hashtags={compared}&days=366&until={day}"),
        ("/compare/, a month of hours", f"/compare/?hashtags={compared}&hours=744&until={day}"),
        ("/search/, a letter", "/search/?q=c"),
        ("/search/, two letters", "/search/?q=cc"),
        ("/search/, a hashtag", f"/search/?q={common.key}"),
        ("API: suggestions", f"/api/v1/hashtags/?q={common.key[:2]}"),
        ("API: days", "/api/v1/days/?limit=100"),
        ("API: top of a day", f"/api/v1/top?day={day}&limit=100"),
        ("API: top of a day, six languages", f"/api/v1/top?day={day}&languages={','.join(LANGUAGES[1:7])}&limit=100"),
        ("API: compare", f"/api/v1/compare?hashtags={compared}&days=366&until={day}"),
        ("API: a range of 366 days", f"/api/v1/range?from={day - timedelta(days=365)}&to={day}&limit=100"),
        ("API: race of a day", f"/api/v1/days/{day}/race?languages={language}"),
    ]


def request_page(client: Client, name: str, address: str) -> PageQueries:
    """Request a page a few times; return the median round.

    Raises:
        RuntimeError: the response is not 200.
    """
    rounds = [_round(client, name, address) for _ in range(_ROUNDS)]
    middle = median(one.database_seconds for one in rounds)
    return next(one for one in rounds if one.database_seconds == middle)


def _round(client: Client, name: str, address: str) -> PageQueries:
    queries: list[tuple[str, Sequence[Any]]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: ANN401 - Django's own
        queries.append((sql, params))
        return execute(sql, params, many, context)

    began = time.thread_time()
    with connection.execute_wrapper(note):
        answer = client.get(address)
        answer.getvalue()
    seconds = time.thread_time() - began
    if answer.status_code != 200:
        raise RuntimeError(f"{name}, {address}: {answer.status_code}")
    # A page may read only the first rows: here each query runs to its end.
    times = [(_seconds_of(sql, params), sql) for sql, params in queries if sql.startswith(("SELECT", "WITH"))]
    slowest = max(times, default=(0.0, ""))
    return PageQueries(name, len(queries), sum(of_one for of_one, _ in times), slowest[1], seconds)


def _seconds_of(sql: str, params: Sequence[Any]) -> float:
    with connection.cursor() as cursor:
        began = time.thread_time()
        cursor.execute(sql, params)
        cursor.fetchall()
        return time.thread_time() - began
