"""Posts -> deltas: what a micro-batch adds to each count. Pure.

A Spark task turns its posts into Arrow rows, one for each hour, language and hashtag (``delta_rows``), and packs them
with the byte range that it read (``batch_rows``). The driver turns what all tasks sent into one ``MicroBatch``
(``batch_of``), with its deltas grouped as the store wants them: the same one for any number of tasks.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import blake2b
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from contract.closed_day import HOURS, TOTAL_KEY
from contract.language import ALL_LANGUAGES
from streaming.aggregate.merge import joined, merged
from streaming.aggregate.pairs import Pairs, group_pairs, pairs_in_posts

AUTHOR_BYTES = 4

DELTA_SCHEMA = pa.schema(
    [
        pa.field("hour", pa.int32(), nullable=False),
        pa.field("minute", pa.int32()),
        pa.field("language", pa.string(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("spelling", pa.string(), nullable=False),
        pa.field("posts", pa.int64(), nullable=False),
        pa.field("authors", pa.binary()),
        pa.field("partner", pa.string()),
    ]
)
"""One row adds ``posts`` to the count of ``key`` in ``language`` in an hour: UTC hours since 1970.

Each post counts in its own language and in ``*`` (all languages). The rows of a hashtag in ``*`` have its
``spelling``, its other rows an empty one. The empty key counts all posts, with or without hashtags, in ``*`` by
``minute`` of the hour. ``authors`` holds the hashes of a hashtag's distinct authors in order, AUTHOR_BYTES each. It is
null if no post has an author, and for the empty key.

A row with a ``partner`` adds to no count. It has the posts of a day (by its first hour) that use ``key`` and
``partner`` together (streaming.aggregate.pairs).
"""

BATCH_SCHEMA = pa.schema(
    [
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("clock", pa.int64()),
        pa.field("deltas", pa.binary()),
        pa.field("unread", pa.string()),
    ]
)
"""One row for each byte range that a task read; ``clock`` is the latest event time in it, in seconds since 1970.

