"""Faults for a running Trendsite: signals to processes, a leaping clock, a full disk, a proxy that resets."""

import asyncio
import contextlib
import errno
import mmap
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

_PROC = Path("/proc")

_COMMANDS = {
    "collector": ("-m collector", "-m tests.torture.replayed_network"),
    "streaming": ("-m streaming",),
    "redis": ("valkey-server", "redis-server"),
    "site": ("-m trendsite.serve",),
    "archive": ("manage.py archive", "trendsite.archive.tasks.watch"),
}


def find_process(supervisord: int, target: str, choice: random.Random) -> int | None:
    """Return the id of the process that a plan calls ``target``, one of several; None while none runs."""
    if target in _COMMANDS:
        parts = find_parts(supervisord, target)
        return choice.choice(parts) if parts else None
    streaming = find_process(supervisord, "streaming", choice)
    jvm = next((pid for pid in _descendants(streaming) if _is(pid, "org.apache.spark")), None) if streaming else None
    if target == "jvm" or jvm is None:
        return jvm
    workers = find_descendants(jvm, "pyspark")
    return choice.choice(workers) if workers else None


def find_parts(supervisord: int, part: str) -> list[int]:
    """Return the ids of all processes of a part that supervisord starts."""
    return [pid for pid in _children(supervisord) if _is(pid, *_COMMANDS[part])]


def find_descendants(pid: int, command: str) -> list[int]:
    """Return the ids of the processes below one that have ``command`` in their command line."""
    return [child for child in _descendants(pid) if _is(child, command)]


def has_argument(pid: int, argument: str) -> bool:
    """Return whether an argument of a process is ``argument``."""
    try:
        return argument.encode() in (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def send_signal(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process, which may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def is_dead(pid: int) -> bool:
    """Return whether a process has ended, even if its parent has not waited for it yet."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _is(pid: int, *commands: str) -> bool:
    try:
        command = (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return False
    return any(part in command for part in commands)


def _descendants(pid: int) -> Iterator[int]:
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for children in _PROC.glob(f"{pid}/task/*/children"):
        with contextlib.suppress(OSError):
            found += map(int, children.read_text().split())
    return found


_SOURCE = Path(__file__).with_name("clock.c")


class LeapingClock:
    """A library to preload, and the file from which it reads how many seconds the clock is ahead."""

    def __init__(self, folder: Path) -> None:
        """Make both in ``folder``. ``missing`` is the reason if that fails, else empty."""
        self._file = folder / "clock"
        self._file.write_bytes(bytes(8))
        self._seconds = 0
        self._library = folder / "clock.so"
        compiler = shutil.which("cc")
        self.missing = "" if compiler else "there is no C compiler"
        if compiler:
            command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(self._library), str(_SOURCE)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            self.missing = done.stderr.partition("\n")[0]

    def environment(self) -> dict[str, str]:
        """Return the environment variables of a process with this clock."""
        return {} if self.missing else {"LD_PRELOAD": str(self._library), "TORTURE_CLOCK": str(self._file)}

    def leap(self, seconds: int) -> None:
        """Move the clock of all these processes forward, or back."""
        self._seconds += seconds
        with self._file.open("r+b") as file, mmap.mmap(file.fileno(), 8) as shared:
            shared[:] = struct.pack("q", self._seconds)


_DISK_SIZE = "48m"
_FILLING = bytes(64 * 1024)


class SmallDisk:
    """A tmpfs at ``folder`` during a ``with`` block. ``missing`` is the reason if that fails, else empty."""

    def __init__(self, folder: Path) -> None:
        """Prepare; nothing is mounted yet."""
        self._folder = folder
        self._ballast = folder / "ballast"
        self.missing = ""

    def __enter__(self) -> "SmallDisk":
        self._folder.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_SIZE}", "tmpfs", str(self._folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            self.missing = done.stderr.strip()
        except OSError as error:
            self.missing = str(error)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self.missing:
            subprocess.run(["umount", "--lazy", str(self._folder)], check=True)

    def fill(self) -> None:
        """Leave no byte free."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for chunk in (_FILLING, _FILLING[:4096], b"\0"):
                try:
                    while True:
                        ballast.write(chunk)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def empty(self) -> None:
        """Free what was filled."""
        with contextlib.suppress(FileNotFoundError):
            self._ballast.unlink()


_CHUNK_BYTES = 65_536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_END_SECONDS = 5.0


class Proxy:
    """A TCP proxy to ``target`` on its own port, in its own thread."""

    def __init__(self, target: tuple[str, int]) -> None:
        """Listen. The target may start later."""
        self._target = target
        self._connections: set[asyncio.StreamWriter] = set()
        self._until_cut: int | None = None
        listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(listening)), daemon=True)
        self._thread.start()
        listening.wait()

    async def _run(self, listening: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        self.address = f"{host}:{port}"
        listening.set()
        await self._stop.wait()
        server.close()
        self._reset_all()

    def close(self) -> None:
        """Stop, and reset every connection."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_END_SECONDS)

    def reset_all(self) -> None:
        """Reset every connection at once."""
        self._loop.call_soon_threadsafe(self._reset_all)

    def cut_after(self, size: int) -> None:
        """Reset every connection after ``size`` more bytes of responses, so most likely inside one."""
        self._loop.call_soon_threadsafe(setattr, self, "_until_cut", size)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        self._connections.add(writer)
        # A connection ends by itself, by a reset, or with the proxy: no error.
        with contextlib.suppress(OSError, asyncio.CancelledError):
            answers, requests = await asyncio.open_connection(*self._target)
            ends.append(requests)
            self._connections.add(requests)
            await asyncio.gather(_pass_on(reader, requests), self._pass_answers_on(answers, writer))
        for end in ends:
            self._end(end)

    async def _pass_answers_on(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await answers.read(_CHUNK_BYTES):
            if self._until_cut is not None and len(data) > self._until_cut:
                writer.write(data[: self._until_cut])
                self._until_cut = None
                self._reset_all()
                return
            if self._until_cut is not None:
                self._until_cut -= len(data)
            writer.write(data)
            await writer.drain()
        writer.close()

    def _reset_all(self) -> None:
        for writer in list(self._connections):
            with contextlib.suppress(OSError):
                connection: socket.socket = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._end(writer)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._connections.discard(writer)
        writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
    writer.close()
