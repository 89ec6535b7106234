"""Frames that go straight to a socket, over real ones."""

import asyncio
import socket

import pytest
from websockets.asyncio.client import connect

from tests.trendsite.board.conftest import PATIENCE
from trendsite.live.choice import EVERYTHING

# A ranking takes about 2,000 bytes. Of these the kernels of both ends hold a few hundred.
_FRAMES = 20_000
_RANKING = '{"day": "%05d", "posts": "' + "x" * 2_000 + '"}'


@pytest.fixture
def show(hub):
    """Show one ranking after the other, as the hub does with those of Redis."""

    async def show(numbers):
        for number in numbers:
            hub._audience.show(EVERYTHING, _RANKING % number)
            await asyncio.sleep(0)

    return show


async def test_a_viewer_that_reads_nothing_for_a_while_then_gets_little_that_is_old_and_the_newest(board, stage, show):
    host, port = board.split(":")
    with socket.socket() as peer:
        # Set, it does not grow: a viewer's machine would hold more the better it reads.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        peer.connect((host, int(port)))
        peer.setblocking(False)
        async with connect(f"ws://{board}/ws/board/", sock=peer, max_queue=1, proxy=None) as viewer:
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


async def test_a_viewer_that_keeps_up_gets_every_frame(seat, show):
    viewer = await seat()
    await viewer.status()
    for number in range(200):
        await show([number])
        assert f"{number:05}" in await viewer.ranking()


async def test_a_viewer_that_left_takes_nothing_and_disturbs_nobody(seat, show):
    leaving, staying = await seat(), await seat()
    await leaving.status()
    await staying.status()
    await leaving.leave()
    await show([7])
    assert "00007" in await staying.ranking()
