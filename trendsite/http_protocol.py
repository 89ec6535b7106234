"""HTTP connections on daphne: limits of a request, its deadline, and responses as fast as the client reads.

Twisted parses the requests; daphne passes them to the application, or to ``trendsite.board.live.frame_writer``.
"""

import asyncio
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress
from twisted.internet.tcp import Server as Transport
from twisted.python.failure import Failure
from twisted.web.http import NO_BODY_CODES, HTTPChannel, datetimeToString

from trendsite.client_address import address_of
from trendsite.pending_connections import PendingConnection, PendingConnections
from trendsite.queries.health import process_viewers
from trendsite.routing import WRONG_ORIGIN, problem_of_headers

MAX_HEADERS = 128
MAX_HEADER_BYTES = 8_192
"""Of one header, and of the request line."""

MAX_HEADERS_BYTES = 65_536
"""Of all headers together."""

BUFFER_BYTES = 16_384
"""Bytes read at once, and bytes that may wait to be sent before the connection pauses."""

CLOSING_SECONDS = 5.0
"""How long a closing connection may take before it is aborted."""

_LINE_ENDING = b"\r\n"


class SiteRequest(WebRequest):  # type: ignore[misc]  # daphne has no types
    """One request. Its body is read only if its headers are acceptable."""

    channel: "SiteChannel | None"

    def __init__(self, channel: "SiteChannel", queued: int = 0) -> None:
        """Begin a request; Django parses its form, so Twisted need not."""
        super().__init__(channel, queued, parsePOSTFormSubmission=False)

    def gotLength(self, length: int | None) -> None:
        """Refuse a body before it is read. All headers are known; ``length`` is None for a chunked body."""
        super().gotLength(length)
        if length == 0 or self.channel is None:
            return
        headers = {name.lower(): values[-1] for name, values in self.requestHeaders.getAllRawHeaders()}
        if self.requestHeaders.hasHeader(b"Upgrade"):
            self.channel.refuse(HTTPStatus.BAD_REQUEST, "A request to open a WebSocket has no body.")
        elif problem := problem_of_headers(headers):
            self.channel.refuse(*problem)

    def process(self) -> None:
        """Answer a request that has been read whole."""
        channel = self.channel
        if channel is None or channel.is_refused:
            return
        channel.pending.answer()
        # A client must not choose where the site begins.
        self.requestHeaders.removeHeader(b"Daphne-Root-Path")
        if self.requestHeaders.hasHeader(b"Upgrade") and not _is_readable(self.getHeader(b"Origin")):
            channel.refuse(HTTPStatus.FORBIDDEN, WRONG_ORIGIN)
            return
        super().process()
        channel.hand_over()

    async def drained(self) -> None:
        """Wait until all written bytes have left for the kernel, or the connection has ended."""
        if not self.finished and self.channel:
            await self.channel.drained()

    def handle_reply(self, message: dict[str, Any]) -> None:
        """Send what the application replies: no body where HTTP has none, and no further response if it says so."""
        if self.finished or self.channel is None:
            return
        if message["type"] == "http.response.start":
            self.setHeader(b"Date", datetimeToString())
            if (b"connection", b"close") in {(name.lower(), value) for name, value in message["headers"]}:
                self.channel.persistent = False
        elif self.method == b"HEAD" or self.code in NO_BODY_CODES:
            message = {**message, "body": b""}
        super().handle_reply(message)

    def finish(self) -> None:
        """End the response. The next request may begin at once, in here."""
        if self.channel:
            self.channel.pending.wait()
        super().finish()

    def basic_error(self, status: int, _status_text: bytes, body: str) -> None:
        """Respond with plain text."""
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": f"{body}\n".encode()})


def _is_readable(origin: bytes | None) -> bool:
    """Return whether an Origin can be parsed; autobahn would refuse any other without a word of ours."""
    try:
        urlsplit((origin or b"").decode("latin-1"))
    except ValueError:
        return False
    return True


