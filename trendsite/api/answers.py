"""How the API answers: JSON or CSV, and who may keep it for how long.

An archived day never changes by itself. All the same nobody may show a kept copy of it without asking: an editor
may hide a hashtag at any time, which must be gone everywhere within a second, and a day may be archived anew. So what
is final carries an ETag and ``no-cache``: who has it asks each time, and is told 304, "as before", without the body.
What still changes with each post is not kept at all.
"""

import asyncio
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from trendsite.api.tables import Table, csv_lines

JSON = "application/json"
CSV = "text/csv"

KEPT_BUT_ASKED_FOR = "public, no-cache"
NOT_KEPT = "no-store"

# The same address may answer as JSON and as CSV.
_BOTH_FORMATS = "Accept"


AnyResponse = HttpResponse | StreamingHttpResponse


@dataclass(frozen=True)
class Answer:
    """What an operation found: as JSON ``body``, as CSV ``table``. It ``may_be_kept`` by who asks again each time."""

    body: msgspec.Struct
    may_be_kept: bool = False
    table: Table | None = None


async def respond(request: HttpRequest, answer: Answer, wanted: str | None = None) -> HttpResponseBase:
    """Return an answer in the ``wanted`` format, ``json`` or ``csv``, without one in what the request accepts."""
    table = answer.table if _is_csv(request, wanted) else None
    if not answer.may_be_kept:
        return _not_kept(_csv(table) if table else _json(msgspec.json.encode(answer.body)))
    # A race is hundreds of kilobytes: others are served meanwhile.
    body, digest = await asyncio.to_thread(_encode, answer.body)
    return kept(request, _csv(table) if table else _json(body), f"{digest}-csv" if table else digest)


def kept(request: HttpRequest, response: AnyResponse, digest: str) -> HttpResponseBase:
    """Return a response that may be kept by who asks again each time, without its body to whoever has it.

    ``digest`` is another one whenever the response is.
    """
    response["Cache-Control"] = KEPT_BUT_ASKED_FOR
    response["Vary"] = _BOTH_FORMATS
    response["ETag"] = known = quote_etag(digest)
    # Its stubs forget that a response may be streamed.
    return get_conditional_response(request, etag=known, response=response) or response  # type: ignore[arg-type]


def digest_of(body: bytes) -> str:
    """Return what stands for a body."""
    return sha256(body).hexdigest()[:32]


def _not_kept(response: AnyResponse) -> AnyResponse:
    response["Cache-Control"] = NOT_KEPT
    response["Vary"] = _BOTH_FORMATS
    return response


def _encode(body: msgspec.Struct) -> tuple[bytes, str]:
    encoded = msgspec.json.encode(body)
    return encoded, digest_of(encoded)


def _json(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type=JSON)


def _csv(table: Table) -> StreamingHttpResponse:
    response = StreamingHttpResponse(csv_lines(table), content_type=f"{CSV}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{table.name}.csv"'
    return response


def _is_csv(request: HttpRequest, wanted: str | None) -> bool:
    return wanted == "csv" or (wanted is None and request.get_preferred_type([JSON, CSV]) == CSV)
