"""A board on a port of its own, its viewers, and a Redis server that a test may stop and start."""

import asyncio
import contextlib
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import redis
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from launch.machine import find_redis_server
from tests.trendsite.server import serving
from trendsite.board.live.broadcaster import Broadcaster
from trendsite.board.live.consumer import BoardConsumer
from trendsite.board.live.limits import ViewerLimits
from trendsite.queries.health import Viewers

PATIENCE = 60.0


class Seat:
    """One viewer's end of the WebSocket."""

    def __init__(self, address: str, query: str, **headers: str) -> None:
        url = f"ws://{address}/ws/board/{query}"
        self._connecting = connect(url, additional_headers=headers, proxy=None, open_timeout=PATIENCE)

    async def take(self) -> None:
        self._socket = await self._connecting

    async def say(self, message: str | bytes) -> None:
        await self._socket.send(message)

    async def message(self, wanted: Callable[[dict], bool]) -> str:
        """The next message that is ``wanted``; the others are passed over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                text = await self._socket.recv()
                if wanted(msgspec.json.decode(text)):
                    return text

    async def ranking(self, wanted: Callable[[dict], bool] = lambda _: True) -> str:
        return await self.message(lambda message: "status" not in message and wanted(message))

    async def status(self, wanted: Callable[[dict], bool] = lambda _: True) -> dict:
        text = await self.message(lambda message: "status" in message and wanted(message["status"]))
        return msgspec.json.decode(text)["status"]

    async def closing_code(self) -> int:
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self._socket.recv()
        assert self._socket.close_code
        return self._socket.close_code

    async def leave(self) -> None:
        await self._socket.close()


class Greetings:
    """Counts how often a broadcaster reached Redis."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, _redis: redis.asyncio.Redis) -> None:
        self.count += 1


@pytest.fixture
def greetings() -> Greetings:
    return Greetings()


@pytest.fixture
def broadcaster(greetings: Greetings) -> Broadcaster:
    return Broadcaster(on_connect=greetings)


@pytest.fixture
def viewers() -> Viewers:
    return Viewers()


@pytest.fixture
def limits() -> ViewerLimits:
    return ViewerLimits(max_total=100, max_per_address=100)


@pytest.fixture
async def board(broadcaster: Broadcaster, limits: ViewerLimits, viewers: Viewers) -> AsyncIterator[str]:
    """The host and port where the broadcaster's WebSocket is served."""
    application = BoardConsumer.as_asgi(broadcaster=broadcaster, limits=limits, viewers=viewers)
    async with serving(application) as (host, port):
        yield f"{host}:{port}"


@pytest.fixture
async def seat(board: str) -> AsyncIterator[Callable]:
    """``await seat("?languages=en")`` seats a viewer; all leave after the test."""
    seats: list[Seat] = []

    async def take_seat(query: str = "", **headers: str) -> Seat:
        one = Seat(board, query, **headers)
        await one.take()
        seats.append(one)
        return one

    yield take_seat
    for one in seats:
        await one.leave()


class RestartableRedis:
    """A Redis server on a unix socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: subprocess.Popen | None = None
        self.url = f"unix://{folder}/redis.sock"

    def start(self) -> redis.Redis:
        """Start empty; return a client once it answers."""
        options = ["--port", "0", "--unixsocket", str(self._folder / "redis.sock"), "--dir", str(self._folder)]
        command = [str(find_redis_server()), *options, "--save", "", "--daemonize", "no"]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._server.stdout
        assert any("Ready to accept connections" in line or "ready to accept" in line for line in self._server.stdout)
        return redis.Redis.from_url(self.url, decode_responses=True)

    def stop(self) -> None:
        if self._server:
            self._server.kill()
            self._server.communicate(timeout=PATIENCE)
            self._server = None


@pytest.fixture
def restartable_redis() -> Iterator[RestartableRedis]:
    with tempfile.TemporaryDirectory(prefix="trendsite-") as folder:
        server = RestartableRedis(Path(folder))
        yield server
        server.stop()
