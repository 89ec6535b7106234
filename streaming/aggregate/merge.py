"""Rows of several tasks -> rows as of one task. Pure.

Counts have bytes, and these must be the same however many tasks read a batch. So each place gets one row, the authors
in a row have an order of their own, and nothing after this depends on the order of rows.
"""

from array import array

import pyarrow as pa
import pyarrow.compute as pc

_PLACE = ["hour", "minute", "language", "key", "spelling"]


def merged(counts: pa.Table) -> pa.Table:
    """Return the rows of counts (DELTA_SCHEMA without ``partner``) with those of each place as one."""
    known = counts.set_column(counts.schema.names.index("authors"), "authors", pc.fill_null(counts["authors"], b""))
    places = known.group_by(_PLACE, use_threads=False).aggregate([("posts", "sum"), ("authors", "list")])
    lists = places["authors_list"].combine_chunks()
    authors = pc.binary_join(lists, b"")
    several = pc.greater(pc.list_value_length(lists), 1)
    authors = pc.replace_with_mask(authors, several, _each_once(authors.filter(several)))
    columns = [places[name] for name in (*_PLACE, "posts_sum")]
    return pa.table([*columns, _null_if_empty(authors)], schema=counts.schema)


def joined(authors: pa.ChunkedArray) -> pa.Array:
    """Return each list of 32-bit hashes as bytes, in the order of the hashes; null for an empty list."""
    lists = authors.combine_chunks()
    # One sort of numbers (row, hash) is several times faster than a sort of each list.
    rows = pc.shift_left(lists.value_parent_indices().cast(pa.uint64()), 32)
    placed = pc.bit_wise_or(rows, lists.flatten().cast(pa.uint64()))
    hashes = pc.cast(placed.take(pc.array_sort_indices(placed)), pa.uint32(), safe=False)
    ends = pc.multiply(lists.offsets, pa.scalar(hashes.type.byte_width, pa.int32()))
    return _null_if_empty(
        pa.Array.from_buffers(pa.binary(), len(lists), [None, ends.buffers()[1], hashes.buffers()[1]])
    )


def _each_once(authors: pa.Array) -> pa.Array:
    """Return bytes as ``joined`` makes them, without the hashes that came from several tasks."""
    hashes = (array("I", sorted(set(array("I", several)))).tobytes() for several in authors.to_pylist())
    return pa.array(hashes, pa.binary())


def _null_if_empty(authors: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(pc.binary_length(authors), 0), pa.scalar(None, pa.binary()), authors)
