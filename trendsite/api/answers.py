"""How the read API answers: JSON, an error as ``{"error": "..."}``. Nobody keeps an answer unless it says how long."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from trendsite.api.errors import ApiError


@dataclass(frozen=True)
class Kept:
    """An answer that whoever asked may keep, for as long as ``cache_control`` says."""

    body: msgspec.Struct
    cache_control: str


async def json_answer(answering: Awaitable[msgspec.Struct]) -> HttpResponse:
    """Return what ``answering`` results in, or the ApiError that it raises."""
    try:
        return _json(msgspec.json.encode(await answering), 200, "no-store")
    except ApiError as error:
        return _error(error)


async def kept_answer(request: HttpRequest, answering: Awaitable[Kept]) -> HttpResponseBase:
    """Return what ``answering`` results in, without its body to whoever has it, or the ApiError that it raises."""
    try:
        kept = await answering
    except ApiError as error:
        return _error(error)
    # A race is hundreds of kilobytes: others are served meanwhile.
    body, etag = await asyncio.to_thread(_encode, kept.body)
    response = _json(body, 200, kept.cache_control)
    response["ETag"] = etag
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def _encode(body: msgspec.Struct) -> tuple[bytes, str]:
    encoded = msgspec.json.encode(body)
    return encoded, quote_etag(sha256(encoded).hexdigest()[:32])


def _error(error: ApiError) -> HttpResponse:
    return _json(msgspec.json.encode({"error": str(error)}), error.status, "no-store")


def _json(body: bytes, status: int, cache_control: str) -> HttpResponse:
    response = HttpResponse(body, content_type="application/json", status=status)
    response["Cache-Control"] = cache_control
    return response
