"""The server: requests over a real connection, served from a real spool."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

import pytest

from collector import server as server_module
from collector.log.spool import Spool
from collector.server import LogServer
from contract.post import encode_posts
from contract.secret import is_proof, new_nonce, proof
from contract.socket_protocol import MAX_REQUEST_BYTES
from tests.collector.log.test_spool import LONG_AGO, add, open_spool
from tests.collector.made_up import NOON, steady

PATIENCE_SECONDS = 60.0
SECRET = "9f1c4b7e2a6d8035c1e4f7092b5d8a63"


@dataclass
class Running:
    spool: Spool
    server: LogServer
    port: int


@pytest.fixture
async def running(tmp_path, monkeypatch) -> AsyncIterator[Running]:
    # A test that is about one of these bounds sets it. Others may stand still for seconds on a busy machine.
    monkeypatch.setattr(server_module, "FIRST_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(server_module, "MAX_STATUS_SECONDS", PATIENCE_SECONDS)
    for bounds in (server_module.IDLE_SECONDS, server_module.SEND_SECONDS):
        for kind in bounds:
            monkeypatch.setitem(bounds, kind, PATIENCE_SECONDS)
    spool = open_spool(tmp_path, segment_bytes=300)
    server = LogServer(spool, SECRET)
    listening = await server.start(("127.0.0.1", 0))
    yield Running(spool, server, listening.sockets[0].getsockname()[1])
    listening.close()
    await server.close()
    spool.close()


@contextlib.asynccontextmanager
async def connected(running: Running) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    async with asyncio.timeout(2 * PATIENCE_SECONDS):
        yield reader, writer
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def proven(running: Running) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection of a reader that knows the secret."""
    async with connected(running) as (reader, writer):
        answer = await prove(reader, writer)
        assert list(answer) == ["proof"]
        yield reader, writer


async def prove(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, secret: str = SECRET) -> dict[str, str]:
    own = new_nonce()
    ask(writer, ask="challenge")
    theirs = json.loads(await reader.readline())["nonce"]
    ask(writer, ask="prove", nonce=own, proof=proof(secret, "reader", theirs, own))
    answer = json.loads(await reader.readline())
    assert "error" in answer or is_proof(answer["proof"], secret, "collector", theirs, own)
    return answer


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


def ask(writer: asyncio.StreamWriter, **request: object) -> None:
    writer.write(json.dumps(request).encode() + b"\n")


async def test_one_connection_carries_many_requests(running):
    expected = add(running.spool, steady(9))
    async with proven(running) as (reader, writer):
        ask(writer, ask="status")
        status = json.loads(await reader.readline())
        assert (status["source"], status["first_offset"], status["end_offset"]) == ("test", 0, len(expected))
        ask(writer, ask="read", start=0, end=len(expected))
        assert json.loads(await reader.readline()) == {"bytes": len(expected)}
        assert await reader.readexactly(len(expected)) == expected
        ask(writer, ask="release", offset=5)
        assert json.loads(await reader.readline())["days"] == status["days"]


async def test_a_status_waits_for_the_wanted_end_and_no_longer(running):
    async with proven(running) as (reader, writer):
        ask(writer, ask="status", wanted=1, seconds=PATIENCE_SECONDS)
        waiting = asyncio.create_task(reader.readline())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        expected = add(running.spool, steady(9))
        running.server.wake_followers()
        assert json.loads(await waiting)["end_offset"] == len(expected)
        ask(writer, ask="status", wanted=len(expected), seconds=PATIENCE_SECONDS)
        assert json.loads(await reader.readline())["end_offset"] == len(expected)
        ask(writer, ask="status", wanted=len(expected) + 1, seconds=0.05)
        assert json.loads(await reader.readline())["end_offset"] == len(expected)


async def test_nobody_waits_longer_than_allowed_and_strangers_not_at_all(running, monkeypatch):
    monkeypatch.setattr(server_module, "MAX_STATUS_SECONDS", 0.05)
    async with connected(running) as (reader, writer), proven(running) as (own, own_writer):
        ask(own_writer, ask="status", wanted=1, seconds=3_600)
        assert json.loads(await own.readline())["end_offset"] == 0
        monkeypatch.setattr(server_module, "MAX_STATUS_SECONDS", 3_600)
        ask(writer, ask="status", wanted=1, seconds=3_600)
        assert json.loads(await reader.readline())["end_offset"] == 0


