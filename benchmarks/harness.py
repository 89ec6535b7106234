"""What every benchmark needs: a wait with a timeout, free ports, a Redis server, a virtual environment, a cache."""

import contextlib
import os
import random
import socket
import subprocess
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import redis

from launch.machine import find_redis_server

ROOT = Path(__file__).resolve().parent.parent

Value = TypeVar("Value")

_PAUSE_SECONDS = 0.05
_PORTS = range(20_000, 30_000)
"""Below those that the kernel gives to connections, and above those of the tests."""


class BenchmarkError(RuntimeError):
    """A benchmark failed. The message is one line and says why."""


def wait_until(happened: Callable[[], Value | None], what: str, seconds: float = 120) -> Value:
    """Call ``happened`` twenty times a second; return its first true value.

    Raises:
        BenchmarkError: there was none within ``seconds``.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := happened():
            return value
        time.sleep(_PAUSE_SECONDS)
    raise BenchmarkError(f"within {seconds:g} s it did not happen that {what}")


def free_ports(number: int) -> list[int]:
    """Return ports of this machine that nothing listens on, and that the kernel gives to no connection meanwhile."""
    found: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        if len(found) == number:
            break
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
    return found


def cache_folder() -> Path:
    """Return the folder for files that take long to make."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "trendsite-benchmarks")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def own_redis(program: str | None = None) -> Iterator[str]:
    """Run an empty Redis server, ours or another ``program``, on a unix socket; yield its URL."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder, "redis.sock")
        command = [program or str(find_redis_server()), "--port", "0", "--unixsocket", str(path), "--dir", folder]
        server = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: _answers(path), "Redis answers")
            yield f"unix://{path}"
        finally:
            server.terminate()
            server.wait(60)


def _answers(path: Path) -> bool:
    with redis.Redis(unix_socket_path=str(path)) as client, contextlib.suppress(redis.ConnectionError):
        return bool(client.ping())
    return False


def python_with(*packages: str, as_here: tuple[str, ...] = ()) -> Path:
    """Return the Python of a virtual environment with ``packages``; the first call installs them.

    The packages in ``as_here`` get the version that this environment has.

    Raises:
        subprocess.CalledProcessError: the installation failed.
    """
    home = cache_folder() / packages[0].replace("==", "-")
    python = home / "bin" / "python"
    if not (home / "installed").exists():
        venv.create(home, with_pip=True, clear=True)
        same = [f"{name}=={version(name)}" for name in as_here]
        install = [str(python), "-m", "pip", "install", "--quiet", *packages, *same]
        subprocess.run(install, check=True, capture_output=True, timeout=300)
        (home / "installed").touch()
    return python
