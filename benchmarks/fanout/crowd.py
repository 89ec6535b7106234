"""The viewers of one server: processes of their own, told to grow and asked what they received."""

import json
import subprocess
import sys
import time
from types import TracebackType

from benchmarks.fanout.receipts import Receipts
from benchmarks.harness import ROOT, BenchmarkError

_PROCESSES = 2
_AT_ONCE = 250


class Crowd:
    """Grows and receives for the length of a ``with`` block."""

    def __init__(self, port: int) -> None:
        """View what is served on ``port`` of this machine."""
        self._port = port
        self.viewers = 0
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> "Crowd":
        command = [sys.executable, "-m", "benchmarks.fanout.crowd_process", str(self._port)]
        for _ in range(_PROCESSES):
            self._processes.append(
                subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()

    @property
    def pids(self) -> list[int]:
        """The processes."""
        return [process.pid for process in self._processes]

    def grow_to(self, viewers: int) -> float:
        """Let viewers join until there are so many; return how many joined a second.

        Raises:
            BenchmarkError: the server refused one.
        """
        began, before = time.monotonic(), self.viewers
        while self.viewers < viewers:
            joining = min(_AT_ONCE, viewers - self.viewers)
            self._ask(self._processes[self.viewers // _AT_ONCE % _PROCESSES], f"join {joining}")
            self.viewers += joining
        return (viewers - before) / (time.monotonic() - began)

    def receipts(self) -> Receipts:
        """Return what all received since this was asked last.

        Raises:
            BenchmarkError: the server sent one of them away.
        """
        found = Receipts()
        for process in self._processes:
            found += Receipts(json.loads(self._ask(process, "receipts")))
        return found

    @staticmethod
    def _ask(process: subprocess.Popen[str], order: str) -> str:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a process without pipes")
        try:
            print(order, file=process.stdin, flush=True)
        except BrokenPipeError:
            raise BenchmarkError("the viewers were sent away") from None
        answer = process.stdout.readline()
        if not answer:
            raise BenchmarkError("the viewers were sent away")
        return answer