async def test_cuts_inside_lines_give_whole_lines(running):
    expected = add(running.spool, steady(9))
    second = expected.index(b"\n") + 1
    async with proven(running) as (reader, writer):
        ask(writer, ask="read", start=1, end=second + 1)
        header = json.loads(await reader.readline())
        assert (await reader.readexactly(header["bytes"])) == encode_posts([steady(9)[1]])
        ask(writer, ask="read", start=1, end=second)
        assert json.loads(await reader.readline()) == {"bytes": 0}


async def test_following_sends_the_log_and_then_new_lines(running):
    expected = add(running.spool, steady(3))
    async with connected(running) as (reader, writer):
        ask(writer, ask="follow")
        assert await reader.readexactly(len(expected)) == expected
        more = add(running.spool, steady(2, start=10))
        running.server.wake_followers()
        assert await reader.readexactly(len(more)) == more


async def test_following_continues_after_the_reader_closed_its_sending_side(running):
    expected = add(running.spool, steady(3))
    async with connected(running) as (reader, writer):
        ask(writer, ask="follow", start=0)
        writer.write_eof()
        assert await reader.readexactly(len(expected)) == expected
        more = add(running.spool, steady(1, start=10))
        running.server.wake_followers()
        assert await reader.readexactly(len(more)) == more


@pytest.mark.parametrize("closes_its_side_first", [False, True])
async def test_a_follower_that_left_is_noticed_without_new_posts(running, monkeypatch, closes_its_side_first):
    monkeypatch.setattr(server_module, "PROBE_SECONDS", 1)
    expected = add(running.spool, steady(3))
    async with connected(running) as (reader, writer):
        ask(writer, ask="follow", start=0)
        assert await reader.readexactly(len(expected)) == expected
        if closes_its_side_first:
            writer.write_eof()
        # With this, the system notices a closed connection at once. Without, it does with a later probe.
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
        await asyncio.gather(*running.server._tasks)
    assert running.server._connections._anonymous.total() == 0


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
        b'{"ask":"status","x":' + b"[" * 3_000 + b"\n",
        b"\xff\xfe\n",
        b"x" * (MAX_REQUEST_BYTES * 3) + b"\n",
    ],
)
async def test_a_bad_request_is_refused_and_ends_the_connection(running, request_line):
    add(running.spool, steady(2))
    async with proven(running) as (reader, writer):
        writer.write(request_line)
        answer = json.loads(await reader.readline())
        assert list(answer) == ["error"]
        assert answer["error"]
        assert await reader.read() == b""


@pytest.mark.parametrize("line", [b'{"ask":"read","start":0,"end":5}\n', b'{"ask":"release","offset":5}\n'])
async def test_read_and_release_need_the_secret(running, line):
    add(running.spool, steady(2))
    async with connected(running) as (reader, writer):
        writer.write(line)
        assert b"need the collector's secret" in await reader.read()
    running.spool.commit({"at": 9}, 0, NOON, LONG_AGO)
    assert running.spool.committed.released == 0


async def test_wrong_secrets_are_always_refused_and_logged_at_most_once_a_minute(running, caplog):
    for _ in range(30):
        async with connected(running) as (reader, writer):
            assert "secret is wrong" in (await prove(reader, writer, SECRET[::-1]))["error"]
            assert await reader.read() == b""
    assert len(caplog.messages) == 1
    assert SECRET not in caplog.text


async def test_an_overheard_proof_is_worthless(running):
    async with connected(running) as (reader, writer):
        ask(writer, ask="challenge")
        theirs, own = json.loads(await reader.readline())["nonce"], new_nonce()
        overheard = {"ask": "prove", "nonce": own, "proof": proof(SECRET, "reader", theirs, own)}
        ask(writer, **overheard)
        answer = json.loads(await reader.readline())
        # A nonce is valid for one proof.
        ask(writer, **overheard)
        assert b"needs a challenge" in await reader.read()
    for replayed in (overheard, {**overheard, "proof": answer["proof"]}):
        async with connected(running) as (reader, writer):
            ask(writer, ask="challenge")
            await reader.readline()
            ask(writer, **replayed)
            assert b"secret is wrong" in await reader.read()


async def test_a_second_challenge_is_refused(running):
    async with connected(running) as (reader, writer):
        writer.write(b'{"ask":"challenge"}\n' * 3_000)
        assert b"nonce" in await reader.readline()
        assert b"one challenge is enough" in await reader.readline()
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""


