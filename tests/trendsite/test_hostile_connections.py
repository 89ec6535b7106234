"""Connections meaning harm, over real sockets, to the site as it is served: each is answered or ended, and counted."""

import asyncio
import contextlib
import os
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
import pytest

from tests.parallel import find_free_port
from tests.trendsite.site import copy_site, end_at_once, serve

PATIENCE = 60.0
SOON = 2.0
"""When the site loses its patience: soon, but not before a slow machine has sent a request."""

FILES = 2_048

_KEY = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
_UPGRADE = "Host: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"


def handshake(target: str = "/ws/board/", more: str = "", key: str = _KEY, version: str = "1.1") -> bytes:
    return f"GET {target} HTTP/{version}\r\n{_UPGRADE}{key}{more}\r\n".encode("latin-1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("site")


@contextmanager
def limited_site(folder: Path, redis_url: str, patience: float) -> Iterator[int]:
    """The port of a site that may open few files and loses its patience after so many seconds."""
    port = find_free_port()
    settings = {"DATA_DIR": str(folder), "REDIS_URL": redis_url, "PORT": str(port)}
    environ = {**os.environ, "DATABASE_URL": copy_site(folder), **settings}
    limited = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({FILES}, {FILES}))\n"
        "from trendsite import pending_connections as limits\n"
        f"limits.REQUEST_SECONDS = limits.IDLE_SECONDS = {patience}\n"
        "from trendsite import serve; serve.main()"
    )
    site = serve(environ, folder / "site.log", ("-c", limited))
    try:
        yield port
    finally:
        end_at_once(site)


@pytest.fixture(scope="module")
def port(redis_url, folder) -> Iterator[int]:
    """The port of a site that soon loses its patience."""
    with limited_site(folder, redis_url, SOON) as port:
        yield port


@pytest.fixture(scope="module")
def patient_port(redis_url, tmp_path_factory) -> Iterator[int]:
    """The port of a site that ends no connection because it waited, while a slow machine opens thousands."""
    with limited_site(tmp_path_factory.mktemp("site"), redis_url, 10 * PATIENCE) as port:
        yield port


@pytest.fixture
async def connect(port) -> AsyncIterator:
    """``await connect(b"...")`` opens a connection and sends; all are closed after the test."""
    async with connecting(port) as connect:
        yield connect


@pytest.fixture
async def connect_patiently(patient_port) -> AsyncIterator:
    async with connecting(patient_port) as connect:
        yield connect


@asynccontextmanager
async def connecting(port: int) -> AsyncIterator:
    writers = []

    async def connect(sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        writer.write(sent)
        return reader, writer

    try:
        yield connect
    finally:
        for writer in writers:
            writer.transport.abort()


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """What is received until the site closes the connection."""
    received = b""
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionResetError):
            while piece := await reader.read(65_536):
                received += piece
    return received


