"""Posts in, what they count under out: Arrow tables both, in the task that read them. Pure.

Doing this here and not in Spark keeps Spark's plan small, and it plans every batch anew.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from contract.closed_day import HOURS
from contract.language import ALL_LANGUAGES

ANY_SPELLING = ""
WHOLE_DAY = -1
FIRST_MINUTE = HOURS
MOMENT = pa.timestamp("us", tz="UTC")

SCHEMA = pa.schema(
    [
        pa.field("day", pa.date32(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("spelling", pa.string(), nullable=False),
        pa.field("slot", pa.int32(), nullable=False),
        pa.field("posts", pa.int64(), nullable=False),
        pa.field("author", pa.string()),
        pa.field("moment", MOMENT),
    ]
)
"""One row adds ``posts`` to the count of (day, language, key, spelling, slot).

Each post counts in its own language and in ``*`` for all, in the whole day (``slot`` WHOLE_DAY) and in its UTC
hour (0 to 23). The empty key counts posts, tagged or not, in ``*`` also by minute (FIRST_MINUTE and the minute
of the day); an empty spelling counts the key whatever its spelling;
spellings are counted under ``*`` in the whole day only. ``author`` is told where a hashtag counts in the
whole day, ``moment``, the latest event time, where all posts do.
"""

_HOUR = ("day", "slot", "language")


def occurrences(posts: pa.Table) -> pa.Table:
    """Return the rows of SCHEMA for posts (``created_at``, ``lang``, ``hashtags``, ``spellings``, ``author``)."""
    moment = posts["created_at"]
    timed = pa.table(
        {
            "day": pc.cast(pc.utf8_slice_codeunits(moment, 0, 10), pa.date32()),
            "slot": pc.cast(pc.utf8_slice_codeunits(moment, 11, 13), pa.int32()),
            "moment": pc.cast(pc.utf8_slice_codeunits(moment, 0, 19), pa.timestamp("us")),
            "language": posts["lang"],
        }
    )
    return pa.concat_tables([*_totals(timed), *_tags(timed, posts)])


def _totals(timed: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows of all posts: by hour and by day, in each language and in all; by minute in all."""
    by_hour = timed.group_by(list(_HOUR), use_threads=False).aggregate([([], "count_all"), ("moment", "max")])
    for counted in (by_hour, _everywhere(by_hour)):
        yield _rows(counted, posts=counted["count_all"])
        yield _rows(_whole_day(counted), posts=counted["count_all"], moment=counted["moment_max"].cast(MOMENT))
    minutes = pa.table({"minute": pc.floor_temporal(timed["moment"], unit="minute")})
    by_minute = minutes.group_by("minute", use_threads=False).aggregate([([], "count_all")])
    yield _rows(_of_minutes(by_minute["minute"]), posts=by_minute["count_all"])


def _of_minutes(minutes: pa.ChunkedArray) -> pa.Table:
    of_day = pc.add(pc.multiply(pc.hour(minutes), 60), pc.minute(minutes))
    slots = pc.cast(pc.add(of_day, FIRST_MINUTE), pa.int32())
    return _everywhere(pa.table({"day": pc.cast(minutes, pa.date32()), "slot": slots, "language": slots}))


def _tags(timed: pa.Table, posts: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows of each hashtag: in its language and in all, by hour and by day, and under its spelling."""
    hashtags, spellings = posts["hashtags"].combine_chunks(), posts["spellings"].combine_chunks()
    spelled = pc.equal(pc.list_value_length(spellings), pc.list_value_length(hashtags))
    written = pc.list_flatten(pc.if_else(pc.fill_null(spelled, False), spellings, hashtags))
    parents = pc.list_parent_indices(hashtags)
    tags = timed.select(list(_HOUR)).take(parents).append_column("key", pc.list_flatten(hashtags))
    authors = posts["author"].take(parents)
    one = pa.repeat(pa.scalar(1, pa.int64()), tags.num_rows)
    for counted in (tags, _everywhere(tags)):
        yield _rows(_whole_day(counted), posts=one, author=authors)
        by_hour = counted.group_by([*_HOUR, "key"], use_threads=False).aggregate([([], "count_all")])
        yield _rows(by_hour, posts=by_hour["count_all"])
    by_spelling = _whole_day(_everywhere(tags)).append_column("spelling", written)
    by_spelling = by_spelling.group_by([*_HOUR, "key", "spelling"], use_threads=False).aggregate([([], "count_all")])
    yield _rows(by_spelling, posts=by_spelling["count_all"])


def _everywhere(counted: pa.Table) -> pa.Table:
    return _with(counted, "language", pa.scalar(ALL_LANGUAGES, pa.string()))


def _whole_day(counted: pa.Table) -> pa.Table:
    return _with(counted, "slot", pa.scalar(WHOLE_DAY, pa.int32()))


def _with(table: pa.Table, column: str, value: pa.Scalar) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, pa.repeat(value, table.num_rows))


def _rows(counted: pa.Table, **columns: pa.Array) -> pa.Table:
    """Return rows of SCHEMA from ``counted`` and ``columns``: totals without a key, any spelling without one."""
    blank = pa.repeat(pa.scalar("", pa.string()), counted.num_rows)
    known = {"key": blank, "spelling": blank} | dict(zip(counted.column_names, counted.columns, strict=True)) | columns
    known.setdefault("author", pa.nulls(counted.num_rows, pa.string()))
    known["moment"] = columns.get("moment", pa.nulls(counted.num_rows, MOMENT))
    return pa.table([known[field.name] for field in SCHEMA], schema=SCHEMA)
