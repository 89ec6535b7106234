"""Posts in, what they add to the counts out: Arrow tables both, in the task that read them. Pure."""

from collections.abc import Iterator
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from contract.language import ALL_LANGUAGES

AUTHOR_BYTES = 4

SCHEMA = pa.schema(
    [
        pa.field("hour", pa.int32(), nullable=False),
        pa.field("minute", pa.int32()),
        pa.field("language", pa.string(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("spelling", pa.string(), nullable=False),
        pa.field("posts", pa.int64(), nullable=False),
        pa.field("authors", pa.binary()),
    ]
)
"""One row adds ``posts`` to the count of ``key`` in ``language`` in an hour: UTC, counted from 1970 on.

Each post counts in its own language and in ``*`` for all. A hashtag's rows in ``*`` tell its ``spelling``, its other
rows an empty one. The empty key counts all posts, tagged or not, in ``*`` by ``minute`` of the hour. ``authors`` holds
the hashes of a hashtag's distinct authors, AUTHOR_BYTES each; it is null where no post told one, and for all posts.
"""

COLUMNS = (
    "hour int not null, minute int, language string not null, key string not null, spelling string not null, "
    "posts long not null, authors binary"
)
"""The same in Spark's words."""


def additions(posts: pa.Table) -> pa.Table:
    """Return the rows of SCHEMA for posts (``created_at``, ``lang``, ``hashtags``, ``spellings``, ``author``)."""
    moment = pc.cast(pc.utf8_slice_codeunits(posts["created_at"], 0, 19), pa.timestamp("s"))
    seconds = pc.cast(moment, pa.int64())
    timed = pa.table(
        {
            "hour": pc.cast(pc.divide(seconds, 3600), pa.int32()),
            "minute": pc.cast(pc.minute(moment), pa.int32()),
            "language": posts["lang"],
        }
    )
    return pa.concat_tables([*_totals(timed), *_tags(timed, posts)])


def _totals(timed: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows of all posts: in each language, and in all by the minute."""
    for place in ("language", "minute"):
        counted = timed.group_by(["hour", place], use_threads=False).aggregate([([], "count_all")])
        yield _rows(counted, posts=counted["count_all"])


def _tags(timed: pa.Table, posts: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows of each hashtag: in its language, and in all under its spelling."""
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
    for place in ("language", "spelling"):
        grouped = tags.group_by(["hour", place, "key"], use_threads=False)
        counted = grouped.aggregate([([], "count_all"), ("author", "distinct", pc.CountOptions(mode="only_valid"))])
        yield _rows(counted, posts=counted["count_all"], authors=_joined(counted["author_distinct"]))


def _hashes(authors: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return AUTHOR_BYTES for each author; only the distinct ones are hashed."""
    encoded = pc.dictionary_encode(authors).combine_chunks()
    hashes = [blake2b(author.encode(), digest_size=AUTHOR_BYTES).digest() for author in encoded.dictionary.to_pylist()]
    return pa.array(hashes, pa.binary()).take(encoded.indices)


def _joined(authors: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return each list of hashes as one string of bytes, null where there is none."""
    known = pc.binary_join(authors, b"")
    return pc.if_else(pc.equal(pc.binary_length(known), 0), pa.scalar(None, pa.binary()), known)


def _rows(counted: pa.Table, **columns: pa.ChunkedArray) -> pa.Table:
    """Return rows of SCHEMA; what is counted without a language counts in all."""
    rows = counted.num_rows
    known = {
        "minute": pa.nulls(rows, pa.int32()),
        "language": pa.repeat(pa.scalar(ALL_LANGUAGES, pa.string()), rows),
        "key": pa.repeat(pa.scalar("", pa.string()), rows),
        "spelling": pa.repeat(pa.scalar("", pa.string()), rows),
        "authors": pa.nulls(rows, pa.binary()),
    }
    known |= dict(zip(counted.column_names, counted.columns, strict=True)) | columns
    return pa.table([known[field.name] for field in SCHEMA], schema=SCHEMA)
