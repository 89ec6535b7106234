"""The columns of a closed day, as one Arrow schema. Streaming writes by it; the archive reads, checks and stores by it.

The only module of the contract that needs pyarrow. Import it only where rows are read or written.

| column | meaning |
| --- | --- |
| ``language`` | a code of :mod:`contract.language`, or ``*`` for all languages |
| ``key`` | the key of the hashtag; empty in the row with the total of a language |
| ``hashtag`` | the spelling to show |
| ``posts`` | posts that use the hashtag |
| ``authors`` | distinct authors, estimated; null if no post named its author |
| ``hours`` | posts of each of the 24 UTC hours; they add up to ``posts`` |
| ``minutes`` | posts of each UTC minute (0 to 1439) that has posts, in order; they add up to ``posts`` |
| ``hour_authors`` | distinct authors of each of the 24 UTC hours, estimated; null where ``authors`` is |

Only the total of all languages has ``minutes``; it is null in every other row, and everywhere if the minutes were not
counted all day. Older days have no ``minutes``, or neither of the last two columns. The oldest days in archives have
the first four columns.
Rows are sorted by language, posts descending, key. So the total of a language is its first row.
"""

import pyarrow as pa

CLOSED_DAY_SCHEMA = pa.schema(
    [
        pa.field("language", pa.string(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("hashtag", pa.string(), nullable=False),
        pa.field("posts", pa.int64(), nullable=False),
        pa.field("authors", pa.int64()),
        pa.field("hours", pa.list_(pa.field("element", pa.int64(), nullable=False)), nullable=False),
        pa.field("minutes", pa.map_(pa.int32(), pa.field("value", pa.int64(), nullable=False))),
        pa.field("hour_authors", pa.list_(pa.field("element", pa.int64()))),
    ]
)

LATER_COLUMNS = ("minutes", "hour_authors")
"""Columns that older days do not have."""

LATER_STORED_COLUMNS = ("authors", "hours", *LATER_COLUMNS)
"""Columns that the oldest archives do not have."""

STORED_SCHEMA = CLOSED_DAY_SCHEMA.set(5, CLOSED_DAY_SCHEMA.field("hours").with_nullable(True))
"""The columns of every Parquet in the archive, whichever version counted it. ``hours`` are null in the oldest days."""

PAIRS_SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("hashtag", pa.string(), nullable=False),
        pa.field("posts", pa.int64(), nullable=False),
        pa.field("partner", pa.string(), nullable=False),
        pa.field("partner_hashtag", pa.string(), nullable=False),
        pa.field("partner_posts", pa.int64(), nullable=False),
        pa.field("least", pa.int64(), nullable=False),
        pa.field("most", pa.int64(), nullable=False),
        pa.field("beyond", pa.int64(), nullable=False),
    ]
)
"""The columns of the hashtags used together of a closed day (contract.pairs), in all languages.

| column | meaning |
| --- | --- |
| ``key``, ``hashtag``, ``posts`` | one of the leading hashtags: its key, the spelling to show, its posts |
| ``partner``, ``partner_hashtag``, ``partner_posts`` | a hashtag used together with it |
| ``least``, ``most`` | bounds of the number of posts that have both; equal if nothing was left out |
| ``beyond`` | the most posts that any hashtag not listed for ``key`` has together with it |

The rows of a hashtag follow each other, its most frequent partner first; the hashtag with the most posts is first.
"""
