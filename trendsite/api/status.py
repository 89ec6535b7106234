"""GET /api/v1/status: what the board says of its own data, and whether every part reports."""

from datetime import UTC, date, datetime

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trendsite.api.answers import Answer, respond
from trendsite.api.health import read_health
from trendsite.api.openapi import operation
from trendsite.api.query import refuse_others
from trendsite.live.board_status import BoardStatus, board_status


class Parts(msgspec.Struct):
    """Whether each part does its work."""

    redis: bool
    database: bool
    collector: bool
    streaming: bool


class Status(msgspec.Struct):
    """How everything is: ``ok`` when every part is; ``day`` and ``source`` are what the board shows, None as yet."""

    ok: bool
    parts: Parts
    day: date | None
    source: str | None
    board: BoardStatus


@operation("/api/v1/status", Status, "/api/v1/status", as_table=False, may_lack=False)
async def status(request: HttpRequest) -> HttpResponseBase:
    """How everything is.

    Where posts come from, how fast, what was dropped, and up to when they are counted. The status is 200 even if a
    part is away.
    """
    refuse_others(request)
    pipeline, health = await read_health()
    parts = Parts(health.redis.ok, health.database.ok, health.collector.ok, health.streaming.ok)
    shown = pipeline.shown
    told = Status(
        ok=health.ok,
        parts=parts,
        day=shown.day if shown else None,
        source=shown.source if shown else None,
        board=board_status(pipeline, datetime.now(UTC)),
    )
    return await respond(request, Answer(told))