``deltas`` has the rows of DELTA_SCHEMA as a stream of Arrow's IPC format, so Spark carries one value. It would unpack
and pack thousands of rows, twice. It is null for a range without a line. ``unread`` is why a task could not read its
range; null if it could.
"""

BATCH_COLUMNS = "start long not null, end long not null, clock long, deltas binary, unread string"
"""BATCH_SCHEMA as Spark writes it."""

_EPOCH = date(1970, 1, 1).toordinal()
_ROWS_AT_ONCE = 10_000
_COUNTED_COLUMNS = [name for name in DELTA_SCHEMA.names if name != "partner"]

_PLACE_OF_DELTA = itemgetter(0, 1, 2)

# Spark copies the value several times on its way. Half the bytes are half the garbage, for 0.04 µs a post.
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)


class CountScope(NamedTuple):
    """The day and language that hashtags are counted in; ``*`` is all languages."""

    day: date
    language: str


Delta: TypeAlias = tuple[int, int | None, str, int, bytes | None]
"""What one row adds to its count: UTC hour of the day, minute of the hour, spelling, posts, authors."""

Deltas: TypeAlias = dict[CountScope, dict[str, list[Delta]]]
"""Deltas by scope and key; the empty key is all posts."""


class BrokenBatchError(RuntimeError):
    """The tasks of a batch did not read one continuous range. The message is one line."""


@dataclass(frozen=True)
class MicroBatch:
    """The bytes [``start``, ``end``) of the stream, their latest event time, their deltas and their pairs."""

    start: int
    end: int
    clock: datetime | None
    deltas: Deltas
    pairs: Pairs = field(default_factory=dict)


def delta_rows(posts: pa.Table) -> pa.Table:
    """Return the rows of DELTA_SCHEMA for posts (``created_at``, ``lang``, ``hashtags``, ``spellings``, ``author``)."""
    moment = pc.cast(pc.utf8_slice_codeunits(posts["created_at"], 0, 19), pa.timestamp("s"))
    seconds = pc.cast(moment, pa.int64())
    timed = pa.table(
        {
            "hour": pc.cast(pc.divide(seconds, 3600), pa.int32()),
            "minute": pc.cast(pc.minute(moment), pa.int32()),
            "language": posts["lang"],
        }
    )
    return pa.concat_tables([*_totals(timed), *_hashtags(timed, posts), _pairs(timed, posts)])


def batch_rows(posts: pa.Table | None, start: int, end: int) -> pa.Table:
    """Return the row of BATCH_SCHEMA for the posts of [``start``, ``end``); None if no line begins there."""
    row: dict[str, object] = {"start": start, "end": end}
    if posts is not None:
        latest = pc.utf8_slice_codeunits(pc.max(posts["created_at"]), 0, 19)
        row["clock"] = pc.cast(pc.cast(latest, pa.timestamp("s")), pa.int64()).as_py()
        row["deltas"] = _packed(delta_rows(posts))
    return pa.Table.from_pylist([row], BATCH_SCHEMA)


def unread_rows(reason: str, start: int, end: int) -> pa.Table:
    """Return the row of BATCH_SCHEMA of a task that could not read [``start``, ``end``)."""
    return pa.Table.from_pylist([{"start": start, "end": end, "unread": reason}], BATCH_SCHEMA)


def reason_unread(rows: pa.Table) -> str | None:
    """Return why a task of a batch (BATCH_SCHEMA) could not read its range; None if all could."""
    return next((reason for reason in rows["unread"].to_pylist() if reason is not None), None)


def batch_of(rows: pa.Table) -> MicroBatch:
    """Return the batch of rows of BATCH_SCHEMA.

    Raises:
        BrokenBatchError: the rows do not cover one continuous byte range.
    """
    ranges = sorted(zip(rows["start"].to_pylist(), rows["end"].to_pylist(), strict=True))
    if not ranges or any(before[1] != after[0] for before, after in pairwise(ranges)):
        raise BrokenBatchError(f"a batch of the bytes {ranges}")
    latest = pc.max(rows["clock"]).as_py()
    clock = datetime.fromtimestamp(latest, UTC) if latest is not None else None
    sent = [_unpacked(deltas) for deltas in rows["deltas"] if deltas.is_valid]
    deltas = pa.concat_tables(sent) if sent else DELTA_SCHEMA.empty_table()
    return MicroBatch(ranges[0][0], ranges[-1][1], clock, group_deltas(deltas, len(sent)), group_pairs(deltas))


def group_deltas(rows: pa.Table, tasks: int = 1) -> Deltas:
    """Return the deltas in rows of DELTA_SCHEMA that ``tasks`` sent, by scope and key, without the pairs.

    The deltas of a key are in order of hour, minute and spelling.
    """
    deltas: Deltas = {}
    of_hours: dict[tuple[int, str], dict[str, list[Delta]]] = {}
    counts = rows.filter(pc.is_null(rows["partner"])).select(_COUNTED_COLUMNS)
    for hour, language, key, delta in _plain(merged(counts) if tasks > 1 else counts):
        keys = of_hours.get((hour, language))
        if keys is None:
            day = date.fromordinal(_EPOCH + hour // HOURS)
            keys = of_hours[hour, language] = deltas.setdefault(CountScope(day, language), defaultdict(list))
        keys[key].append(delta)
    for of_scope in deltas.values():
        for of_key in of_scope.values():
            if len(of_key) > 1:
                of_key.sort(key=_PLACE_OF_DELTA)
    return deltas


def only_languages(of_all: Mapping[str, list[Delta]], others: Deltas) -> dict[str, str]:
    """Return the hashtags whose posts in a batch and day are all of one language, with that language.

    ``of_all`` has the deltas in all languages, ``others`` those in each. A post counts in one language, and in all. So
    if a language has as many posts with a hashtag as all languages have, these are the same posts.
    """
    only: dict[str, str] = {}
    for scope, deltas in others.items():
        # The language itself must be known by a count of its own.
        if TOTAL_KEY in deltas:
            for key, of_key in deltas.items():
                if key and _posts(of_key) == _posts(of_all.get(key, ())):
                    only[key] = scope.language
    return only


def _posts(deltas: Sequence[Delta]) -> int:
    return deltas[0][3] if len(deltas) == 1 else sum(delta[3] for delta in deltas)


def _packed(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=_COMPRESSED) as stream:
        stream.write_table(rows)
    return bytes(sink.getvalue())


def _unpacked(deltas: pa.BinaryScalar) -> pa.Table:
    with pa.ipc.open_stream(deltas.as_buffer()) as stream:
        return stream.read_all()


def _totals(timed: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows of the empty key: by language, and in ``*`` by minute."""
    for column in ("language", "minute"):
        counted = timed.group_by(["hour", column], use_threads=False).aggregate([([], "count_all")])
        yield _rows(counted, posts=counted["count_all"])


