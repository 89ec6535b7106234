"""The middleware of API and feeds: a rate limit for each address, and one shape for every error.

Redis counts the requests, so all processes of the site share the limit.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.decorators import async_only_middleware
from redis.asyncio import Redis

from contract import redis_names
from trendsite.api.api_errors import error_response
from trendsite.api.responses import JSON
from trendsite.client_address import request_address
from trendsite.queries.health import process_requests
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis

PREFIXES = ("/api/", "/feeds/")
MINUTE = 60

GetResponse = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

_SENTENCES = {
    HTTPStatus.NOT_FOUND: "not found: /api/ lists every address",
    HTTPStatus.METHOD_NOT_ALLOWED: "everything here is read only: use GET or HEAD",
    HTTPStatus.INTERNAL_SERVER_ERROR: "the site failed: its log says why",
}


@dataclass(frozen=True)
class Quota:
    """What an address has left of ``limit`` requests for the ``seconds`` until the next minute begins."""

    limit: int
    left: int
    seconds: int
    is_exceeded: bool


@async_only_middleware
def public_api(get_response: GetResponse) -> GetResponse:
    """Return the middleware."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIXES):
            return await get_response(request)
        quota = await _quota_of(request)
        if quota is None:
            return _in_one_shape(await get_response(request))
        response = _too_many(quota) if quota.is_exceeded else _in_one_shape(await get_response(request))
        # The headers of draft-ietf-httpapi-ratelimit-headers.
        response["RateLimit-Policy"] = f'"minute";q={quota.limit};w={MINUTE}'
        response["RateLimit"] = f'"minute";r={quota.left};t={quota.seconds}'
        return response

    return middleware


async def _quota_of(request: HttpRequest) -> Quota | None:
    """Count a request and return what its address has left; None while Redis is away: the archive still answers."""
    counted = process_requests
    try:
        async with open_redis(timeout=1.0) as redis:
            quota = await _count(redis, request_address(request), settings.API_REQUESTS_PER_MINUTE, timezone.now())
    except REDIS_IS_AWAY:
        counted.uncounted += 1
        return None
    if quota.is_exceeded:
        counted.refused += 1
    else:
        counted.taken += 1
    return quota


async def _count(redis: Redis, address: str, limit: int, now: datetime) -> Quota:
    """Count one request in the UTC minute of ``now``.

    Raises:
        RedisError, OSError: Redis is away.
    """
    # Redis does not learn the address.
    digest = salted_hmac("trendsite.api.rate_limit", address).hexdigest()[:32]
    name = redis_names.api_requests(digest, int(now.timestamp()) // MINUTE)
    pipeline = redis.pipeline(transaction=True)
    pipeline.incr(name)
    pipeline.expire(name, redis_names.API_REQUESTS_TTL)
    requests, _ = await pipeline.execute()
    return Quota(limit, max(0, limit - requests), MINUTE - now.second, requests > limit)


def _too_many(quota: Quota) -> HttpResponseBase:
    sentence = f"{quota.limit} requests a minute are allowed to an address: wait {quota.seconds} seconds"
    response = error_response(HTTPStatus.TOO_MANY_REQUESTS, sentence)
    response["Retry-After"] = str(quota.seconds)
    return response


def _in_one_shape(response: HttpResponseBase) -> HttpResponseBase:
    """Return Django's own errors, such as those of its router, in the shape of the API's errors."""
    if response.status_code < HTTPStatus.BAD_REQUEST or response["Content-Type"] == JSON:
        return response
    status = HTTPStatus(response.status_code)
    error = error_response(status, _SENTENCES.get(status, status.phrase.lower()))
    if "Allow" in response:
        error["Allow"] = "GET, HEAD"
    return error
