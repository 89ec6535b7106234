"""Makes the days: rows for a database of Trendsite's own tables, by SQL alone, so that millions take seconds.

Each day has twelve languages of 1,000 hashtags. The first 300 ranks of a language are hashtags of every day, in the
same places; those below come and go, drawn from two million.
"""

import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper

from benchmarks.harness import cache_folder

LAST_DAY = date(2026, 11, 20)
LANGUAGES = ("*", "en", "ja", "es", "pt", "ar", "id", "ko", "hi", "tr", "ru", "fr")
HASHTAGS = 1_000
SOURCE = "x"
EVERY_DAYS = 300
"""Ranks of a language whose hashtags are those of every day."""

_TOGETHER = 50
_CONSTRAINT = re.compile(r', CONSTRAINT "(\w+)" UNIQUE (\([^)]*\))')
_CACHE_KIB = 3 * 1024 * 1024

# A hashtag's number and, from that, its key: two letters first, so that beginnings are spread over the alphabet.
_NUMBER = f"CASE WHEN rank <= {EVERY_DAYS} THEN rank ELSE 1000 + (day.id * 7919 + rank * 104729) % 2000000 END"
_KEY = "char(97 + number % 26) || char(97 + number / 26 % 26) || 'tag' || number"

_LANGUAGES_SQL = f"""
    INSERT INTO history_daylanguage (day_id, language, posts, authors, hours, hashtags)
    SELECT day.id, code, total, total / 2, replace('{" ".join("x" * 24)}', 'x', total / 24), 100000
    FROM history_day day, (SELECT code, 12000000 / place AS total FROM made_languages)
    WHERE day.id BETWEEN %s AND %s ORDER BY day.id, code
"""  # noqa: S608 - constants of this file
_COUNTS_SQL = f"""
    INSERT INTO history_daycount (day_id, language, rank, "key", hashtag, posts, authors, hours)
    SELECT id, code, rank, {_KEY}, '#' || ({_KEY}), posts, posts / 2,
           replace('{" ".join("x" * 24)}', 'x', posts / 24)
    FROM (
        SELECT day.id AS id, code, rank, {_NUMBER} AS number, 2400000 / place / (rank + 4) AS posts
        FROM history_day day CROSS JOIN made_languages CROSS JOIN made_ranks
        WHERE day.id BETWEEN %s AND %s
    )
"""  # noqa: S608 - constants of this file


def database_of(days: int) -> Path:
    """Return the DATA_DIR of the database with so many days."""
    return cache_folder() / f"ten-years-{days}-days"


def make(days: int, say: Callable[[str], None]) -> None:
    """Fill the database that the settings name, unless it is filled already.

    A run that was stopped begins again.
    """
    # Days that an earlier version made lack the tables that came later.
    call_command("migrate", verbosity=0)
    done = Path(os.environ["DATA_DIR"]) / "done"
    if done.exists():
        return
    with connection.cursor() as cursor:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
            cursor.execute(f"PRAGMA {pragma}")
        for table in ("history_daylanguage", "history_day"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - constants
        indexes = _without_indexes(cursor)
        _fill(cursor, days, say)
        for index in indexes:
            cursor.execute(index)
            say(index)
        cursor.execute("PRAGMA analysis_limit = 1000")
        cursor.execute("ANALYZE")
    connection.close()
    done.touch()


def _without_indexes(cursor: CursorWrapper) -> list[str]:
    """Make the table of the counts anew without its indexes; return what makes them: sorted, not row by row."""
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'history_daycount' AND sql IS NOT NULL")
    statements = dict(cursor.fetchall())
    table = statements.pop("history_daycount")
    cursor.execute("DROP TABLE history_daycount")
    cursor.execute(_CONSTRAINT.sub("", table))
    unique = [
        f"CREATE UNIQUE INDEX {name} ON history_daycount {columns}" for name, columns in _CONSTRAINT.findall(table)
    ]
    return [*unique, *statements.values()]


def _fill(cursor: CursorWrapper, days: int, say: Callable[[str], None]) -> None:
    execute, many = cursor.execute, cursor.executemany
    execute("CREATE TEMP TABLE made_languages (code TEXT, place INTEGER)")
    many("INSERT INTO made_languages VALUES (%s, %s)", [(code, place + 1) for place, code in enumerate(LANGUAGES)])
    execute("CREATE TEMP TABLE made_ranks (rank INTEGER)")
    many("INSERT INTO made_ranks VALUES (%s)", [(rank,) for rank in range(1, HASHTAGS + 1)])
    first = LAST_DAY - timedelta(days=days - 1)
    archived_at = datetime.combine(LAST_DAY, datetime.min.time(), UTC)
    many(
        "INSERT INTO history_day (id, source, date, archived_at, parquet_bytes, csv_bytes, race_bytes)"
        " VALUES (%s, %s, %s, %s, 1, 1, 0)",
        [(day + 1, SOURCE, first + timedelta(days=day), archived_at) for day in range(days)],
    )
    for start in range(1, days + 1, _TOGETHER):
        end = min(days, start + _TOGETHER - 1)
        execute(_LANGUAGES_SQL, [start, end])
        execute(_COUNTS_SQL, [start, end])
        if start % (10 * _TOGETHER) == 1:
            say(f"{end:,} of {days:,} days made")
