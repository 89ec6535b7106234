"""The WebSocket of one viewer at /ws/board/: joins the hub, hears choices, refuses rubbish."""

import asyncio
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer

from trendsite.board.hub import Hub
from trendsite.board.messages import (
    POLICY_VIOLATION,
    UNSUPPORTED_DATA,
    Choose,
    MessageError,
    Received,
    decode_viewer_message,
)
from trendsite.board.viewer import Viewer
from trendsite.live.choice import EVERYTHING, Choice, ChoiceError, parse_choice


class BoardConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One viewer's connection. A choice in its address, ``?languages=en&window=hour&top=25``, spares a message."""

    def __init__(self, hub: Hub) -> None:
        """Take rankings from ``hub``."""
        super().__init__()
        self._hub = hub
        self._viewer: Viewer | None = None

    async def connect(self) -> None:
        """Join the hub, which greets the viewer at once."""
        await self.accept()
        try:
            choice = _choice(self.scope["query_string"])
        except ChoiceError as error:
            await self.close(POLICY_VIOLATION, str(error))
            return
        self._viewer = Viewer(choice, self.send)
        self._sending = asyncio.create_task(self._viewer.send_offers())
        self._hub.join(self._viewer)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Follow a choice; close on anything else."""
        if self._viewer is None:
            return
        if text_data is None or bytes_data is not None:
            await self._refuse(UNSUPPORTED_DATA, "send text")
            return
        try:
            self._obey(self._viewer, decode_viewer_message(text_data))
        except MessageError as error:
            await self._refuse(POLICY_VIOLATION, str(error))

    def _obey(self, viewer: Viewer, message: Choose | Received) -> None:
        if isinstance(message, Received):
            viewer.acknowledge(message.received)
        else:
            self._hub.choose(viewer, message.choice())

    async def _refuse(self, code: int, reason: str) -> None:
        self._leave()
        await self.close(code, reason)

    async def disconnect(self, _code: int) -> None:
        """Leave the hub."""
        self._leave()

    def _leave(self) -> None:
        if self._viewer:
            self._hub.leave(self._viewer)
            self._sending.cancel()
            self._viewer = None


def _choice(query_string: bytes) -> Choice:
    query = parse_qs(query_string.decode("latin-1"))
    window, top = query.get("window", [EVERYTHING.window]), query.get("top", [str(EVERYTHING.top)])
    return parse_choice(query.get("languages", []), window[-1], top[-1])
