"""The web server: one process, and two on one port."""

import asyncio
import os
import resource
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
import uvicorn
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect

from trendsite import serve
from trendsite.serve import configuration, listen


@pytest.fixture
def start(redis_url, tmp_path) -> Iterator:
    """Start a process of the site with these settings; return once it serves."""
    running = []

    def start(**settings: str) -> subprocess.Popen:
        environ = {**os.environ, "DATA_DIR": str(tmp_path), "REDIS_URL": redis_url, **settings}
        command = [sys.executable, "-m", "trendsite.serve"]
        site = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)
        running.append(site)
        assert any("Serving on" in line for line in site.stderr)
        return site

    yield start
    for site in running:
        site.kill()
        site.communicate(timeout=10)


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_two_processes_on_one_port_both_serve_each_with_one_subscription(start, free_port, redis_client):
    settings = {"PORT": str(free_port), "SITE_PROCESSES": "2"}
    first, _ = start(**settings), start(**settings)
    site = f"127.0.0.1:{free_port}"
    view = partial(connect, f"ws://{site}/ws/board/", origin=f"http://{site}", proxy=None)
    pages = []
    # The kernel chooses by a hash of the ports: with 64 viewers nobody's luck decides.
    for _ in range(64):
        pages.append(view())
        pages[-1].recv(timeout=20)
    assert len(redis_client.client_list(_type="pubsub")) == 2
    for page in pages:
        page.close()
    first.kill()
    first.wait(10)
    with view() as page:
        assert "status" in page.recv(timeout=20)


def test_a_second_process_alone_does_not_take_a_port_that_is_served(start, free_port):
    start(PORT=str(free_port))
    environ = {**os.environ, "PORT": str(free_port)}
    command = [sys.executable, "-m", "trendsite.serve"]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert "Address already in use" in ended.stderr


def test_it_says_nothing_of_itself_and_keeps_its_settings_in_one_line_of_error(start, free_port):
    start(PORT=str(free_port))
    with socket.create_connection(("127.0.0.1", free_port), timeout=10) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nserver:" not in answer.lower()
    wrong = {**os.environ, "SITE_PROCESSES": "none"}
    ended = subprocess.run([sys.executable, "-m", "trendsite.serve"], env=wrong, capture_output=True, text=True)
    assert ended.stderr == "trendsite: SITE_PROCESSES='none' is not usable: give a whole number from 1 to 64\n"


@pytest.fixture
async def echo(monkeypatch) -> AsyncIterator[tuple[str, int]]:
    """An impatient server that reads a request whole, takes longer than its patience, and answers."""
    monkeypatch.setattr(serve, "REQUEST_SECONDS", 0.2)

    async def application(scope, receive, send):
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
        while (await receive()).get("more_body"):
            pass
        await asyncio.sleep(0.5)
        if scope["type"] == "websocket":
            await send({"type": "websocket.send", "text": "still here"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    server = uvicorn.Server(configuration(application))
    listener = listen(("127.0.0.1", 0), is_shared=False)
    serving = asyncio.create_task(server.serve([listener]))
    yield listener.getsockname()
    server.should_exit = True
    await serving


WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
BODY_TO_COME = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nbo"


@pytest.mark.parametrize("unfinished", [b"", WHOLE[:-2], BODY_TO_COME])
@pytest.mark.parametrize("answered", [0, 2])
async def test_a_connection_that_does_not_finish_a_request_is_closed_and_one_that_waits_for_an_answer_is_not(
    echo, unfinished, answered
):
    reader, writer = await asyncio.open_connection(*echo)
    async with asyncio.timeout(20):
        for _ in range(answered):
            writer.write(WHOLE)
            assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200 ")
        writer.write(unfinished)
        assert await reader.read() == b""
    writer.close()


async def test_a_viewer_may_say_nothing_for_longer_than_a_request_may_take(echo):
    async with asyncio.timeout(20), connect_async("ws://{}:{}".format(*echo), proxy=None) as viewer:
        await viewer.send("something")
        assert await viewer.recv() == "still here"


async def test_small_frames_are_sent_at_once():
    options = asyncio.Queue()

    class Accepted(asyncio.Protocol):
        def connection_made(self, transport):
            peer = transport.get_extra_info("socket")
            options.put_nowait(peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    listener = listen(("127.0.0.1", 0), is_shared=False)
    server = await asyncio.get_running_loop().create_server(Accepted, sock=listener)
    _, writer = await asyncio.open_connection(*listener.getsockname())
    async with server, asyncio.timeout(20):
        assert await options.get() != 0
    writer.close()


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
    serve._allow_many_files()
    assert asked == [(allowed, most)]