def _hashtags(timed: pa.Table, posts: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows of each hashtag: in its language, and in ``*`` by spelling."""
    hashtags, spellings = posts["hashtags"].combine_chunks(), posts["spellings"].combine_chunks()
    spelled = pc.equal(pc.list_value_length(spellings), pc.list_value_length(hashtags))
    written = pc.list_flatten(pc.if_else(pc.fill_null(spelled, False), spellings, hashtags))
    parents = pc.list_parent_indices(hashtags)
    tags = pa.table(
        {
            "hour": timed["hour"].take(parents),
            "language": timed["language"].take(parents),
            "key": pc.list_flatten(hashtags),
            "spelling": written,
            "author": _hashes(posts["author"].take(parents)),
        }
    )
    for column in ("language", "spelling"):
        grouped = tags.group_by(["hour", column, "key"], use_threads=False)
        counted = grouped.aggregate([([], "count_all"), ("author", "distinct", pc.CountOptions(mode="only_valid"))])
        yield _rows(counted, posts=counted["count_all"], authors=joined(counted["author_distinct"]))


def _pairs(timed: pa.Table, posts: pa.Table) -> pa.Table:
    """Return the rows of the pairs. A pair has the first hour of its day, in which its posts are added up."""
    first_hours = pc.multiply(pc.divide(timed["hour"], HOURS), HOURS).combine_chunks()
    pairs = pairs_in_posts(first_hours.cast(pa.int32()), posts["hashtags"].combine_chunks())
    return _rows(pairs.rename_columns(["hour", "key", "partner", "posts"]))


def _hashes(authors: pa.ChunkedArray) -> pa.Array:
    """Return the hash of each author, AUTHOR_BYTES as a number. Each distinct author is hashed once."""
    encoded = pc.dictionary_encode(authors).combine_chunks()
    names = encoded.dictionary.to_pylist()
    hashes = b"".join(blake2b(author.encode(), digest_size=AUTHOR_BYTES).digest() for author in names)
    return pa.Array.from_buffers(pa.uint32(), len(names), [None, pa.py_buffer(hashes)]).take(encoded.indices)


def _rows(counted: pa.Table, **columns: pa.ChunkedArray) -> pa.Table:
    """Return rows of DELTA_SCHEMA. Without a language column they count in ``*``."""
    rows = counted.num_rows
    known = {
        "minute": pa.nulls(rows, pa.int32()),
        "language": pa.repeat(pa.scalar(ALL_LANGUAGES, pa.string()), rows),
        "key": pa.repeat(pa.scalar(TOTAL_KEY, pa.string()), rows),
        "spelling": pa.repeat(pa.scalar("", pa.string()), rows),
        "authors": pa.nulls(rows, pa.binary()),
        "partner": pa.nulls(rows, pa.string()),
    }
    known |= dict(zip(counted.column_names, counted.columns, strict=True)) | columns
    return pa.table([known[field.name] for field in DELTA_SCHEMA], schema=DELTA_SCHEMA)


def _plain(counts: pa.Table) -> Iterator[tuple[int, str, str, Delta]]:
    """Yield hour since 1970, language, key and delta of each row."""
    for part in counts.to_batches(max_chunksize=_ROWS_AT_ONCE):
        hours, minutes, languages, keys, *others = (column.to_pylist() for column in part.columns)
        of_day = (hour % HOURS for hour in hours)
        yield from zip(hours, languages, keys, zip(of_day, minutes, *others, strict=True), strict=True)
