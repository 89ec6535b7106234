"""The socket: requests over a real connection, answered from a real spool."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from collector import server as server_module
from collector.server import Server
from collector.spool import Spool
from contract.post import encode_posts
from contract.socket_protocol import MAX_REQUEST_BYTES
from tests.collector.made_up import NOON, steady
from tests.collector.test_spool import LONG_AGO, add, open_spool


@dataclass
class Running:
    spool: Spool
    server: Server
    port: int


@pytest.fixture
async def running(tmp_path) -> AsyncIterator[Running]:
    spool = open_spool(tmp_path, segment_bytes=300)
    server = Server(spool)
    listening = await server.start("127.0.0.1", 0)
    yield Running(spool, server, listening.sockets[0].getsockname()[1])
    listening.close()
    await server.close()
    spool.close()


@contextlib.asynccontextmanager
async def connected(running: Running) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    async with asyncio.timeout(10):
        yield reader, writer
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def ask(writer: asyncio.StreamWriter, **request: object) -> None:
    writer.write(json.dumps(request).encode() + b"\n")


async def test_one_connection_carries_many_requests(running):
    expected = add(running.spool, steady(9))
    async with connected(running) as (reader, writer):
        ask(writer, ask="status")
        status = json.loads(await reader.readline())
        assert (status["source"], status["first_offset"], status["end_offset"]) == ("test", 0, len(expected))
        ask(writer, ask="read", start=0, end=len(expected))
        assert json.loads(await reader.readline()) == {"bytes": len(expected)}
        assert await reader.readexactly(len(expected)) == expected
        ask(writer, ask="release", offset=5)
        assert json.loads(await reader.readline())["days"] == status["days"]


async def test_cuts_inside_lines_give_whole_lines(running):
    expected = add(running.spool, steady(9))
    second = expected.index(b"\n") + 1
    async with connected(running) as (reader, writer):
        ask(writer, ask="read", start=1, end=second + 1)
        header = json.loads(await reader.readline())
        assert (await reader.readexactly(header["bytes"])) == encode_posts([steady(9)[1]])
        ask(writer, ask="read", start=1, end=second)
        assert json.loads(await reader.readline()) == {"bytes": 0}


async def test_following_gives_what_is_kept_and_what_comes(running):
    expected = add(running.spool, steady(3))
    async with connected(running) as (reader, writer):
        ask(writer, ask="follow")
        assert await reader.readexactly(len(expected)) == expected
        more = add(running.spool, steady(2, start=10))
        running.server.wake_followers()
        assert await reader.readexactly(len(more)) == more


async def test_following_goes_on_after_the_reader_closed_its_side(running):
    expected = add(running.spool, steady(3))
    async with connected(running) as (reader, writer):
        ask(writer, ask="follow", start=0)
        writer.write_eof()
        assert await reader.readexactly(len(expected)) == expected
        more = add(running.spool, steady(1, start=10))
        running.server.wake_followers()
        assert await reader.readexactly(len(more)) == more


async def test_those_who_follow_leave_room_for_those_who_read(running, monkeypatch):
    monkeypatch.setattr(server_module, "MAX_FOLLOWERS", 1)
    expected = add(running.spool, steady(3))
    async with connected(running) as (first, first_writer), connected(running) as (second, second_writer):
        ask(first_writer, ask="follow", start=0)
        assert await first.readexactly(len(expected)) == expected
        ask(second_writer, ask="follow", start=0)
        assert b"1 readers follow already" in await second.read()
    async with connected(running) as (third, third_writer):
        ask(third_writer, ask="read", start=0, end=len(expected))
        await third.readline()
        assert await third.readexactly(len(expected)) == expected


@pytest.mark.parametrize("closes_its_side_first", [False, True])
async def test_one_who_followed_and_left_is_noticed_without_new_posts(running, monkeypatch, closes_its_side_first):
    monkeypatch.setattr(server_module, "PROBE_SECONDS", 1)
    expected = add(running.spool, steady(3))
    async with connected(running) as (reader, writer):
        ask(writer, ask="follow", start=0)
        assert await reader.readexactly(len(expected)) == expected
        if closes_its_side_first:
            writer.write_eof()
        # So that leaving is an answer from the system at once: without it, it comes with a later probe.
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
        await asyncio.gather(*running.server._readers)
    assert running.server._followers == 0


@pytest.mark.parametrize(
    "request_line",
    [
        b"hello\n",
        b'{"ask":"nothing"}\n',
        b'{"ask":"read","start":0,"end":99999}\n',
        b'{"ask":"read","start":5,"end":1}\n',
        b'{"ask":"read","start":-5,"end":1}\n',
        b'{"ask":"follow","start":99999}\n',
        b'{"ask":"release","offset":99999}\n',
        b"\xff\xfe\n",
        b"x" * (MAX_REQUEST_BYTES * 3) + b"\n",
    ],
)
async def test_what_cannot_be_served_is_refused_and_ends_the_connection(running, request_line):
    add(running.spool, steady(2))
    async with connected(running) as (reader, writer):
        writer.write(request_line)
        answer = json.loads(await reader.readline())
        assert list(answer) == ["error"]
        assert answer["error"]
        assert await reader.read() == b""


async def test_too_many_readers_are_refused(running, monkeypatch):
    monkeypatch.setattr(server_module, "MAX_CONNECTIONS", 1)
    async with connected(running) as (first, first_writer):
        ask(first_writer, ask="status")
        await first.readline()
        async with connected(running) as (second, _):
            assert b"connected already" in await second.readline()
        ask(first_writer, ask="status")
        assert await first.readline()


async def test_a_silent_reader_is_let_go(running, monkeypatch):
    monkeypatch.setattr(server_module, "IDLE_SECONDS", 0.05)
    async with connected(running) as (reader, _):
        assert await reader.read() == b""


async def test_a_reader_that_takes_nothing_is_let_go_and_holds_little_memory(running, monkeypatch):
    monkeypatch.setattr(server_module, "SEND_SECONDS", 0.2)
    for i in range(40):
        running.spool.append(steady(1_000, start=i * 1_000), {})
    running.spool.commit({"at": 1}, 0, NOON, LONG_AGO)
    async with connected(running) as (reader, writer):
        writer.transport.pause_reading()
        for _ in range(20):
            ask(writer, ask="read", start=0, end=running.spool.committed.end)
        await asyncio.gather(*running.server._readers)
        writer.transport.resume_reading()
        with contextlib.suppress(ConnectionError):
            assert len(await reader.read()) < 20 * running.spool.committed.end
    assert running.server._readers == set()
