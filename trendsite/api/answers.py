"""How the read API answers: JSON that nobody keeps, an error as ``{"error": "..."}``."""

from collections.abc import Awaitable

import msgspec
from django.http import HttpResponse

from trendsite.api.errors import ApiError


async def json_answer(answering: Awaitable[msgspec.Struct]) -> HttpResponse:
    """Return what ``answering`` results in, or the ApiError that it raises."""
    try:
        body, status = msgspec.json.encode(await answering), 200
    except ApiError as error:
        body, status = msgspec.json.encode({"error": str(error)}), error.status
    response = HttpResponse(body, content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    return response
