"""What every request to API and feeds passes: the rate limit; and what every error there looks like."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.decorators import async_only_middleware

from trendsite.api.answers import JSON
from trendsite.api.errors import error_answer
from trendsite.api.rate_limit import MINUTE, Spent, requests_of_this_process, spend
from trendsite.live.client_address import address_of
from trendsite.live.connection import REDIS_IS_AWAY, open_redis

PREFIXES = ("/api/", "/feeds/")

Handler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

_SENTENCES = {
    HTTPStatus.NOT_FOUND: "this address leads nowhere: /api/ has those there are",
    HTTPStatus.METHOD_NOT_ALLOWED: "everything here is read only: use GET or HEAD",
    HTTPStatus.INTERNAL_SERVER_ERROR: "the site failed: its log says why",
}


@async_only_middleware
def public_api(get_response: Handler) -> Handler:
    """Return the middleware."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIXES):
            return await get_response(request)
        spent = await _spend(request)
        if spent is None:
            return _in_one_shape(await get_response(request))
        response = _too_many(spent) if spent.is_over else _in_one_shape(await get_response(request))
        # As draft-ietf-httpapi-ratelimit-headers has them.
        response["RateLimit-Policy"] = f'"minute";q={spent.limit};w={MINUTE}'
        response["RateLimit"] = f'"minute";r={spent.left};t={spent.seconds}'
        return response

    return middleware


async def _spend(request: HttpRequest) -> Spent | None:
    """Return what is left to the address; None while Redis is away: the archive answers then all the same."""
    counted = requests_of_this_process
    try:
        async with open_redis(timeout=1.0) as redis:
            spent = await spend(redis, _address(request), settings.API_REQUESTS_PER_MINUTE, timezone.now())
    except REDIS_IS_AWAY:
        counted.uncounted += 1
        return None
    if spent.is_over:
        counted.refused += 1
    else:
        counted.taken += 1
    return spent


def _address(request: HttpRequest) -> str:
    forwarded = request.headers.get("X-Forwarded-For")
    headers = [(b"x-forwarded-for", forwarded.encode("latin-1", "replace"))] if forwarded else []
    return address_of(request.META.get("REMOTE_ADDR", ""), headers, behind_proxy=settings.SITE_IS_HTTPS)


def _too_many(spent: Spent) -> HttpResponseBase:
    sentence = f"{spent.limit} requests a minute are allowed to an address: wait {spent.seconds} seconds"
    response = error_answer(HTTPStatus.TOO_MANY_REQUESTS, sentence)
    response["Retry-After"] = str(spent.seconds)
    return response


def _in_one_shape(response: HttpResponseBase) -> HttpResponseBase:
    """Return an error that is not ours, of the router for one, as ours are."""
    if response.status_code < HTTPStatus.BAD_REQUEST or response["Content-Type"] == JSON:
        return response
    status = HTTPStatus(response.status_code)
    answer = error_answer(status, _SENTENCES.get(status, status.phrase.lower()))
    if "Allow" in response:
        answer["Allow"] = "GET, HEAD"
    return answer
