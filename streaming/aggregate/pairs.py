"""Posts -> pairs: how often two hashtags stand in one post. Pure.

A Spark task makes one row for each day and pair of its posts (``pairs_in_posts``). The driver groups the rows of all
tasks by hashtag (``group_pairs``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from contract.closed_day import HOURS
from contract.pairs import MAX_PAIRED_HASHTAGS


@dataclass(frozen=True)
class PairRows:
    """The pairs of a day, as numbers of ``names``: objects for each would take as much memory as the counts.

    Iterate over them for hashtag, partner, and the posts of a batch that have both. Each pair is in it twice, once for
    each side. The partners of a hashtag follow each other.
    """

    names: list[str]
    keys: "memoryview[int]"
    partners: "memoryview[int]"
    posts: "memoryview[int]"

    def __iter__(self) -> Iterator[tuple[str, str, int]]:
        name = self.names.__getitem__
        return zip(map(name, self.keys), map(name, self.partners), self.posts, strict=True)


Pairs: TypeAlias = dict[date, Iterable[tuple[str, str, int]]]
"""The rows of each day, as PairRows has them."""

_EPOCH = date(1970, 1, 1).toordinal()
_PARTNER_BITS = 32


def pairs_in_posts(days: pa.Array, hashtags: pa.ListArray) -> pa.Table:
    """Return the pairs of posts, each pair once: ``day``, ``key``, ``partner`` and ``posts``.

    ``days`` has any number for the day of each post. Of a post only the first MAX_PAIRED_HASHTAGS hashtags count.
    """
    several = pc.greater(pc.list_value_length(hashtags), 1)
    some = pc.list_slice(hashtags.filter(several), 0, MAX_PAIRED_HASHTAGS)
    posts = pc.list_parent_indices(some)
    names = pc.dictionary_encode(pc.list_flatten(some))
    found = pa.table(
        {
            "day": days.filter(several).take(posts),
            "post": posts,
            # Numbers group several times faster than texts.
            "key": names.indices,
        }
    )
    parts = list(_neighbours(found))
    if not parts:
        return pa.table({"day": days.slice(0, 0), "key": _NONE, "partner": _NONE, "posts": pa.array([], pa.int64())})
    pairs = (
        pa.concat_tables(parts).group_by(["day", "key", "partner"], use_threads=False).aggregate([([], "count_all")])
    )
    return pa.table(
        {
            "day": pairs["day"],
            "key": names.dictionary.take(pairs["key"].combine_chunks()),
            "partner": names.dictionary.take(pairs["partner"].combine_chunks()),
            "posts": pairs["count_all"],
        }
    )


def group_pairs(rows: pa.Table) -> Pairs:
    """Return the pairs of rows with ``hour`` (the first of the day, since 1970), ``key``, ``partner`` and ``posts``.

    They are in order of hashtag and partner, in any order of rows: which hashtags get a summary depends on it.
    """
    found = rows.filter(pc.is_valid(rows["partner"]))
    names, keys, partners = _numbered(found["key"], found["partner"])
    both = pa.table(
        {
            "hour": pa.chunked_array([*found["hour"].chunks] * 2, found["hour"].type),
            # One number for both sorts and groups faster than two.
            "pair": pa.chunked_array([_pair(keys, partners), _pair(partners, keys)]),
            "posts": pa.chunked_array([*found["posts"].chunks] * 2, found["posts"].type),
        }
    )
    return {
        date.fromordinal(_EPOCH + hour // HOURS): _of_day(both.filter(pc.equal(both["hour"], hour)), names)
        for hour in sorted(pc.unique(both["hour"]).to_pylist())
    }


def _numbered(keys: pa.ChunkedArray, partners: pa.ChunkedArray) -> tuple[list[str], pa.Array, pa.Array]:
    """Return the names in two columns in order, and the columns as places among them."""
    texts = pa.chunked_array([*keys.chunks, *partners.chunks], keys.type).combine_chunks()
    encoded = pc.dictionary_encode(texts)
    order = pc.array_sort_indices(encoded.dictionary)
    names = encoded.dictionary.take(order).to_pylist()
    # The order of an order is its inverse.
    places = pc.array_sort_indices(order).cast(pa.int64()).take(encoded.indices)
    return names, places.slice(0, len(keys)), places.slice(len(keys))


def _pair(key: pa.Array, partner: pa.Array) -> pa.Array:
    return pc.bit_wise_or(pc.shift_left(key, _PARTNER_BITS), partner)


def _of_day(pairs: pa.Table, names: list[str]) -> PairRows:
    # Several tasks may have the same pair.
    summed = pairs.group_by("pair", use_threads=False).aggregate([("posts", "sum")]).sort_by("pair")
    keys = pc.shift_right(summed["pair"], _PARTNER_BITS)
    partners = pc.bit_wise_and(summed["pair"], (1 << _PARTNER_BITS) - 1)
    return PairRows(names, _numbers(keys), _numbers(partners), _numbers(summed["posts_sum"]))


def _numbers(column: pa.ChunkedArray) -> "memoryview[int]":
    """Return a column of 64 bits without nulls. Iterating is faster than with ``to_pylist``."""
    whole = column.combine_chunks()
    values = memoryview(whole.buffers()[1]).cast("B").cast("q")
    return values[whole.offset : whole.offset + len(whole)]


_NONE = pa.array([], pa.string())


def _neighbours(found: pa.Table) -> Iterator[pa.Table]:
    """Yield the pairs of hashtags that stand next to each other in a post, then those one further apart, and so on."""
    for apart in range(1, MAX_PAIRED_HASHTAGS):
        first, second = found.slice(0, max(found.num_rows - apart, 0)), found.slice(apart)
        same = pc.equal(first["post"], second["post"])
        first, second = first.filter(same), second.filter(same)
        if not first.num_rows:
            return
        keys = first["key"], second["key"]
        yield pa.table(
            {
                "day": first["day"],
                "key": pc.min_element_wise(*keys),
                "partner": pc.max_element_wise(*keys),
            }
        )