class SiteChannel(HTTPChannel):  # type: ignore[misc]  # its types are skipped, as all of Twisted's
    """One HTTP connection. It counts, and has a deadline, from the moment it opens."""

    MAX_LENGTH = MAX_HEADER_BYTES
    totalHeadersSize = MAX_HEADERS_BYTES

    transport: Transport
    factory: "SiteHTTPFactory"
    pending: PendingConnection
    is_refused = False
    _has_data = False
    _is_paused = False
    _drained: asyncio.Future[None] | None = None

    def connectionMade(self) -> None:
        """Count the connection and wait for a request."""
        super().connectionMade()
        # Each part of a response is longer, so it pauses the connection until it has left for the kernel.
        self.transport.bufferSize = BUFFER_BYTES
        peer = self.transport.getPeer()
        host = peer.host if isinstance(peer, IPv4Address | IPv6Address) else ""
        address = address_of(host, [], behind_proxy=False)
        self.pending = PendingConnection(self.end, address, self.factory.connections, process_viewers.refuse)

    def dataReceived(self, data: bytes) -> None:
        """Read part of a request. Refuse at once what does not begin as one, such as a TLS handshake."""
        if self.is_refused:
            return
        if not self._has_data and not (data[:1].isalpha() or data[:1] in _LINE_ENDING):
            self.refuse(HTTPStatus.BAD_REQUEST, "This is no HTTP request.")
            return
        self._has_data = True
        self.pending.receive()
        super().dataReceived(data)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: ARG002 - Twisted's
        """Refuse a request line or a header that is too long."""
        if self.requests:
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "A header is too long.")
        else:
            self.refuse(HTTPStatus.REQUEST_URI_TOO_LONG, "The address is too long.")

    def headerReceived(self, line: bytes) -> bool:
        """Return whether a header is valid; refuse one too many."""
        if sum(len(values) for _, values in self.requests[-1].requestHeaders.getAllRawHeaders()) >= MAX_HEADERS:
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "There are too many headers.")
            return False
        is_valid: bool = super().headerReceived(line)
        return is_valid

    def rawDataReceived(self, data: bytes) -> None:
        """Read part of a body, or what follows the request; of a WebSocket that is a message sent too early."""
        if self.transport.protocol is self:
            super().rawDataReceived(data)
        else:
            self.transport.protocol.dataReceived(data)

    def hand_over(self) -> None:
        """Pass the deadline on, if a request opened a WebSocket."""
        if self.transport.protocol is not self:
            self.transport.protocol.pending = self.pending

    def refuse(self, status: HTTPStatus, reason: str) -> None:
        """Respond with a reason, and close the connection without reading the rest of the request."""
        self.is_refused = True
        body = f"{reason}\n".encode()
        head = f"HTTP/1.1 {status} {status.phrase}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
        self.transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self.loseConnection()

    def end(self) -> None:
        """Close without waiting for a client that does not read."""
        if self._is_paused:
            self.transport.abortConnection()
        else:
            self.loseConnection()
            asyncio.get_running_loop().call_later(CLOSING_SECONDS, self.transport.abortConnection)

    async def drained(self) -> None:
        """Wait until all written bytes have left for the kernel, or the connection has ended."""
        if self._is_paused:
            self._drained = asyncio.get_running_loop().create_future()
            await self._drained

    def pauseProducing(self) -> None:
        """Wait: bytes have not left for the kernel."""
        self._is_paused = True
        self.pending.pause()
        super().pauseProducing()

    def resumeProducing(self) -> None:
        """Go on: all bytes have left for the kernel."""
        self.pending.resume()
        self._wake()
        super().resumeProducing()

    def connectionLost(self, reason: Failure) -> None:
        """Stop counting."""
        self.pending.finish()
        self._wake()
        super().connectionLost(reason)

    def _wake(self) -> None:
        self._is_paused = False
        if self._drained and not self._drained.done():
            self._drained.set_result(None)


class SiteHTTPFactory(HTTPFactory):  # type: ignore[misc]  # daphne has no types
    """Creates HTTP connections without Twisted's own timeouts and access log."""

    protocol = SiteChannel

    def __init__(self, server: object, connections: PendingConnections) -> None:
        """Count among ``connections``."""
        super().__init__(server)
        self.connections = connections
        self.timeOut = None

    def buildProtocol(self, addr: IAddress | None) -> SiteChannel:
        """Return a connection that makes our requests, not daphne's."""
        channel: SiteChannel = super().buildProtocol(addr)
        channel.requestFactory = SiteRequest
        return channel

    def startFactory(self) -> None:
        """Open no access log."""

    def stopFactory(self) -> None:
        """Close no access log."""

    def log(self, _request: object) -> None:
        """Write no access log."""