async def health(connect) -> dict:
    reader, _ = await connect(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    head, _, body = (await all_of(reader)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    return msgspec.json.decode(body)


ANSWERED = {
    "a long address": (handshake("/ws/board/?" + "languages=en&" * 800), b"HTTP/1.1 414 "),
    "a long header": (handshake(more=f"X-Long: {'x' * 9_000}\r\n"), b"HTTP/1.1 431 "),
    "many headers": (handshake(more="X-Many: x\r\n" * 200), b"HTTP/1.1 431 "),
    "longer than any server reads": (handshake(more=f"X-Long: {'x' * 100_000}\r\n"), b"HTTP/1.1 4"),
    "no key": (handshake(key=""), b"HTTP/1.1 400 "),
    "a broken key": (handshake(key=_KEY.replace("dGhlIH", "????")), b"HTTP/1.1 400 "),
    "another version": (handshake(key=_KEY.replace("13", "8")), b"HTTP/1.1 400 "),
    "a body": (handshake(more="Content-Length: 4\r\n") + b"body", b"HTTP/1.1 400 "),
    "a body in pieces": (handshake(more="Transfer-Encoding: chunked\r\n"), b"HTTP/1.1 400 "),
    "another method": (handshake().replace(b"GET", b"POST"), b"HTTP/1.1 4"),
    "another page": (handshake("/"), b"HTTP/1.1 404 "),
    "a form without an end": (
        b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        b"HTTP/1.1 411 ",
    ),
    "a form that is too long": (
        b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\nabcde",
        b"HTTP/1.1 413 ",
    ),
    "a parameter in an unknown encoding": (
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain; x*=nope''a\r\n\r\n",
        b"HTTP/1.1 400 ",
    ),
    "a secure greeting": (bytes.fromhex("16030102000100"), b"HTTP/1.1 400 "),
}


@pytest.mark.parametrize(("sent", "answer"), ANSWERED.values(), ids=ANSWERED.keys())
async def test_a_handshake_that_cannot_succeed_is_answered_and_closed(connect, sent, answer):
    reader, _ = await connect(sent)
    assert (await all_of(reader)).startswith(answer)


REFUSED = {
    "another WebSocket": (handshake("/ws/other/"), 404, b"There is no WebSocket here: the board's is at /ws/board/."),
    "no last slash": (handshake("/ws/board"), 404, b"the board's is at /ws/board/."),
    "no name": (handshake("/ws/"), 404, b"the board's is at /ws/board/."),
    "a page": (handshake("/days/"), 404, b"the board's is at /ws/board/."),
    "no origin": (handshake().replace(b"Origin: http://127.0.0.1\r\n", b""), 403, b"needs the header Origin"),
    "another origin": (handshake().replace(b"n: http://127.0.0.1", b"n: http://evil.example"), 403, b"of other sites"),
    "a broken origin": (handshake().replace(b"n: http://127.0.0.1", b"n: http://[::1"), 403, b"of other sites"),
    "a null origin": (handshake().replace(b"n: http://127.0.0.1", b"n: null"), 403, b"of other sites"),
}


@pytest.mark.parametrize(("sent", "status", "words"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_websocket_that_is_refused_is_told_why_and_leaves_no_traceback(connect, folder, sent, status, words):
    before = (folder / "site.log").read_text()
    reader, _ = await connect(sent)
    head, _, body = (await all_of(reader)).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert words in body
    assert (folder / "site.log").read_text() == before


async def test_a_flood_of_bad_hosts_is_a_few_short_lines(connect, folder):
    before = (folder / "site.log").read_text()
    for number in range(100):
        host = f"evil-{number}.example{'x' * 5_000}"
        reader, _ = await connect(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert (await all_of(reader)).startswith(b"HTTP/1.1 400 ")
    told = (folder / "site.log").read_text().removeprefix(before)
    assert "Invalid HTTP_HOST header: 'evil-0.example" in told
    assert "Traceback" not in told
    assert told.count("\n") <= 30
    assert len(told) < 30_000


SILENT = {
    "nothing": b"",
    "half a line": b"GET /ws/board/?",
    "half a handshake": handshake()[:-4],
    "a body that never comes": b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\n",
}


@pytest.mark.parametrize("sent", SILENT.values(), ids=SILENT.keys())
async def test_a_connection_that_falls_silent_is_closed_and_counted(connect, sent):
    before = (await health(connect))["viewers"]["refused"].get("unfinished", 0)
    reader, _ = await connect(sent)
    assert await all_of(reader) == b""
    assert (await health(connect))["viewers"]["refused"]["unfinished"] > before


async def test_a_connection_without_a_further_request_is_closed_and_is_no_fault(connect):
    before = (await health(connect))["viewers"]["refused"]
    reader, writer = await connect(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert (await all_of(reader)).count(b"HTTP/1.1 200") == 1
    assert (await health(connect))["viewers"]["refused"] == before


async def test_a_further_request_that_is_never_finished_is_counted(connect):
    before = (await health(connect))["viewers"]["refused"].get("unfinished", 0)
    reader, writer = await connect(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.write(b"GET /healthz HTTP/1.1\r\n")
    await all_of(reader)
    assert (await health(connect))["viewers"]["refused"]["unfinished"] == before + 1


async def test_a_handshake_that_drips_is_closed(connect):
    reader, writer = await connect(b"GET /ws/board/?")

    async def drip():
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.2)

    dripping = asyncio.create_task(drip())
    assert await all_of(reader) == b""
    dripping.cancel()


async def test_a_client_that_sends_no_more_is_closed(connect):
    reader, writer = await connect(handshake()[:-2])
    writer.write_eof()
    assert await all_of(reader) == b""


async def test_a_client_that_refuses_to_be_closed_is_closed(connect):
    """A viewer is refused by a closing frame, which this one neither reads nor answers."""
    reader, _ = await connect(handshake("/ws/board/?window=never"))
    assert (await all_of(reader)).startswith(b"HTTP/1.1 101 ")


async def test_a_message_that_does_not_wait_for_the_answer_to_the_handshake_is_refused(connect):
    reader, _ = await connect(handshake() + b"\x89\x80\x00\x00\x00\x00")
    assert (await all_of(reader)).startswith(b"HTTP/1.1 400 ")


async def test_a_client_that_asks_for_much_and_reads_nothing_is_ended(port, connect):
    """Requests behind each other, so that no kernel holds all answers."""
    request = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    loop = asyncio.get_running_loop()
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.setblocking(False)
        await loop.sock_connect(deaf, ("127.0.0.1", port))
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionError):
                while True:
                    await loop.sock_sendall(deaf, request * 20)
    assert (await health(connect))["viewers"]["refused"]["stalled"] >= 1


BROKEN_FRAMES = {
    "not masked": (b"\x81\x02hi", 1002),
    "compressed, though nobody agreed to it": (b"\xc1\x80\x00\x00\x00\x00", 1002),
    "a ping in pieces": (b"\x09\x80\x00\x00\x00\x00", 1002),
    "of an unknown kind": (b"\x83\x80\x00\x00\x00\x00", 1002),
    "the end of no message": (b"\x80\x80\x00\x00\x00\x00", 1002),
    "no UTF-8": (b"\x81\x81\x00\x00\x00\x00\xff", 1007),
    "of a terabyte": (b"\x81\xff" + (1 << 40).to_bytes(8) + b"\x00\x00\x00\x00", 1009),
    "pieces of a message without an end": (b"\x01\x80" + bytes(4) + (b"\x00\xc0" + bytes(4 + 64)) * 200, 1009),
}


@pytest.mark.parametrize(("sent", "code"), BROKEN_FRAMES.values(), ids=BROKEN_FRAMES.keys())
async def test_a_broken_frame_closes_the_connection_with_a_code_even_if_the_viewer_never_answers(connect, sent, code):
    reader, writer = await connect(handshake())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    writer.write(sent)
    received = await all_of(reader)
    assert b"\x88" in received
    assert received.rpartition(b"\x88")[2][1:3] == code.to_bytes(2)


async def test_pipelined_requests_are_answered_in_order_and_head_has_no_body(connect):
    get = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    reader, _ = await connect(
        get.replace(b"GET", b"HEAD") + b"\r\n" + get + b"\r\n" + get + b"Connection: close\r\n\r\n"
    )
    received = await all_of(reader)
    _, head, first, second = received.split(b"HTTP/1.1 200 OK\r\n")
    assert head.endswith(b"\r\n\r\n")
    assert first.partition(b"\r\n\r\n")[2] == second.partition(b"\r\n\r\n")[2]
    assert msgspec.json.decode(first.partition(b"\r\n\r\n")[2])["openapi"]


async def test_a_client_does_not_choose_where_the_site_begins(connect):
    request = b"GET /account/ HTTP/1.1\r\nHost: 127.0.0.1\r\nDaphne-Root-Path: /elsewhere\r\nConnection: close\r\n\r\n"
    reader, _ = await connect(request)
    received = await all_of(reader)
    assert b"Location: /login/" in received
    assert b"elsewhere" not in received


HOSTILE = {
    "long handshakes": handshake("/ws/board/?" + "languages=en&" * 800),
    "half handshakes": handshake()[:-4],
    "nothing": b"",
}


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE.keys())
async def test_thousands_of_connections_of_one_address_leave_room_for_others(connect_patiently, sent):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        for begin in range(0, 3_900, 100):
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(connect_patiently(sent) for _ in range(100)))
            if begin % 1_300 == 0:
                await health(connect_patiently)
        told = await health(connect_patiently)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if sent != HOSTILE["long handshakes"]:
        assert told["viewers"]["refused"]["crowded out"] > 3_000