async def test_too_many_readers_are_refused(running, monkeypatch):
    monkeypatch.setattr(server_module, "MAX_READERS", 1)
    async with proven(running) as (first, first_writer):
        async with connected(running) as (second, second_writer):
            assert "1 readers are connected already" in (await prove(second, second_writer))["error"]
        ask(first_writer, ask="status")
        assert await first.readline()


async def test_anonymous_connections_are_limited_and_leave_room_for_readers(running, monkeypatch):
    monkeypatch.setattr(server_module, "MAX_ANONYMOUS_PER_ADDRESS", 2)
    expected = add(running.spool, steady(3))
    async with contextlib.AsyncExitStack() as following:
        for _ in range(2):
            reader, writer = await following.enter_async_context(connected(running))
            ask(writer, ask="follow")
            assert await reader.readexactly(len(expected)) == expected
        for request in ({"ask": "follow"}, {"ask": "status"}):
            async with connected(running) as (reader, writer):
                ask(writer, **request)
                assert b"2 of your connections are open already" in await reader.read()
        async with proven(running) as (reader, writer):
            ask(writer, ask="read", start=0, end=len(expected))
            await reader.readline()
            assert await reader.readexactly(len(expected)) == expected


@pytest.mark.parametrize("begun", [b"", b'{"ask":"sta', b'{"ask":"challenge"}\n'])
async def test_silent_connections_never_block_a_reader_and_are_closed(running, monkeypatch, begun):
    monkeypatch.setattr(server_module, "MAX_NEW", 20)
    monkeypatch.setattr(server_module, "FIRST_SECONDS", 5.0)
    expected = add(running.spool, steady(3))
    async with contextlib.AsyncExitStack() as opened:
        silent = [await opened.enter_async_context(connected(running)) for _ in range(60)]
        for _, writer in silent:
            writer.write(begun)
        async with proven(running) as (reader, writer):
            ask(writer, ask="read", start=0, end=len(expected))
            await reader.readline()
            assert await reader.readexactly(len(expected)) == expected
            for silent_reader, _ in silent:
                with contextlib.suppress(ConnectionError):
                    assert len(await silent_reader.read()) < 200
            ask(writer, ask="status")
            assert await reader.readline()
    await eventually(lambda: not running.server._tasks)
    assert running.server._connections._new_count == 0


async def test_at_the_limit_the_oldest_new_connection_of_the_busiest_address_is_closed():
    ended: list[str] = []
    crowd = server_module.Connections()
    for number in range(server_module.MAX_NEW + 2):
        address = "192.0.2.1" if number == 0 else "198.51.100.7"
        crowd.add(server_module.Connection(address, partial(ended.append, f"{address} {number}")))
    assert ended == ["198.51.100.7 1", "198.51.100.7 2"]


def test_addresses_of_one_ipv6_network_count_as_one_and_ipv4_stays_ipv4():
    hosts = ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "2001:db8::ffff:1", "fe80::1%eth0"]
    networks = ["192.0.2.1", "192.0.2.1", "2001:db8::/64", "2001:db8::/64", "fe80::/64"]
    assert [server_module.network_of(host) for host in hosts] == networks


@pytest.mark.parametrize("kind", ["anonymous", "reader"])
async def test_an_idle_connection_is_closed(running, monkeypatch, kind):
    monkeypatch.setitem(server_module.IDLE_SECONDS, kind, 0.05)
    async with connected(running) as (reader, writer):
        if kind == "reader":
            await prove(reader, writer)
        else:
            ask(writer, ask="status")
            await reader.readline()
        assert await reader.read() == b""


@pytest.mark.parametrize("kind", ["anonymous", "reader"])
async def test_a_client_that_does_not_receive_is_cut_off_and_uses_little_memory(running, monkeypatch, kind):
    monkeypatch.setitem(server_module.SEND_SECONDS, kind, 0.2)
    for i in range(160):
        running.spool.append(steady(1_000, start=i * 1_000), {})
    running.spool.commit({"at": 1}, 0, NOON, LONG_AGO)
    end = running.spool.committed.end
    async with connected(running) as (reader, writer):
        if kind == "reader":
            await prove(reader, writer)
        writer.transport.pause_reading()
        for _ in range(20):
            ask(writer, **({"ask": "read", "start": 0, "end": end} if kind == "reader" else {"ask": "follow"}))
        await eventually(lambda: running.server._tasks)
        await asyncio.gather(*running.server._tasks)
        writer.transport.resume_reading()
        with contextlib.suppress(ConnectionError):
            assert len(await reader.read()) < (20 * end if kind == "reader" else end)
    assert running.server._tasks == set()
