"""Frames that go straight to a socket, over real ones."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode

from tests.trendsite.board.conftest import PATIENCE
from trendsite.board.live import frame_writer
from trendsite.board.live.limits import ViewerLimits
from trendsite.queries.choice import EVERYTHING

# A ranking takes about 2,000 bytes. Of these the kernels of both ends hold a few hundred.
_FRAMES = 20_000
_RANKING = '{"day": "%05d", "posts": "' + "x" * 2_000 + '"}'


@pytest.fixture
def limits():
    return ViewerLimits(max_total=100, max_per_address=1)


@pytest.fixture
def soon_gone(monkeypatch):
    """Let the server ask early whether a viewer is there, and give up early."""
    # Not before a test on a slow machine has sent what it sends.
    monkeypatch.setattr(frame_writer, "PING_SECONDS", 2.0)
    monkeypatch.setattr(frame_writer, "PONG_SECONDS", 2.0)
    monkeypatch.setattr(frame_writer, "CLOSING_SECONDS", 0.2)


@asynccontextmanager
async def deaf_viewer(board):
    """``send(opcode, data)`` of a viewer that never reads."""
    host, port = board.split(":")
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    upgrade = f"Host: {board}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{key}"
    loop = asyncio.get_running_loop()
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        peer.setblocking(False)
        await loop.sock_connect(peer, (host, int(port)))
        await loop.sock_sendall(peer, f"GET /ws/board/ HTTP/1.1\r\n{upgrade}\r\n".encode())

        async def send(opcode, data):
            await loop.sock_sendall(peer, Frame(opcode, data).serialize(mask=True))

        yield send


async def until(condition):
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


def protocol_of(broadcaster):
    """The server's end of the only viewer's connection."""
    (viewers,) = broadcaster._subscribers._by_choice.values()
    (viewer,) = viewers
    return viewer._write.__self__


def unsent_bytes(protocol):
    """Bytes that have not left for the kernel."""
    return len(protocol.transport.dataBuffer) - protocol.transport.offset + protocol.transport._tempDataLen


@pytest.fixture
def show(broadcaster):
    """Show one ranking after the other, as the broadcaster does with those of Redis."""

    async def show(numbers):
        for number in numbers:
            broadcaster._subscribers.send_ranking(EVERYTHING, _RANKING % number)
            await asyncio.sleep(0)

    return show


async def test_a_viewer_that_reads_nothing_for_a_while_then_gets_little_that_is_old_and_the_newest(board, stage, show):
    host, port = board.split(":")
    with socket.socket() as peer:
        # Set, it does not grow: a viewer's machine would hold more the better it reads.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        peer.connect((host, int(port)))
        peer.setblocking(False)
        url = f"ws://{board}/ws/board/"
        async with connect(url, sock=peer, max_queue=1, proxy=None, open_timeout=PATIENCE) as viewer:
            await viewer.recv()
            await show(range(_FRAMES))
            seen = []
            async with asyncio.timeout(PATIENCE):
                while not seen or f"{_FRAMES - 1:05}" not in seen[-1]:
                    message = await viewer.recv()
                    if "status" not in message:
                        seen.append(message[:20])
    assert len(seen) < 1_000
    assert seen == sorted(seen)


async def test_a_viewer_that_reads_nothing_any_more_is_let_go_with_all_that_waits_for_it(
    soon_gone, board, broadcaster, stage, show, viewers, limits
):
    async with deaf_viewer(board):
        await until(lambda: viewers.watching)
        await show(range(2_000))
        assert unsent_bytes(protocol_of(broadcaster)) > 0
        await until(lambda: not limits._connected)
        assert viewers.watching == 0


async def test_a_viewer_that_reads_nothing_and_is_refused_is_let_go_too(
    soon_gone, board, broadcaster, stage, show, viewers, limits
):
    async with deaf_viewer(board) as send:
        await until(lambda: viewers.watching)
        await show(range(2_000))
        await send(Opcode.TEXT, b"rubbish")
        await until(lambda: not limits._connected)
        assert viewers.refused == {"rubbish": 1}


async def test_a_connection_that_is_closing_and_reads_nothing_is_ended(
    soon_gone, board, broadcaster, stage, show, limits
):
    async with deaf_viewer(board) as send:
        await until(lambda: broadcaster._subscribers)
        await show(range(2_000))
        await send(Opcode.CLOSE, b"")
        await until(lambda: not broadcaster._subscribers)
        await until(lambda: not limits._connected)


async def test_a_refused_viewer_has_its_place_until_its_connection_ends(board, stage, seat, viewers, limits):
    async with deaf_viewer(board) as send:
        await until(lambda: viewers.watching)
        await send(Opcode.TEXT, b"rubbish")
        await until(lambda: viewers.refused == {"rubbish": 1})
        assert await (await seat()).closing_code() == 1008
        assert viewers.refused == {"rubbish": 1, "address": 1}
    await until(lambda: not limits._connected)
    await (await seat()).status()


async def test_pings_of_a_viewer_that_reads_nothing_do_not_pile_up_answers(board, broadcaster, stage, show, viewers):
    async with deaf_viewer(board) as send:
        await until(lambda: viewers.watching)
        await show(range(2_000))
        protocol = protocol_of(broadcaster)
        before = unsent_bytes(protocol)
        for _ in range(2_000):
            await send(Opcode.PING, b"x" * 125)
        await send(Opcode.TEXT, b"rubbish")
        await until(lambda: viewers.refused)
        # The pongs would be 250,000 bytes; a status and the close frame may come meanwhile.
        assert unsent_bytes(protocol) < before + 25_000


async def test_a_viewer_that_reads_again_gets_the_answer_to_its_last_ping(board, broadcaster, stage, show, viewers):
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        host, port = board.split(":")
        peer.connect((host, int(port)))
        peer.setblocking(False)
        url = f"ws://{board}/ws/board/"
        async with connect(url, sock=peer, max_queue=1, proxy=None, open_timeout=PATIENCE) as viewer:
            await until(lambda: viewers.watching)
            await show(range(2_000))
            protocol = protocol_of(broadcaster)
            answered = await viewer.ping(b"last")
            await until(lambda: protocol._unsent_pong is not None)
            async with asyncio.timeout(PATIENCE):
                while not answered.done():
                    await viewer.recv()


async def test_a_viewer_that_keeps_up_gets_every_frame(seat, show):
    viewer = await seat()
    await viewer.status()
    for number in range(200):
        await show([number])
        assert f"{number:05}" in await viewer.ranking()


async def test_a_viewer_that_left_takes_nothing_and_disturbs_nobody(seat, show, limits):
    limits._max_per_address = 2
    leaving, staying = await seat(), await seat()
    await leaving.status()
    await staying.status()
    await leaving.leave()
    await show([7])
    assert "00007" in await staying.ranking()
