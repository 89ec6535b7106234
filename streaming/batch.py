"""A micro-batch as the driver gets it: which bytes of the stream it holds, and what they add. Arrow in. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from contract.closed_day import HOURS, TOTAL_KEY
from contract.language import ALL_LANGUAGES
from streaming import additions

SCHEMA = pa.schema(
    [
        *additions.SCHEMA,
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("clock", pa.int64()),
    ]
)
"""Rows of streaming.additions, each with the bytes of the stream that its task read, and their latest event time.

``clock`` is in seconds since 1970. A task that found no line sends a single row, of no posts.
"""

COLUMNS = f"{additions.COLUMNS}, start long not null, end long not null, clock long"
"""The same in Spark's words."""

_EPOCH = date(1970, 1, 1).toordinal()
_ROWS_AT_ONCE = 10_000


_NOTHING = pa.Table.from_pylist(
    [{"hour": 0, "language": ALL_LANGUAGES, "key": TOTAL_KEY, "spelling": "", "posts": 0}], additions.SCHEMA
)


class DayLanguage(NamedTuple):
    """Where hashtags are counted beside each other: a day and a language, ``*`` for all."""

    day: date
    language: str


Addition: TypeAlias = tuple[int, int | None, str, int, bytes | None]
"""What one row adds to its count: the UTC hour of the day, minute, spelling, posts, authors."""

Additions: TypeAlias = dict[DayLanguage, dict[str, list[Addition]]]
"""What is added by key, which is empty for all posts."""


class BrokenBatchError(RuntimeError):
    """A batch whose tasks did not read one stretch of the stream. The message is one line."""


@dataclass(frozen=True)
class Batch:
    """The bytes [``start``, ``end``) of the stream, their latest event time, and what they add where."""

    start: int
    end: int
    clock: datetime | None
    additions: Additions


def batch_rows(posts: pa.Table | None, start: int, end: int) -> pa.Table:
    """Return the rows of SCHEMA of the posts of [``start``, ``end``), None where no line begins there."""
    rows, clock = _NOTHING, None
    if posts is not None:
        rows = additions.additions(posts)
        latest = pc.utf8_slice_codeunits(pc.max(posts["created_at"]), 0, 19)
        clock = pc.cast(pc.cast(latest, pa.timestamp("s")), pa.int64())
    told = {"start": start, "end": end, "clock": clock}
    for name, value in told.items():
        rows = rows.append_column(SCHEMA.field(name), pa.repeat(pa.scalar(value, pa.int64()), rows.num_rows))
    return rows


def batch_of(rows: pa.Table) -> Batch:
    """Return the batch of rows of SCHEMA.

    Raises:
        BrokenBatchError: the rows are not of one stretch of the stream.
    """
    ranges = rows.select(["start", "end"]).group_by(["start", "end"]).aggregate([]).to_pylist()
    stretches = sorted((told["start"], told["end"]) for told in ranges)
    if not stretches or any(before[1] != after[0] for before, after in pairwise(stretches)):
        raise BrokenBatchError(f"a batch of the bytes {stretches}")
    latest = pc.max(rows["clock"]).as_py()
    clock = datetime.fromtimestamp(latest, UTC) if latest is not None else None
    return Batch(stretches[0][0], stretches[-1][1], clock, added(rows))


def added(rows: pa.Table) -> Additions:
    """Return what rows of streaming.additions add, and where."""
    places: Additions = {}
    of_hours: dict[tuple[int, str], dict[str, list[Addition]]] = {}
    for hour, language, key, addition in _plain(rows.filter(pc.greater(rows["posts"], 0))):
        keys = of_hours.get((hour, language))
        if keys is None:
            day = date.fromordinal(_EPOCH + hour // HOURS)
            keys = of_hours[hour, language] = places.setdefault(DayLanguage(day, language), defaultdict(list))
        keys[key].append(addition)
    return places


def _plain(rows: pa.Table) -> Iterator[tuple[int, str, str, Addition]]:
    for part in rows.select(additions.SCHEMA.names).to_batches(max_chunksize=_ROWS_AT_ONCE):
        hours, minutes, languages, keys, *others = (column.to_pylist() for column in part.columns)
        of_day = (hour % HOURS for hour in hours)
        yield from zip(hours, languages, keys, zip(of_day, minutes, *others, strict=True), strict=True)
