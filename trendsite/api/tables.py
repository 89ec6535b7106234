"""An answer as CSV: rows of plain cells, sent as they are written, harmless in a spreadsheet."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

import msgspec

from trendsite.history.spreadsheet import safe_cell

Cell = str | int | float | bool | date | None

_ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Table:
    """A table under a name, with as many cells in each row as there are ``columns``."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def table_of(name: str, kind: type[msgspec.Struct], items: Iterable[msgspec.Struct]) -> Table:
    """Return the table of structs without structs in them: a column a field, a row an item."""
    return Table(name, kind.__struct_fields__, (msgspec.structs.astuple(item) for item in items))


async def csv_lines(table: Table) -> AsyncIterator[bytes]:
    """Write a table as CSV (RFC 4180, UTF-8), some rows at a time; between them others are served."""
    rows = iter(table.rows)
    yield _lines([table.columns])
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        yield _lines([_text(cell) for cell in row] for row in some)
        await asyncio.sleep(0)


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def _text(cell: Cell) -> str:
    """Return a cell's text: empty where nothing is known."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case str():
            return safe_cell(cell)
        case date():
            return cell.isoformat()
        case _:
            return str(cell)
