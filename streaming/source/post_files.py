"""Files of posts (contract.backfill) as two Spark data sources, with one task per file: their ids, and their deltas.

A backfill reads the ids first, to find duplicates. It then reads the deltas without those posts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from streaming.aggregate.deltas import BATCH_COLUMNS, batch_rows
from streaming.source.lines import parse, read_fields

_ID = pa.schema([("id", pa.string())])


@dataclass
class PostsFile(InputPartition):
    """One file, and its number among all files."""

    path: str
    number: int


class PostIds(DataSource):
    """``spark.read.format("post_ids")``: the id and place of each post. Option: ``files``, one path per line."""

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return "post_ids"

    def schema(self) -> str:
        """Return the columns: the post is line ``row`` of file number ``file``, both from 0."""
        return "id string, file long, row long"

    def reader(self, schema: StructType) -> "FilesReader":  # noqa: ARG002 - Spark's signature
        """Return the reader of these files."""
        return FilesReader(self.options["files"].splitlines(), 0, read_ids)


class PostDeltas(DataSource):
    """``spark.read.format("post_deltas")``: the deltas of the posts in files.

    Options: ``files``, one path per line; ``first``, the number of the first file; ``duplicates``, a Parquet folder
    with the posts to leave out, as (``file``, ``row``), partitioned by file.
    """

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return "post_deltas"

    def schema(self) -> str:
        """Return the columns: BATCH_SCHEMA of streaming.aggregate.deltas, with the numbers of files for bytes."""
        return BATCH_COLUMNS

    def reader(self, schema: StructType) -> "FilesReader":  # noqa: ARG002 - Spark's signature
        """Return the reader of these files."""
        files, first = self.options["files"].splitlines(), int(self.options["first"])
        return FilesReader(files, first, partial(read_deltas, self.options["duplicates"]))


class FilesReader(DataSourceReader):
    """Reads one file per partition."""

    def __init__(self, files: list[str], first: int, read: Callable[[PostsFile], pa.Table]) -> None:
        """Read each of ``files`` by ``read``; ``first`` is the number of the first file."""
        self._files = files
        self._first = first
        self._read = read

    def partitions(self) -> list[InputPartition]:
        """Return the files."""
        return [PostsFile(path, number) for number, path in enumerate(self._files, self._first)]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Yield the rows of one file."""
        yield from self._read(cast(PostsFile, partition)).combine_chunks().to_batches()


def read_ids(file: PostsFile) -> pa.Table:
    """Return the rows of PostIds of one file."""
    ids = read_fields(Path(file.path).read_bytes(), _ID)["id"]
    return pa.table({"id": ids, "file": pa.repeat(file.number, len(ids)), "row": pa.arange(0, len(ids))})


def read_deltas(duplicates: str, file: PostsFile) -> pa.Table:
    """Return the rows of PostDeltas of one file."""
    posts = parse(Path(file.path).read_bytes())
    left_out = Path(duplicates) / f"file={file.number}"
    if left_out.exists():
        rows = pa.chunked_array(
            [pq.ParquetFile(part).read(["row"])["row"].combine_chunks() for part in left_out.glob("*.parquet")]
        )
        posts = posts.filter(pc.invert(pc.is_in(pa.arange(0, posts.num_rows), rows)))
    return batch_rows(posts, file.number, file.number + 1)
