"""Files of posts (contract.backfill) as two Python data sources, a task a file: ids, and what the posts add.

Both yield Arrow record batches. The ids come first: they show which posts are duplicates, and what
those would add is then left out.
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

from streaming.additions import COLUMNS, additions
from streaming.posts import parse, read_fields

_ID = pa.schema([("id", pa.string())])


@dataclass
class PostsFile(InputPartition):
    """One file; ``number`` is its place among all."""

    path: str
    number: int


class PostIds(DataSource):
    """``spark.read.format("post_ids")``: the id of each post, and where it is. Option: ``files``, a path a line."""

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return "post_ids"

    def schema(self) -> str:
        """Return the columns; the post is the one of line ``row`` of file ``file``, both counted from 0."""
        return "id string, file long, row long"

    def reader(self, schema: StructType) -> "FilesReader":  # noqa: ARG002 - Spark's signature
        """Return the reader of these files."""
        return FilesReader(self.options["files"].splitlines(), 0, ids_in)


class PostsFiles(DataSource):
    """``spark.read.format("posts_files")``: streaming.additions of the posts in files.

    Options: ``files``, a path a line; ``first``, the number of the first of them; ``duplicates``, a Parquet folder of
    (``file``, ``row``) partitioned by file: the posts to leave out.
    """

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return "posts_files"

    def schema(self) -> str:
        """Return the columns of streaming.additions."""
        return COLUMNS

    def reader(self, schema: StructType) -> "FilesReader":  # noqa: ARG002 - Spark's signature
        """Return the reader of these files."""
        return FilesReader(
            self.options["files"].splitlines(),
            int(self.options["first"]),
            partial(additions_in, self.options["duplicates"]),
        )


class FilesReader(DataSourceReader):
    """A partition a file."""

    def __init__(self, files: list[str], first: int, read: Callable[[PostsFile], pa.Table]) -> None:
        """Read these files, each by ``read``; ``first`` is the number of the first."""
        self._files = files
        self._first = first
        self._read = read

    def partitions(self) -> list[InputPartition]:
        """Return the files."""
        return [PostsFile(path, number) for number, path in enumerate(self._files, self._first)]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Return the rows of one file."""
        yield from self._read(cast(PostsFile, partition)).combine_chunks().to_batches()


def ids_in(file: PostsFile) -> pa.Table:
    """Return the rows of PostIds of one file."""
    ids = read_fields(Path(file.path).read_bytes(), _ID)["id"]
    return pa.table({"id": ids, "file": pa.repeat(file.number, len(ids)), "row": pa.arange(0, len(ids))})


def additions_in(duplicates: str, file: PostsFile) -> pa.Table:
    """Return the rows of PostsFiles of one file."""
    posts = parse(Path(file.path).read_bytes())
    left_out = Path(duplicates) / f"file={file.number}"
    if left_out.exists():
        rows = pa.chunked_array(
            [pq.ParquetFile(part).read(["row"])["row"].combine_chunks() for part in left_out.glob("*.parquet")]
        )
        posts = posts.filter(pc.invert(pc.is_in(pa.arange(0, posts.num_rows), rows)))
    return additions(posts)
