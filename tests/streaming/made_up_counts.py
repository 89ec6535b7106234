"""Counts as streaming.counts.readable gives them, in the shape in which the sink gets them."""

from datetime import UTC, date, datetime

import pyarrow as pa

from streaming.occurrences import FIRST_MINUTE, MOMENT, WHOLE_DAY

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

SCHEMA = pa.schema(
    [
        ("day", pa.date32()),
        ("language", pa.string()),
        ("key", pa.string()),
        ("spelling", pa.string()),
        ("slot", pa.int32()),
        ("posts", pa.int64()),
        ("authors", pa.int64()),
        ("moment", MOMENT),
    ]
)


def table(*rows: tuple) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)


def tag(
    key: str, posts: int, day: date = DAY, *, language: str = "*", spelling: str = "", authors: int | None = None
) -> list[tuple]:
    """A hashtag in a day, and in ``*`` its spelling."""
    rows = [(day, language, key, "", WHOLE_DAY, posts, authors, None)]
    if language == "*":
        rows.append((day, "*", key, spelling or key, WHOLE_DAY, posts, None, None))
    return rows


def total(posts: int, at: datetime = NOON, language: str = "*") -> tuple:
    """All posts of a day."""
    return (at.date(), language, "", "", WHOLE_DAY, posts, None, at)


def hour_tag(key: str, posts: int, at: datetime = NOON, language: str = "*") -> tuple:
    return (at.date(), language, key, "", at.hour, posts, None, None)


def hour_total(posts: int, at: datetime = NOON, language: str = "*") -> tuple:
    return (at.date(), language, "", "", at.hour, posts, None, None)


def minute_total(posts: int, at: datetime = NOON) -> tuple:
    """All posts of a minute."""
    return (at.date(), "*", "", "", FIRST_MINUTE + at.hour * 60 + at.minute, posts, None, None)


class Batch:
    """What the sink uses of a DataFrame."""

    def __init__(self, *rows: tuple) -> None:
        self._rows = rows

    def toArrow(self) -> pa.Table:  # noqa: N802 - PySpark's name
        return table(*self._rows)
