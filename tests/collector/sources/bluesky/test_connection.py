"""The WebSocket that only receives, against bytes on the wire."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from collector.sources.bluesky.connection import ConnectionEndedError, EventStream, RefusedError, open_stream

_TEXT, _BINARY, _CONT = Opcode.TEXT, Opcode.BINARY, Opcode.CONT


def wire(data: bytes, opcode: Opcode = _TEXT, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=False)


@contextmanager
def served(*pieces: bytes, handshake: bool = True, closes: bool = False) -> Iterator[tuple[EventStream, socket.socket]]:
    """An open stream from a server that sends these bytes, and the server's end of the connection."""
    ends: list[socket.socket] = []

    def serve() -> None:
        connection, _ = listening.accept()
        ends.append(connection)
        request = connection.recv(65_536)
        if handshake:
            protocol = ServerProtocol()
            protocol.receive_data(request)
            (parsed,) = protocol.events_received()
            protocol.send_response(protocol.accept(parsed))
            pieces_first = b"".join(protocol.data_to_send())
            connection.sendall(pieces_first + b"".join(pieces))
        else:
            connection.sendall(b"".join(pieces))
        if closes:
            connection.shutdown(socket.SHUT_WR)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            stream = open_stream(f"ws://127.0.0.1:{listening.getsockname()[1]}/path", 60)
            with closing(stream):
                yield stream, ends[0]
        finally:
            thread.join()
            for end in ends:
                end.close()


def all_of(stream: EventStream, most: int = 1_000) -> tuple[list[bytes], str]:
    """Read until the end. Return the messages, and why it ended."""
    messages = []
    while True:
        try:
            messages += stream.receive(60, most)
        except ConnectionEndedError as end:
            return messages, str(end)


def test_messages_arrive_whole_and_in_order():
    parts = [wire(b"on", _TEXT, False), wire(b"", _CONT, False), wire(b"e", _CONT)]
    with served(*parts, wire(b"two"), wire(b"\x28\xb5", _BINARY), closes=True) as (stream, _):
        assert all_of(stream) == ([b"one", b"two", b"\x28\xb5"], "the connection broke")


def test_a_ping_is_answered_also_between_the_parts_of_a_message():
    with served(wire(b"on", _TEXT, False), wire(b"alive?", Opcode.PING), wire(b"e", _CONT)) as (stream, server):
        assert stream.receive(60, 10) == [b"one"]
        server.settimeout(60)
        opcode, length = server.recv(2)
        assert (opcode, length & 0x7F) == (0x80 | Opcode.PONG, len(b"alive?"))


def test_nothing_but_answers_is_sent():
    with served(wire(b"one"), wire(b"two")) as (stream, server):
        stream.receive(5, 10)
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.recv(1)


def test_no_message_within_the_time_is_none():
    with served() as (stream, _):
        assert stream.receive(0.01, 10) == []


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        (
            [wire(b"\x03\xe9server shutting down", Opcode.CLOSE)],
            "the server closed the connection (1001 server",
        ),
        ([wire(b"", Opcode.CLOSE)], "the server closed the connection"),
        ([b"\xff\xff\xff\xff"], "the server sent no WebSocket frame"),
        ([wire(b"e", _CONT)], "the server sent no WebSocket frame"),
        ([b"\x81\x7f" + (2**40).to_bytes(8, "big")], "the server sent no WebSocket frame"),
        ([wire(b"half")[:3]], "the connection broke"),
    ],
)
def test_what_came_before_an_end_is_read_and_the_end_has_a_reason(pieces, why):
    with served(wire(b"before"), *pieces, closes=True) as (stream, _):
        messages, reason = all_of(stream)
    assert messages == [b"before"]
    assert reason.startswith(why)


def test_a_refusal_has_its_status_headers_and_body():
    answer = b"HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nslow"
    with pytest.raises(RefusedError) as refused, served(answer, handshake=False):
        pass
    assert (refused.value.status, refused.value.headers["Retry-After"], refused.value.body) == (429, "7", b"slow")


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-server\r\n", b"HTTP/1.1 101 Switching\r\n\r\n", b"HTTP/1.1 2"])
def test_what_is_no_web_socket_cannot_be_opened(answer):
    with pytest.raises(ConnectionEndedError), served(answer, handshake=False, closes=True):
        pass


def test_where_nothing_listens_the_reason_is_told(free_port):
    with pytest.raises(ConnectionEndedError, match="refused"):
        open_stream(f"ws://127.0.0.1:{free_port}/", 5)


def test_an_answer_that_does_not_come_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(ConnectionEndedError, match="in time"):
        open_stream(f"ws://127.0.0.1:{listening.getsockname()[1]}/", 0.2)
