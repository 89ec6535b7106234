"""The WebSocket /ws/board/: one consumer per viewer. It subscribes, follows choices and refuses invalid messages."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from trendsite.board.live.broadcaster import Broadcaster
from trendsite.board.live.frame_writer import EXTENSION, PreparedFrame
from trendsite.board.live.limits import RefusalKind, RefusedError, TokenBucket, ViewerLimits
from trendsite.board.live.messages import decode_choice
from trendsite.board.live.subscribers import FrameWriter, Subscriber
from trendsite.client_address import address_of
from trendsite.queries.choice import Choice, ChoiceError, choice_of
from trendsite.queries.health import Viewers

# The close code of the server for a message over its size limit, which never reaches this consumer.
_MESSAGE_TOO_BIG = 1009

log = logging.getLogger(__name__)


class BoardConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One viewer's connection. The query string may hold its first choice: ``?languages=en&top=25&by=authors``."""

    def __init__(self, broadcaster: Broadcaster, limits: ViewerLimits, viewers: Viewers) -> None:
        """Subscribe to ``broadcaster`` within ``limits``; count viewers and refusals in ``viewers``."""
        super().__init__()
        self._broadcaster = broadcaster
        self._limits = limits
        self._viewers = viewers
        self._subscriber: Subscriber | None = None
        self._address: str | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle a message directly. Channels would first close old database connections in a thread; here are none."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Accept the WebSocket and subscribe."""
        await self.accept()
        try:
            self._subscribe()
        except RefusedError as refusal:
            await self._refuse(refusal)

    def _subscribe(self) -> None:
        choice = _choice(self.scope["query_string"])
        # There is no client if it has already disconnected.
        peer, _port = self.scope["client"] or ("", 0)
        address = address_of(peer, self.scope["headers"], behind_proxy=settings.SITE_IS_HTTPS)
        self._limits.enter(address)
        self._address = address
        frame_writer: FrameWriter = self.scope.get("extensions", {}).get(EXTENSION) or AsgiFrameWriter(self.send)
        frame_writer.mark_subscribed()
        self._token_bucket = TokenBucket(time.monotonic())
        subscriber = Subscriber(choice, frame_writer, address, self._viewers)
        self._broadcaster.subscribe(subscriber)
        self._subscriber, self._frame_writer = subscriber, frame_writer
        self._viewers.watching += 1
        frame_writer.on_writable = lambda: self._broadcaster.catch_up(subscriber)

    async def receive(self, text_data: str | None = None, **_binary: bytes) -> None:
        """Follow a choice; close the connection on anything else."""
        if self._subscriber is None:
            return
        try:
            self._token_bucket.take(time.monotonic())
            self._broadcaster.change_choice(self._subscriber, decode_choice(text_data))
        except RefusedError as refusal:
            await self._refuse(refusal)

    async def _refuse(self, refusal: RefusedError) -> None:
        self._unsubscribe()
        self._count_refusal(refusal.kind, str(refusal))
        await self.close(refusal.code, str(refusal))

    def _count_refusal(self, kind: RefusalKind, reason: str) -> None:
        self._viewers.refuse(kind)
        log.info("A viewer was refused (%s): %s", kind, reason)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """Unsubscribe."""
        if self._subscriber and message["code"] == _MESSAGE_TOO_BIG:
            self._count_refusal("too long", "the server did not read the message")
        self._unsubscribe()
        # A refused viewer that reads nothing stays connected for a while, and counts until now.
        if self._address is not None:
            self._limits.leave(self._address)
        raise StopConsumer

    def _unsubscribe(self) -> None:
        if self._subscriber:
            self._frame_writer.on_writable = _do_nothing
            self._broadcaster.unsubscribe(self._subscriber)
            self._subscriber = None
            self._viewers.watching -= 1


class AsgiFrameWriter:
    """Writes frames through ASGI, one after the other, where the server has no faster way: ``manage.py runserver``."""

    on_writable: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, send: Callable[..., Awaitable[None]]) -> None:
        """Write through ``send(text_data=...)``."""
        self._send_text = send
        self._task: asyncio.Task[None] | None = None

    def mark_subscribed(self) -> None:
        """Do nothing: the server has deadlines of its own."""

    def write(self, frames: Sequence[PreparedFrame]) -> bool:
        """Write frames. Return False, and write nothing, while earlier ones still wait."""
        if self._task is None:
            self._task = asyncio.create_task(self._send(frames))
            return True
        return False

    async def _send(self, frames: Sequence[PreparedFrame]) -> None:
        for frame in frames:
            await self._send_text(text_data=frame.payload.decode())
        self._task = None
        self.on_writable()


def _do_nothing() -> None:
    """Replace a callback that is no longer needed."""


def _choice(query_string: bytes) -> Choice:
    try:
        return choice_of(parse_qs(query_string.decode("latin-1")))
    except ChoiceError as error:
        raise RefusedError("rubbish", str(error)) from error
