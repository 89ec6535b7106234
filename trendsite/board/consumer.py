"""The WebSocket of one viewer at /ws/board/: joins the hub, hears choices, refuses rubbish."""

import logging
import time
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from trendsite.board.admission import Admission
from trendsite.board.allowance import Allowance
from trendsite.board.hub import Hub
from trendsite.board.messages import decode_choice
from trendsite.board.outlet import EXTENSION
from trendsite.board.refusal import RefusedError
from trendsite.board.viewer import Viewer
from trendsite.live.choice import Choice, ChoiceError, choice_of
from trendsite.live.client_address import address_of
from trendsite.live.viewers import Viewers

# What the server says when it ended a connection because of a message that it did not even take in.
_MESSAGE_TOO_BIG = 1009

log = logging.getLogger(__name__)


class BoardConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One viewer's connection. A choice in its address, ``?languages=en&top=25&by=authors``, spares a message."""

    def __init__(self, hub: Hub, admission: Admission, viewers: Viewers) -> None:
        """Take rankings from ``hub`` if ``admission`` allows; keep count in ``viewers``."""
        super().__init__()
        self._hub = hub
        self._admission = admission
        self._viewers = viewers
        self._viewer: Viewer | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle a message right here; Channels would first look in a thread after databases, of which we use none."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Join the hub, which greets the viewer at once."""
        await self.accept()
        try:
            self._enter()
        except RefusedError as refusal:
            await self._refuse(refusal)

    def _enter(self) -> None:
        choice = _choice(self.scope["query_string"])
        # There is no client when it has gone already.
        peer, _port = self.scope["client"] or ("", 0)
        address = address_of(peer, self.scope["headers"], behind_proxy=settings.SITE_IS_HTTPS)
        self._admission.enter(address)
        outlet = self.scope["extensions"][EXTENSION]
        # Refused, a viewer that reads nothing is still connected for a while.
        outlet.on_lost = partial(self._admission.leave, address)
        self._allowance = Allowance(time.monotonic())
        viewer = Viewer(choice, outlet, address)
        self._hub.join(viewer)
        self._viewer = viewer
        self._viewers.watching += 1
        outlet.on_room = lambda: self._hub.catch_up(viewer)

    async def receive(self, text_data: str | None = None, **_binary: bytes) -> None:
        """Follow a choice; close on anything else."""
        if self._viewer is None:
            return
        try:
            self._allowance.spend(time.monotonic())
            self._hub.choose(self._viewer, decode_choice(text_data))
        except RefusedError as refusal:
            await self._refuse(refusal)

    async def _refuse(self, refusal: RefusedError) -> None:
        self._leave()
        self._note(refusal.kind, str(refusal))
        await self.close(refusal.code, str(refusal))

    def _note(self, kind: str, reason: str) -> None:
        self._viewers.refuse(kind)
        log.info("A viewer was refused (%s): %s", kind, reason)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        """Leave the hub."""
        if self._viewer and message["code"] == _MESSAGE_TOO_BIG:
            self._note("too long", "the server did not take the message in")
        self._leave()
        raise StopConsumer

    def _leave(self) -> None:
        if self._viewer:
            self.scope["extensions"][EXTENSION].on_room = _nothing
            self._hub.leave(self._viewer)
            self._viewer = None
            self._viewers.watching -= 1


def _nothing() -> None:
    """Stand where nobody waits for room any more."""


def _choice(query_string: bytes) -> Choice:
    try:
        return choice_of(parse_qs(query_string.decode("latin-1")))
    except ChoiceError as error:
        raise RefusedError("rubbish", str(error)) from error
