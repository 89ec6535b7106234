"""GET /healthz, /readyz and /metrics: whether this process serves, and how every part of Trendsite does."""

import asyncio
import hmac
from datetime import UTC, datetime
from http import HTTPStatus

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from trendsite.api.metrics import Observed, TrendsiteCollector
from trendsite.queries.health import SystemHealth, read_disk_usage, read_health
from trendsite.queries.site_processes import read_processes_in_time


@require_safe
async def healthz(_request: HttpRequest) -> HttpResponse:
    """Return the health of every part within a second. The status is 200: this process is alive and serves.

    A program may restart a process that does not answer this.
    """
    _, health = await read_health()
    return _response(health, HTTPStatus.OK)


@require_safe
async def readyz(_request: HttpRequest) -> HttpResponse:
    """Return the same as /healthz: 200 if all parts work, otherwise 503.

    Its 503 means that a person is needed. No restart helps.
    """
    _, health = await read_health()
    return _response(health, HTTPStatus.OK if health.ok else HTTPStatus.SERVICE_UNAVAILABLE)


@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics of every part for Prometheus, within a second.

    If METRICS_TOKEN is set, only to a request with ``Authorization: Bearer`` and that token.
    """
    if not _may_read_metrics(request):
        response = HttpResponse("METRICS_TOKEN is needed\n", content_type="text/plain", status=HTTPStatus.UNAUTHORIZED)
        response["WWW-Authenticate"] = "Bearer"
        return response
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(TrendsiteCollector(await _observe()))
    response = HttpResponse(encode(registry), content_type=content_type)
    response["Cache-Control"] = "no-store"
    return response


def _may_read_metrics(request: HttpRequest) -> bool:
    sent = request.headers.get("Authorization", "").encode()
    return not settings.METRICS_TOKEN or hmac.compare_digest(sent, f"Bearer {settings.METRICS_TOKEN}".encode())


async def _observe() -> Observed:
    now = datetime.now(UTC)
    (pipeline, health), disk, processes = await asyncio.gather(
        read_health(), read_disk_usage(), read_processes_in_time(now)
    )
    return Observed(pipeline, health, disk, processes, now)


def _response(health: SystemHealth, status: HTTPStatus) -> HttpResponse:
    response = HttpResponse(msgspec.json.encode(health), content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    return response
