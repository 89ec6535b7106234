"""The answers of the API as HTTP: JSON or CSV, and how they may be cached.

An archived day does not change by itself. Still no cache may serve it without asking: an editor may hide a hashtag at
any time, which must disappear everywhere within a second, and a day may be archived again. So a final answer has an
ETag and ``no-cache``: a client that has it asks each time and receives 304 without the body. An answer that changes
with each post is ``no-store``.
"""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import islice

import msgspec
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from trendsite.archive.pipeline.day_files import BYTE_ORDER_MARK, safe_cell

JSON = "application/json"
CSV = "text/csv"

Cell = str | int | float | bool | date | None
AnyResponse = HttpResponse | StreamingHttpResponse

_ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Table:
    """An answer as a table: each row has one cell for each column. ``name`` becomes the file's name."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def table_name(what: str, source: str) -> str:
    """Return the name of a table of one source, safe in a file's name."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", f"{what}-{source}")


def table_of(name: str, kind: type[msgspec.Struct], items: Sequence[msgspec.Struct]) -> Table:
    """Return the table of flat structs: a column for each field, a row for each struct.

    Instead of ``networks`` it has a column with the posts from each network, if there are several.
    """
    plain = [field for field in kind.__struct_fields__ if field != "networks"]
    networks = networks_of(items)
    rows = ([*(getattr(item, field) for field in plain), *posts_by_network(item, networks)] for item in items)
    return Table(name, [*plain, *network_columns(networks)], rows)


def networks_of(items: Iterable[msgspec.Struct]) -> list[str]:
    """Return the names of the networks in ``networks`` of some structs."""
    return sorted({name for item in items for name in getattr(item, "networks", None) or ()})


def network_columns(networks: Iterable[str]) -> list[str]:
    """Return the columns for the posts from each network."""
    return [f"posts_{name}" for name in networks]


def posts_by_network(item: msgspec.Struct, networks: Iterable[str]) -> list[Cell]:
    """Return the posts of a struct from each network, None where it has none."""
    of_item: dict[str, int] = getattr(item, "networks", None) or {}
    return [of_item.get(name) for name in networks]


async def respond(
    request: HttpRequest,
    body: msgspec.Struct,
    table: Table | None = None,
    wanted: str | None = None,
    *,
    is_final: bool = False,
) -> HttpResponseBase:
    """Return an answer in the ``wanted`` format: ``json``, ``csv`` or ``excel``, which is CSV with a byte order mark.

    Without a format, the Accept header decides. A final answer may be cached if each use asks first.
    """
    is_csv = wanted in ("csv", "excel") or (wanted is None and request.get_preferred_type([JSON, CSV]) == CSV)
    if table is None or not is_csv:
        table = None
    if not is_final:
        response = _csv(table, wanted) if table else HttpResponse(msgspec.json.encode(body), content_type=JSON)
        response["Cache-Control"] = "no-store"
        response["Vary"] = "Accept"
        return response
    # A race has hundreds of kilobytes: encode it in a thread, so that others are served meanwhile.
    encoded, digest = await asyncio.to_thread(_encode, body)
    if table is None:
        return revalidated(request, HttpResponse(encoded, content_type=JSON), digest)
    return revalidated(request, _csv(table, wanted), f"{digest}-{'excel' if wanted == 'excel' else 'csv'}")


def revalidated(request: HttpRequest, response: AnyResponse, digest: str) -> HttpResponseBase:
    """Return a response that may be cached if each use asks first, or 304 to a client that has it.

    ``digest`` changes whenever the response changes.
    """
    response["Cache-Control"] = "public, no-cache"
    # The same address may answer as JSON and as CSV.
    response["Vary"] = "Accept"
    response["ETag"] = etag = quote_etag(digest)
    # Its stubs forget that a response may be streamed.
    return get_conditional_response(request, etag=etag, response=response) or response  # type: ignore[arg-type]


def digest_of(body: bytes) -> str:
    """Return 32 hexadecimal digits that identify a body."""
    return sha256(body).hexdigest()[:32]


def _encode(body: msgspec.Struct) -> tuple[bytes, str]:
    encoded = msgspec.json.encode(body)
    return encoded, digest_of(encoded)


def _csv(table: Table, wanted: str | None) -> StreamingHttpResponse:
    lines = _csv_lines(table, for_excel=wanted == "excel")
    response = StreamingHttpResponse(lines, content_type=f"{CSV}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{table.name}.csv"'
    return response


async def _csv_lines(table: Table, *, for_excel: bool) -> AsyncIterator[bytes]:
    """Yield a table as CSV (RFC 4180, UTF-8), some rows at a time, so that others are served between them.

    Excel reads a file as UTF-8 only if it begins with a byte order mark.
    """
    rows = iter(table.rows)
    yield (BYTE_ORDER_MARK if for_excel else b"") + _lines([table.columns])
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        yield _lines([_text(cell) for cell in row] for row in some)
        await asyncio.sleep(0)


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def _text(cell: Cell) -> str:
    """Return a cell's text, empty if the value is unknown. No text runs as a formula in a spreadsheet."""
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
