"""Posts -> pairs: how often two hashtags stand in one post. Pure.

A Spark task makes one row for each day and pair of its posts (``pairs_in_posts``). The driver groups the rows of all
tasks by hashtag (``group_pairs``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

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
    """Return the pairs of rows with ``hour`` (the first of the day, since 1970), ``key``, ``partner`` and ``posts``."""
    found = rows.filter(pc.is_valid(rows["partner"]))
    number = found.num_rows
    texts = pa.chunked_array([*found["key"].chunks, *found["partner"].chunks], found["key"].type).combine_chunks()
    names = pc.dictionary_encode(texts)
    keys, partners = names.indices.slice(0, number), names.indices.slice(number)
    both = pa.table(
        {
            "hour": pa.chunked_array([*found["hour"].chunks] * 2, found["hour"].type),
            "key": pa.chunked_array([keys, partners]),
            "partner": pa.chunked_array([partners, keys]),
            "posts": pa.chunked_array([*found["posts"].chunks] * 2, found["posts"].type),
        }
    )
    # Several tasks may have the same pair.
    summed = both.group_by(["hour", "key", "partner"], use_threads=False).aggregate([("posts", "sum")])
    pairs = summed.sort_by("key")
    return _by_day(pairs, names.dictionary.to_pylist())


def _by_day(pairs: pa.Table, names: list[str]) -> Pairs:
    """Return the rows of each day with names in place of numbers."""
    found: Pairs = {}
    for hour in sorted(pc.unique(pairs["hour"]).to_pylist()):
        of_day = pairs.filter(pc.equal(pairs["hour"], hour))
        columns = _numbers(of_day["key"], "i"), _numbers(of_day["partner"], "i"), _numbers(of_day["posts_sum"], "q")
        found[date.fromordinal(_EPOCH + hour // HOURS)] = PairRows(names, *columns)
    return found


def _numbers(column: pa.ChunkedArray, code: Literal["i", "q"]) -> "memoryview[int]":
    """Return a column of 32 (``i``) or 64 bits (``q``) without nulls. Iterating is faster than with ``to_pylist``."""
    whole = column.combine_chunks()
    values = memoryview(whole.buffers()[1]).cast("B").cast(code)
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
