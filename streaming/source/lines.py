"""NDJSON lines of the collector -> Arrow tables, without Spark."""

import io

import pyarrow as pa
import pyarrow.json

_STRINGS = pa.list_(pa.string())
_POST_FIELDS = pa.schema(
    [
        ("created_at", pa.string()),
        ("lang", pa.string()),
        ("hashtags", _STRINGS),
        ("spellings", _STRINGS),
        ("author", pa.string()),
    ]
)


def parse(lines: bytes) -> pa.Table:
    """Return the posts of NDJSON lines (contract.post) as a table: created_at, lang, hashtags, spellings, author.

    Raises:
        pyarrow.ArrowInvalid: a line is not a post. The collector writes only posts, so the spool is damaged.
    """
    return read_fields(lines, _POST_FIELDS)


def read_fields(lines: bytes, fields: pa.Schema) -> pa.Table:
    """Return some fields of NDJSON lines as a table.

    Raises:
        pyarrow.ArrowInvalid: a line is not JSON, or a field is of another type.
    """
    # The block must hold the longest line. With one block there is nothing to merge.
    read_options = pyarrow.json.ReadOptions(use_threads=False, block_size=max(len(lines), 1))
    parse_options = pyarrow.json.ParseOptions(explicit_schema=fields, unexpected_field_behavior="ignore")
    return pyarrow.json.read_json(io.BytesIO(lines), read_options=read_options, parse_options=parse_options)
