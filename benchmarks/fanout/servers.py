"""The servers that are compared: each is one process that sends rankings from Redis to many viewers."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.harness import ROOT, BenchmarkError, python_with, wait_until
from benchmarks.stack import UNSET
from contract import redis_names
from contract.language import ALL_LANGUAGES

BEFORE_DAPHNE = "75527bb"
"""The last revision that uvicorn served."""

SOURCE = "simulator"

_HERE = Path(__file__).resolve().parent
_UVICORN = "uvicorn==0.54.0"
_UNLIMITED = "1000000"


@dataclass(frozen=True)
class Program:
    """How to start a server: its command and where it is imported from."""

    command: list[str]
    folder: Path = ROOT
    packages: tuple[Path, ...] = ()


@dataclass(frozen=True)
class FanoutServer:
    """One server: for a port and the URL of Redis, ``prepare`` gives its program for the length of a ``with`` block.

    It sends what is published on ``channel``.
    """

    name: str
    prepare: Callable[[int, str], AbstractContextManager[Program]]
    channel: str = redis_names.ranking_channel(SOURCE, "day", ALL_LANGUAGES)


@contextlib.contextmanager
def _ours(_port: int, _url: str) -> Iterator[Program]:
    yield Program([sys.executable, "-m", "trendsite.serve"])


@contextlib.contextmanager
def _bare(port: int, url: str) -> Iterator[Program]:
    yield Program([sys.executable, "-m", "benchmarks.fanout.bare", str(port), url])


@contextlib.contextmanager
def _groups(port: int, url: str) -> Iterator[Program]:
    daphne = f"daphne=={version('daphne')}"
    python = python_with(daphne, "channels_redis==4.3.0", as_here=("Django", "channels", "Twisted", "redis"))
    yield Program([str(python), str(_HERE / "groups.py"), str(port), url])


OURS = FanoutServer("Trendsite", _ours)
BARE = FanoutServer("bare websockets broadcast", _bare)
GROUPS = FanoutServer("Channels groups on Redis pub/sub", _groups)


def previous(revision: str = BEFORE_DAPHNE) -> FanoutServer:
    """Return Trendsite as it was in another revision of the repository, with the packages that we have."""

    @contextlib.contextmanager
    def prepare(_port: int, _url: str) -> Iterator[Program]:
        uvicorn = python_with(_UVICORN).parent.parent
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            tree = Path(folder, "tree")
            _git("worktree", "add", "--detach", str(tree), revision)
            try:
                packages = tuple(uvicorn.glob("lib/python*/site-packages"))
                yield Program([sys.executable, "-m", "trendsite.serve"], tree, packages)
            finally:
                _git("worktree", "remove", "--force", str(tree))

    # Channels of one source at a time did not name it.
    names_source = "def ranking_channel(source" in _git("show", f"{revision}:contract/redis_names.py")
    name = f"Trendsite at {revision}"
    return (
        FanoutServer(name, prepare)
        if names_source
        else FanoutServer(name, prepare, f"trendsite:ranking:day:{ALL_LANGUAGES}")
    )


@contextlib.contextmanager
def running(server: FanoutServer, port: int, url: str, folder: Path) -> Iterator[int]:
    """Run a server for the length of a ``with`` block, which gets its process id.

    Raises:
        BenchmarkError: it does not listen.
        subprocess.CalledProcessError: what it needs cannot be installed or checked out.
    """
    with server.prepare(port, url) as program:
        environment = {
            **os.environ,
            **UNSET,
            "PORT": str(port),
            "REDIS_URL": url,
            "DATA_DIR": str(folder),
            "SITE_PROCESSES": "1",
            "MAX_VIEWERS": _UNLIMITED,
            "MAX_VIEWERS_PER_ADDRESS": _UNLIMITED,
            "PYTHONPATH": os.pathsep.join(map(str, (program.folder, *program.packages))),
        }
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                program.command, cwd=program.folder, env=environment, stdout=output, stderr=output
            )
        try:
            wait_until(lambda: _listens(port) or process.poll() is not None, f"{server.name} listens")
            wait_until(lambda: process.poll() is None, f"{server.name} goes on", 1)
            yield process.pid
        except BenchmarkError:
            print(*log.read_text(errors="replace").splitlines()[-20:], sep="\n", file=sys.stderr)
            raise
        finally:
            process.kill()
            process.wait()


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120).stdout


def _listens(port: int) -> bool:
    wanted = f":{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1].endswith(wanted) and line.split()[3] == "0A" for line in lines)
