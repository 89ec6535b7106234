"""Posts -> pairs: how often two hashtags stand in one post. Pure.

A Spark task makes one row for each day and pair of its posts (``pairs_in_posts``). The driver groups the rows of all
tasks by hashtag (``group_pairs``).
"""

from collections.abc import Iterator
from datetime import date
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from contract.closed_day import HOURS
from contract.pairs import MAX_PAIRED_HASHTAGS

Pairs: TypeAlias = dict[date, dict[str, dict[str, int]]]
"""The posts of a batch with two hashtags, by day, hashtag and partner. Each pair is in it twice, once for each side."""

_EPOCH = date(1970, 1, 1).toordinal()
_ROWS_AT_ONCE = 10_000


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
    pairs: Pairs = {}
    for part in rows.filter(pc.is_valid(rows["partner"])).to_batches(max_chunksize=_ROWS_AT_ONCE):
        columns = (part[name].to_pylist() for name in ("hour", "key", "partner", "posts"))
        for hour, key, partner, posts in zip(*columns, strict=True):
            by_key = pairs.setdefault(date.fromordinal(_EPOCH + hour // HOURS), {})
            for one, other in ((key, partner), (partner, key)):
                partners = by_key.setdefault(one, {})
                partners[other] = partners.get(other, 0) + posts
    return pairs


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
