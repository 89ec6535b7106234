"""The ways to show a ranking to many viewers that are compared, each one process on a port of its own."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.own_venv import python_with
from benchmarks.stack import ROOT
from benchmarks.waiting import BenchmarkError, wait_until

_HERE = Path(__file__).resolve().parent
_MANY = "1000000"


@dataclass(frozen=True)
class Server:
    """One way: its command for a port and a Redis."""

    name: str
    command: Callable[[int, str], list[str]]


def _groups(port: int, url: str) -> list[str]:
    python = python_with("channels_redis==4.3.0", as_here=("Django", "channels", "uvicorn", "websockets", "redis"))
    return [str(python), str(_HERE / "groups.py"), str(port), url]


OURS = Server("Trendsite", lambda _port, _url: [sys.executable, "-m", "trendsite.serve"])
BARE = Server(
    "bare websockets broadcast", lambda port, url: [sys.executable, "-m", "benchmarks.fanout.bare", str(port), url]
)
GROUPS = Server("Channels groups on Redis pub/sub", _groups)


@contextlib.contextmanager
def running(server: Server, port: int, url: str, folder: Path) -> Iterator[int]:
    """Run a server for the length of a ``with`` block, which gets its process id.

    Raises:
        BenchmarkError: it does not listen.
    """
    environment = {
        **os.environ,
        "PORT": str(port),
        "REDIS_URL": url,
        "DATA_DIR": str(folder),
        "SITE_PROCESSES": "1",
        "MAX_VIEWERS": _MANY,
        "MAX_VIEWERS_PER_ADDRESS": _MANY,
        "PYTHONPATH": str(ROOT),
    }
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(server.command(port, url), cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        wait_until(lambda: _listens(port) or process.poll() is not None, f"{server.name} listens", 60)
        yield process.pid
    except BenchmarkError:
        print(*log.read_text(errors="replace").splitlines()[-20:], sep="\n", file=sys.stderr)
        raise
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    wanted = f":{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1].endswith(wanted) and line.split()[3] == "0A" for line in lines)
