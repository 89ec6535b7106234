"""The web server: one process, and two on one port."""

import asyncio
import os
import resource
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from time import monotonic, sleep

import pytest
import redis
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import ClientConnection, connect

from tests.trendsite.server import serving
from tests.trendsite.site import end_at_once, serve
from trendsite import pending_connections
from trendsite.serve import _allow_many_files

PATIENCE = 60.0


@pytest.fixture
def start(redis_url, tmp_path) -> Iterator:
    """Start a process of the site with these settings; return once it serves."""
    running = []

    def start(**settings: str) -> subprocess.Popen:
        environ = {**os.environ, "DATA_DIR": str(tmp_path), "REDIS_URL": redis_url, **settings}
        running.append(serve(environ, tmp_path / f"site-{len(running)}.log"))
        return running[-1]

    yield start
    for site in running:
        end_at_once(site)


def view(site: str) -> ClientConnection:
    """A viewer of the board."""
    return connect(f"ws://{site}/ws/board/", origin=f"http://{site}", proxy=None, open_timeout=PATIENCE)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize(("bound", "hosts"), [("::", ["127.0.0.1", "[::1]"]), ("::1", ["[::1]"])])
def test_it_serves_ipv6_and_with_every_address_ipv4_as_well(start, free_port, bound, hosts):
    start(PORT=str(free_port), BIND_ADDRESS=bound)
    for host in hosts:
        site = f"{host}:{free_port}"
        with view(site) as page:
            assert page.recv(timeout=PATIENCE)


def test_an_address_that_is_not_ours_is_one_line(redis_url, tmp_path, free_port):
    settings = {
        "DATA_DIR": str(tmp_path),
        "REDIS_URL": redis_url,
        "PORT": str(free_port),
        "BIND_ADDRESS": "203.0.113.1",
    }
    environ = {**os.environ, **settings}
    ended = subprocess.run(
        [sys.executable, "-m", "trendsite.serve"], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert f"BIND_ADDRESS and PORT, 203.0.113.1:{free_port}, cannot be listened on" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_two_processes_on_one_port_both_serve_each_with_one_subscription(start, free_port, redis_client):
    settings = {"PORT": str(free_port), "SITE_PROCESSES": "2"}
    before = _subscriptions(redis_client)
    first, _ = start(**settings), start(**settings)
    site = f"127.0.0.1:{free_port}"
    pages = []
    # The kernel chooses by a hash of the ports: with 64 viewers nobody's luck decides.
    for _ in range(64):
        pages.append(view(site))
        pages[-1].recv(timeout=PATIENCE)
    _wait_until(lambda: len(_subscriptions(redis_client) - before) == 2)
    for page in pages:
        page.close()
    end_at_once(first)
    with view(site) as page:
        assert "status" in page.recv(timeout=PATIENCE)


def _subscriptions(client: redis.Redis) -> set[str]:
    """The ids of connections with a subscription. Other tests may have left some."""
    return {connection["id"] for connection in client.client_list(_type="pubsub")}


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline
        sleep(0.05)


async def test_all_viewers_that_an_address_may_have_may_come_at_once(start, free_port):
    start(PORT=str(free_port), MAX_VIEWERS_PER_ADDRESS="400")
    site = f"127.0.0.1:{free_port}"
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    upgrade = f"Host: {site}\r\nOrigin: http://{site}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{key}"
    async with asyncio.timeout(PATIENCE):
        viewers = [await asyncio.open_connection("127.0.0.1", free_port) for _ in range(400)]
        for _, writer in viewers:
            writer.write(f"GET /ws/board/ HTTP/1.1\r\n{upgrade}\r\n".encode())
        for reader, _ in viewers:
            assert (await reader.readline()).startswith(b"HTTP/1.1 101 ")
    for _, writer in viewers:
        writer.transport.abort()


def test_a_second_process_alone_does_not_take_a_port_that_is_served(start, free_port):
    start(PORT=str(free_port))
    environ = {**os.environ, "PORT": str(free_port)}
    command = [sys.executable, "-m", "trendsite.serve"]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert "Address already in use" in ended.stderr


def test_it_says_nothing_of_itself_and_keeps_its_settings_in_one_line_of_error(start, free_port):
    start(PORT=str(free_port))
    with socket.create_connection(("127.0.0.1", free_port), timeout=PATIENCE) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nserver:" not in answer.lower()
    wrong = {**os.environ, "SITE_PROCESSES": "none"}
    ended = subprocess.run([sys.executable, "-m", "trendsite.serve"], env=wrong, capture_output=True, text=True)
    assert ended.stderr == "trendsite: SITE_PROCESSES='none' is not usable: give a whole number from 1 to 64\n"


@pytest.fixture
async def echo(monkeypatch) -> AsyncIterator[tuple[str, int]]:
    """An impatient server that reads a request whole, takes longer than its patience, and answers."""
    monkeypatch.setattr(pending_connections, "REQUEST_SECONDS", 0.5)

    async def application(scope, receive, send):
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            scope["extensions"]["trendsite.frame_writer"].mark_subscribed()
        while (await receive()).get("more_body"):
            pass
        await asyncio.sleep(0.8)
        if scope["type"] == "websocket":
            await send({"type": "websocket.send", "text": "still here"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    async with serving(application) as address:
        yield address


WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
BODY_TO_COME = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nbo"


@pytest.mark.parametrize("unfinished", [b"", WHOLE[:-2], BODY_TO_COME])
@pytest.mark.parametrize("answered", [0, 2])
async def test_a_connection_that_does_not_finish_a_request_is_closed_and_one_that_waits_for_an_answer_is_not(
    echo, unfinished, answered
):
    reader, writer = await asyncio.open_connection(*echo)
    async with asyncio.timeout(PATIENCE):
        for _ in range(answered):
            writer.write(WHOLE)
            assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200 ")
        writer.write(unfinished)
        assert await reader.read() == b""
    writer.close()


async def test_a_viewer_may_say_nothing_for_longer_than_a_request_may_take(echo):
    async with asyncio.timeout(PATIENCE), connect_async("ws://{}:{}".format(*echo), proxy=None) as viewer:
        await viewer.send("something")
        assert await viewer.recv() == "still here"


async def test_small_frames_are_sent_at_once():
    options = asyncio.Queue()

    async def application(scope, receive, send):
        await send({"type": "websocket.accept"})
        peer = scope["extensions"]["trendsite.frame_writer"].transport.getHandle()
        options.put_nowait(peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    async with (
        serving(application) as (host, port),
        asyncio.timeout(PATIENCE),
        connect_async(f"ws://{host}:{port}", proxy=None),
    ):
        assert await options.get() != 0


@pytest.mark.parametrize(("most", "allowed"), [(4_096, 4_096), (resource.RLIM_INFINITY, 65_536)])
@pytest.mark.parametrize("error", [None, ValueError, OSError])
def test_as_many_files_as_allowed_are_asked_for_and_a_refusal_is_borne(monkeypatch, most, allowed, error):
    asked = []

    def setrlimit(_which, limits):
        asked.append(limits)
        if error:
            raise error

    monkeypatch.setattr(resource, "getrlimit", lambda _which: (256, most))
    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    _allow_many_files()
    assert asked == [(allowed, most)]
