"""``/board-history/``: what the rows of a board show of their day. The page asks when its hashtags change.

An answer serves all who watch the same choice for a while, so that viewers cost Redis nothing more.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus

import msgspec
from django.http import HttpRequest, HttpResponse
from redis.asyncio import Redis

from trendsite.queries.choice import Choice, ChoiceError, choice_of
from trendsite.queries.hiding import hides_in
from trendsite.queries.pipeline_status import read_clock, read_pipeline_status
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.queries.row_history import BoardHistory, read_board_history
from trendsite.trending.rising_ranking import read_chosen_ranking, read_usual_hours

KEPT_SECONDS = 15.0
MOST_KEPT = 200
MOST_AT_ONCE = 4
"""Answers that a process computes at the same time. One more request is refused for a moment."""

NOTHING = BoardHistory(0, {})

Read = Callable[[Choice], Awaitable[BoardHistory]]


class BusyError(Exception):
    """Too many answers are being computed."""


class HistoryCache:
    """The latest answers of a process by choice, each computed once for all who ask at the same time."""

    def __init__(self, read: Read, clock: Callable[[], float] = time.monotonic) -> None:
        """Compute answers with ``read``; ``clock`` counts seconds."""
        self._read = read
        self._clock = clock
        self._kept: dict[Choice, tuple[float, BoardHistory]] = {}
        self._computing: dict[Choice, asyncio.Task[BoardHistory]] = {}

    async def get(self, choice: Choice) -> BoardHistory:
        """Return an answer that is at most KEPT_SECONDS old.

        Raises:
            BusyError: MOST_AT_ONCE others are being computed.
            RedisError, OSError: Redis is away.
        """
        made_at, kept = self._kept.get(choice, (-KEPT_SECONDS, NOTHING))
        if self._clock() - made_at < KEPT_SECONDS:
            return kept
        if choice not in self._computing:
            if len(self._computing) >= MOST_AT_ONCE:
                raise BusyError
            task = asyncio.ensure_future(self._read(choice))
            self._computing[choice] = task
            task.add_done_callback(lambda done: self._keep(choice, done))
        # A reader who leaves does not take the answer from the others.
        return await asyncio.shield(self._computing[choice])

    def clear(self) -> None:
        """Forget every answer."""
        self._kept.clear()
        self._computing.clear()

    def _keep(self, choice: Choice, done: asyncio.Task[BoardHistory]) -> None:
        self._computing.pop(choice, None)
        if done.cancelled() or done.exception():
            return
        self._kept.pop(choice, None)
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[choice] = (self._clock(), done.result())


async def _read(choice: Choice) -> BoardHistory:
    async with open_redis(timeout=2.0) as redis:
        return await _read_from(redis, choice)


async def _read_from(redis: Redis, choice: Choice) -> BoardHistory:
    pipeline = await read_pipeline_status(redis)
    if pipeline.board is None:
        return NOTHING
    shown = pipeline.board.chosen(choice.networks)
    now, clock = datetime.now(UTC), await read_clock(redis, shown)
    ranking = await read_chosen_ranking(redis, shown, choice, choice.top, now)
    history = await read_board_history(redis, shown, choice, ranking, clock)
    for key, usual in (await read_usual_hours(redis, shown.sources, ranking, clock, now)).items():
        history.hashtags[key].usual = usual
    return history


process_cache = HistoryCache(_read)


async def board_history(request: HttpRequest) -> HttpResponse:
    """Return the histories of a choice's hashtags as JSON, without hidden ones; 503 while they cannot be read."""
    try:
        choice = choice_of(dict(request.GET.lists()))
    except ChoiceError as error:
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8", status=HTTPStatus.BAD_REQUEST)
    try:
        history = await process_cache.get(choice)
    except (*REDIS_IS_AWAY, BusyError):
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "30"})
    hides = hides_in(choice.languages, datetime.now(UTC))
    visible = {key: row for key, row in history.hashtags.items() if not (hides and hides(key))}
    body = msgspec.json.encode(BoardHistory(history.hours, visible))
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "no-store"})
