"""The file with the hashtags used together of a closed day: read and checked, and shortened for the database."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contract.closed_day_schema import PAIRS_SCHEMA
from contract.pairs import Partner, ranked
from trendsite.archive.pipeline.archive_errors import BrokenDayError


def read_pairs(path: Path) -> pa.Table | None:
    """Return the pairs of a day as a table of PAIRS_SCHEMA; None without a file.

    Raises:
        BrokenDayError: the file is not readable, or its rows are not as the schema says.
    """
    if not path.exists():
        return None
    try:
        found = pq.ParquetFile(path).read().cast(PAIRS_SCHEMA)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise BrokenDayError(f"{path}: not readable: {next(iter(str(error).splitlines()), error)}") from error
    smallest = pc.min_element_wise(found["most"], found["posts"], found["partner_posts"])
    possible = pc.and_(pc.greater(found["least"], 0), pc.greater_equal(smallest, found["least"]))
    if not pc.all(possible, min_count=0).as_py():
        raise BrokenDayError(f"{path}: a pair with more posts than its hashtags")
    keys = pc.run_end_encode(found["key"].combine_chunks()).values.to_pylist()
    if len(keys) != len(set(keys)):
        raise BrokenDayError(f"{path}: the partners of a hashtag do not follow each other")
    return found


def partners_by_key(pairs: pa.Table, k: int) -> Iterator[tuple[str, list[Any]]]:
    """Yield each hashtag and its first ``k`` partners, as ``DayPartners.partners`` has them."""
    for key, rows in groupby(pairs.to_pylist(), lambda row: row["key"]):
        some = list(rows)
        names = {row["partner"]: row["partner_hashtag"] for row in some}
        found = ranked([Partner(row["partner"], row["least"], row["most"]) for row in some], some[0]["beyond"], k)
        listed = [[partner.key, names[partner.key], partner.least, partner.most] for partner in found.partners]
        yield key, [found.beyond, listed]
