"""The board's WebSocket on daphne. A frame is prepared once and written straight to every connection.

ASGI's ``send`` would wake a task and encode the message again for each subscriber. Channels still handles connecting,
receiving and closing. Besides this module, only ``trendsite.serve``, ``http_protocol`` and ``reactor`` know the server.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeAlias

from autobahn.twisted.websocket import WebSocketServerFactory
from autobahn.websocket.protocol import PreparedMessage
from autobahn.websocket.types import ConnectionDeny
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from trendsite.board.live.messages import MAX_MESSAGE_CHARACTERS
from trendsite.pending_connections import PendingConnection

EXTENSION = "trendsite.frame_writer"
"""The frame writer's name in a scope's ``extensions``."""

PING_SECONDS = 20.0
"""Time between two pings to a viewer."""

PONG_SECONDS = 30.0
"""Time in which it must answer one."""

UNSENT_BYTES = 16_384
"""The most that the kernel buffers for a viewer that reads nothing. Bytes on their way come on top."""

CLOSING_SECONDS = 5.0
"""How long a closing connection may take before it is aborted."""

_MAX_BYTES_PER_CHARACTER = 4
_SERVICE_RESTART = 1012

_MAX_QUEUED_MESSAGES = 64
"""More than a viewer may send at once, so the consumer closes the connection before any of these is missed."""

PreparedFrame: TypeAlias = PreparedMessage


def prepare_frame(message: str) -> PreparedFrame:
    """Return a text message as a WebSocket frame that any number of connections may send."""
    frame: PreparedFrame = _factory.prepareMessage(message.encode())
    return frame


class BoardWebSocket(WebSocketProtocol):  # type: ignore[misc]  # daphne has no types
    """One WebSocket, and its FrameWriter. Twisted calls ``resumeProducing`` when all bytes have left."""

    on_writable: Callable[[], None] = staticmethod(lambda: None)
    pending: PendingConnection
    _has_handshake = False
    _has_refused = False
    _is_writable = True
    _unsent_pong: bytes | None = None
    _refusal_status = 403

    def write(self, frames: Sequence[PreparedFrame]) -> bool:
        """Write frames. Return False, and write nothing, while earlier ones wait or the connection closes."""
        if not self._is_writable or self.state != self.STATE_OPEN:
            self._has_refused = True
            return False
        self._is_writable = False
        for frame in frames:
            self.sendPreparedMessage(frame)
        return True

    def mark_subscribed(self) -> None:
        """Lift the deadline of requests. From now on the viewer must answer pings."""
        self.pending.finish()

    def connectionMade(self) -> None:
        """Take over the transport of an HTTP connection; let as little as possible wait, since it would be old."""
        self.server = self.factory.server_class
        super().connectionMade()
        self.transport.unregisterProducer()
        self.registerProducer(self, streaming=False)
        self.transport.getHandle().setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)

    def resumeProducing(self) -> None:
        """Write again: all bytes have left for the kernel. Answer the last ping that came meanwhile."""
        self._is_writable = True
        if self._unsent_pong is not None:
            pong, self._unsent_pong = self._unsent_pong, None
            self.sendPong(pong)
        # Nearly every frame leaves at once: do not ask thousands of subscribers for more.
        if self._has_refused:
            self._has_refused = False
            self.on_writable()

    def stopProducing(self) -> None:
        """Write no more: the connection has ended."""
        self._is_writable = False

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: ARG002 - autobahn's
        """Write bytes without autobahn's statistics, which would cost as much as the write."""
        self.transport.write(data)

    def dataReceived(self, data: bytes) -> None:
        """Refuse a client that does not wait for the answer to its handshake."""
        if self._has_handshake and self.state == self.STATE_CONNECTING:
            self.failHandshake("Wait for the answer to the handshake before sending messages.")
        else:
            self._has_handshake = True
            super().dataReceived(data)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Pass a message to the consumer, unless the connection closes or too many wait already."""
        if self.state == self.STATE_OPEN and self.application_queue.qsize() < _MAX_QUEUED_MESSAGES:
            super().onMessage(payload, isBinary)

    def onPing(self, payload: bytes) -> None:
        """Answer a ping. While bytes wait in the transport, keep only the last, so answers never pile up."""
        if self._is_writable:
            self._is_writable = False
            super().onPing(payload)
        else:
            self._unsent_pong = payload

    def handle_reply(self, message: dict[str, Any]) -> None:
        """Send what the application replies. Unlike daphne, send any close code, its reason, and an HTTP refusal."""
        kind = message["type"]
        if self.state == self.STATE_CLOSED:
            return
        if kind == "websocket.http.response.start":
            self._refusal_status = int(message["status"])
        elif kind == "websocket.http.response.body":
            self.handshake_deferred.errback(ConnectionDeny(self._refusal_status, message["body"].decode()))
            del self.handshake_deferred
        elif kind == "websocket.close" and self.state != self.STATE_CONNECTING:
            self.sendCloseFrame(message.get("code", 1000), (message.get("reason") or "").encode())
        else:
            super().handle_reply(message)

    def sendHttpErrorResponse(
        self, code: int, reason: str, responseHeaders: Sequence[tuple[str, str]] | None = None
    ) -> None:
        """Refuse a handshake with the reason as its body, not in the status line."""
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close"), *(responseHeaders or ())]
        body = f"{reason.rstrip()}\n".encode()
        head = [f"HTTP/1.1 {code} {HTTPStatus(code).phrase}", *(f"{name}: {value}" for name, value in headers)]
        self.sendData("\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body)

    @staticmethod
    def perMessageCompressionAccept(_offers: object) -> None:
        """Accept no compression: done for each viewer, a frame would cost ten times as much."""

    def go_away(self) -> None:
        """Close because this process stops."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(_SERVICE_RESTART)

    def dropConnection(self, abort: bool = False) -> None:
        """Close; abort if the client does not read the rest in time, for which Twisted would wait forever."""
        super().dropConnection(abort)
        if not abort:
            asyncio.get_running_loop().call_later(CLOSING_SECONDS, self.transport.abortConnection)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """Tell the consumer that the connection has ended, with our own close code if a message broke the rules."""
        self.pending.finish()
        if self in self.server.connections:
            super().onClose(wasClean, self.localCloseCode if self.failedByMe else code, reason)


def websocket_factory(server: Server) -> WebSocketFactory:
    """Return the factory of the board's WebSockets."""
    factory = WebSocketFactory(server, server="")
    limit = MAX_MESSAGE_CHARACTERS * _MAX_BYTES_PER_CHARACTER
    factory.setProtocolOptions(
        versions=[13],
        maxFramePayloadSize=limit,
        maxMessagePayloadSize=limit,
        # Close with a code that says what was wrong.
        failByDrop=False,
        # The deadline of requests covers the handshake.
        openHandshakeTimeout=0,
        closeHandshakeTimeout=CLOSING_SECONDS,
        autoPingInterval=PING_SECONDS,
        autoPingTimeout=PONG_SECONDS,
        # A viewer that sends but reads nothing must go too.
        autoPingRestartOnAnyTraffic=False,
        # The router checks the origin.
        allowNullOrigin=True,
    )
    # As attributes of a class, so thousands of connections do not copy them.
    names = (name for name in BoardWebSocket.CONFIG_ATTRS if not hasattr(BoardWebSocket, name))
    options = {name: getattr(factory, name) for name in names}
    factory.protocol = type("BoardWebSocket", (BoardWebSocket,), {**options, "CONFIG_ATTRS": ()})
    return factory


_factory = WebSocketServerFactory()
