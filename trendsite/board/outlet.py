"""uvicorn's WebSocket with a second way out: frames that are the same for everybody, straight to each socket.

The ASGI way wakes a task for every viewer and encodes every message again. What Channels needs stays as it
is: connecting, receiving, closing.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION = "trendsite.outlet"
"""Where a scope has the outlet, under ``extensions``."""

UNSENT_BYTES = 16_384
"""The most that waits in the kernel for a viewer who takes nothing; what is on its way comes on top of it."""

CLOSING_SECONDS = 5.0
"""How long a connection may still be closing when it would be asked whether it is there."""


class OutletProtocol(WebSocketsSansIOProtocol):
    """One viewer's WebSocket, which is its Outlet as well."""

    on_room: Callable[[], None] = staticmethod(lambda: None)
    on_lost: Callable[[], None] = staticmethod(lambda: None)
    _has_room = True
    _pongs = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let as little as possible wait: it would be old when it arrives."""
        super().connection_made(transport)
        transport = cast(asyncio.Transport, transport)
        # "Full" is whatever the kernel did not take at once.
        transport.set_write_buffer_limits(high=0)
        peer: socket.socket = transport.get_extra_info("socket")
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever counts connections."""
        super().connection_lost(exc)
        self.on_lost()

    def handle_connect(self, event: Request) -> None:
        """Offer the outlet to the application, which starts to run only after this."""
        super().handle_connect(event)
        if not self.close_sent:
            cast(dict[str, object], self.scope["extensions"])[EXTENSION] = self

    def write(self, frame: bytes) -> bool:
        """Pass whole frames on, unless those before are still here or the connection ends."""
        if not self._has_room or self.close_sent or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True

    def pause_writing(self) -> None:
        """Take nothing more."""
        super().pause_writing()
        self._has_room = False

    def resume_writing(self) -> None:
        """Take frames again."""
        super().resume_writing()
        self._has_room = True
        pongs, self._pongs = self._pongs, b""
        self.write(pongs)
        self.on_room()

    def handle_ping(self) -> None:
        """Answer, while there is no room only the last that came: who reads nothing may ask for ever."""
        if self._has_room:
            super().handle_ping()
        else:
            self._pongs = b"".join(self.conn.data_to_send())

    def send_keepalive_ping(self) -> None:
        """Ask whether the viewer is there; one that should be gone by now goes."""
        super().send_keepalive_ping()
        if self.close_sent or self.transport.is_closing():
            # What nobody reads is never sent, and asyncio would wait for that before it closes.
            self.loop.call_later(CLOSING_SECONDS, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """Let go of a viewer that does not answer, and of what it did not read."""
        super().keepalive_timeout()
        self.transport.abort()
