"""The web server: one process, and two on one port."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import pytest
import uvicorn
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


async def test_a_connection_that_never_asks_is_closed(monkeypatch):
    monkeypatch.setattr(serve, "REQUEST_SECONDS", 0.1)

    async def application(scope, receive, send): ...

    server = uvicorn.Server(configuration(application))
    listener = listen(("127.0.0.1", 0), is_shared=False)
    serving = asyncio.create_task(server.serve([listener]))
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(b"GET / HTTP/1.1\r\nHost: ")
    async with asyncio.timeout(20):
        assert await reader.read() == b""
    writer.close()
    server.should_exit = True
    await serving
