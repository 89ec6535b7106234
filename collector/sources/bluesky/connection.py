"""A WebSocket that only receives, on a blocking socket, without a thread of its own.

What the reader does not take stays in the kernel's buffers, and then the server waits: memory is bounded without a
queue. ``websockets`` parses the protocol. It answers pings and a close, as the protocol demands; we send nothing else,
since version 2 of Jetstream closes a connection on which the client sends data.
"""

import contextlib
import socket
import ssl
from collections.abc import Mapping
from time import monotonic

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import WebSocketURI, parse_uri

from collector.sources.fields import MAX_POST_BYTES

_RECEIVE_BYTES = 256 * 1024
_MAX_MESSAGE_BYTES = 4 * MAX_POST_BYTES
_BODY_BYTES = 4_096
_REASON_CHARACTERS = 100
_ANSWER_SECONDS = 5.0
_MESSAGES = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class ConnectionEndedError(Exception):
    """The connection cannot be opened, or has ended. The message is a few words for people."""


class RefusedError(Exception):
    """The server answered with another HTTP status than that of a WebSocket."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers
        self.body = body


def printable(text: str) -> str:
    """Return a server's text as one short line."""
    return "".join(character if character.isprintable() else " " for character in text[:_REASON_CHARACTERS])


def open_stream(url: str, seconds: float) -> "EventStream":
    """Open a WebSocket within ``seconds``.

    Raises:
        RefusedError: the server answered that it will not.
        ConnectionEndedError: it cannot be reached, or does not answer.
    """
    uri = parse_uri(url)
    until = monotonic() + seconds
    try:
        connection = _connect(uri, seconds)
    except OSError as error:
        raise ConnectionEndedError(_words_of(error)) from error
    try:
        protocol = ClientProtocol(uri, max_size=_MAX_MESSAGE_BYTES)
        request = protocol.connect()
        request.headers["User-Agent"] = "Trendsite"
        protocol.send_request(request)
        connection.sendall(b"".join(protocol.data_to_send()))
        frames = _shake_hands(connection, protocol, until)
    except BaseException as error:
        connection.close()
        if isinstance(error, OSError | WebSocketException | EOFError):
            raise ConnectionEndedError(_words_of(error)) from error
        raise
    return EventStream(connection, protocol, frames)


def _connect(uri: WebSocketURI, seconds: float) -> socket.socket:
    connection = socket.create_connection((uri.host, uri.port), seconds)
    if not uri.secure:
        return connection
    try:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=uri.host)
    except BaseException:
        connection.close()
        raise


def _shake_hands(connection: socket.socket, protocol: ClientProtocol, until: float) -> list[Frame]:
    """Return the frames that came with the server's answer.

    Raises:
        RefusedError, OSError, WebSocketException: there is no WebSocket.
    """
    while True:
        connection.settimeout(max(until - monotonic(), 0.001))
        data = connection.recv(_RECEIVE_BYTES)
        if data:
            protocol.receive_data(data)
        else:
            protocol.receive_eof()
        events = protocol.events_received()
        refusal = protocol.handshake_exc
        if isinstance(refusal, InvalidStatus):
            response = refusal.response
            raise RefusedError(response.status_code, response.headers, bytes(response.body or b"")[:_BODY_BYTES])
        if refusal is not None:
            raise refusal
        if events and isinstance(events[0], Response):
            return [event for event in events[1:] if isinstance(event, Frame)]
        if not data:
            raise ConnectionEndedError("the server closed the connection without an answer")


def _words_of(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return printable(error.strerror)
    return printable(str(error)) or type(error).__name__


class EventStream:
    """An open WebSocket. Use it from one thread."""

    def __init__(self, connection: socket.socket, protocol: ClientProtocol, frames: list[Frame]) -> None:
        """Read from ``connection``, beginning with ``frames`` that were read already."""
        self._socket = connection
        self._protocol = protocol
        self._messages: list[bytes] = []
        self._parts: list[bytes] = []
        self._end = ""
        self._add(frames)
        self._answer()

    def receive(self, seconds: float, most: int) -> list[bytes]:
        """Return messages: those that are there, or the first that come within ``seconds``; perhaps none.

        There may be more than ``most`` by the messages of one read. What came before an end is returned first.

        Raises:
            ConnectionEndedError: the connection has ended.
        """
        wait = 0.0 if self._messages else seconds
        while len(self._messages) < most and not self._end and self._read(wait):
            wait = 0.0 if self._messages else seconds
        messages, self._messages = self._messages, []
        if not messages and self._end:
            raise ConnectionEndedError(self._end)
        return messages

    def close(self) -> None:
        """Close the connection at once."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _read(self, seconds: float) -> bool:
        """Read once. Return whether there was anything."""
        try:
            self._socket.settimeout(seconds)
            data = self._socket.recv(_RECEIVE_BYTES)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError as error:
            self._end = f"the connection broke: {_words_of(error)}"
            return False
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        self._add([event for event in self._protocol.events_received() if isinstance(event, Frame)])
        self._answer()
        if not data or self._protocol.state is not State.OPEN:
            self._end = self._end or self._why_it_ended()
        return True

    def _add(self, events: list[Frame]) -> None:
        """Collect whole messages. The protocol has checked the order of their parts, and their size."""
        for frame in events:
            if frame.opcode not in _MESSAGES:
                continue
            if frame.fin and not self._parts:
                self._messages.append(bytes(frame.data))
                continue
            self._parts.append(bytes(frame.data))
            if frame.fin:
                self._messages.append(b"".join(self._parts))
                self._parts = []

    def _answer(self) -> None:
        """Answer a ping or a close."""
        answer = b"".join(self._protocol.data_to_send())
        if not answer:
            return
        try:
            self._socket.settimeout(_ANSWER_SECONDS)
            self._socket.sendall(answer)
        except OSError as error:
            self._end = self._end or f"the connection broke: {_words_of(error)}"

    def _why_it_ended(self) -> str:
        close, error = self._protocol.close_rcvd, self._protocol.parser_exc
        if close is not None:
            return f"the server closed the connection ({close.code} {printable(close.reason)}".rstrip() + ")"
        if error is not None and not isinstance(error, EOFError):
            return f"the server sent no WebSocket frame: {_words_of(error)}"
        return "the connection broke"
