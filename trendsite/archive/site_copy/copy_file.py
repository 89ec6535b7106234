"""The file of a copy: lines of JSON, compressed with gzip. The guide describes it.

The first line says what the file is, each further line is a row, and the last has the number of rows and the SHA-256
of all lines before it. So a truncated or changed file is known as such before anything is written to the database.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from trendsite.archive.pipeline.archive_errors import StorageError

FORMAT = 1
"""A later version that changes the meaning of a line raises it. New tables and fields do not need that."""

_LONGEST_LINE = 16 * 1024 * 1024

_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
"""How ``write_copy`` begins a file. gzip's own checksum does not cover it."""


@dataclass(frozen=True)
class Row:
    """A row of a table: its fields by name."""

    table: str
    fields: dict[str, object]


def write_copy(path: Path, made_at: datetime, rows: Iterable[Row]) -> int:
    """Write a copy, and return the number of its rows. The same rows at the same time give the same bytes."""
    digest = hashlib.sha256()
    count = 0
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:

        def write(line: dict[str, object]) -> None:
            encoded = json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n"
            digest.update(encoded)
            file.write(encoded)

        write({"trendsite_site_copy": FORMAT, "made_at": made_at.isoformat()})
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count
            write({"table": row.table, "row": row.fields})
        write({"rows": count, "sha256": digest.hexdigest()})
    return count


def check_copy(path: Path, name: str) -> None:
    """Read a copy to its end. ``name`` is for the error.

    Raises:
        StorageError: it is damaged, or its format is that of a later version.
    """
    with path.open("rb") as file:
        if file.read(len(_GZIP_HEADER)) != _GZIP_HEADER:
            raise StorageError(f"{name} is damaged: its header is wrong")
    digest = hashlib.sha256()
    rows = -1
    last = b""
    for line in _lines(path, name):
        if rows < 0:
            _check_format(_parsed(line, name).get("trendsite_site_copy"), name)
        digest.update(last)
        last = line
        rows += 1
    end = _parsed(last, name)
    if end.get("rows") != rows - 1 or end.get("sha256") != digest.hexdigest():
        raise StorageError(f"{name} is damaged: its checksum is wrong")


def read_copy(path: Path, name: str) -> Iterator[Row]:
    """Yield the rows of a copy that ``check_copy`` has checked.

    Raises:
        StorageError: it is damaged.
    """
    for line in _lines(path, name):
        found = _parsed(line, name)
        table, fields = found.get("table"), found.get("row")
        if isinstance(table, str) and isinstance(fields, dict):
            yield Row(table, fields)


def _check_format(found: object, name: str) -> None:
    if not isinstance(found, int):
        raise StorageError(f"{name} is damaged: it does not begin as a copy of the site's data")
    if found > FORMAT:
        raise StorageError(f"{name} is of a later version of Trendsite: restore it with that version")


def _lines(path: Path, name: str) -> Iterator[bytes]:
    try:
        with gzip.open(path) as file:
            while line := file.readline(_LONGEST_LINE):
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise StorageError(f"{name} is damaged: {type(error).__name__}") from None


def _parsed(line: bytes, name: str) -> dict[str, object]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise StorageError(f"{name} is damaged: a line is no JSON object")
    return found
