"""Collector, streaming and Redis of one replay, without a site: what a cluster is compared with."""

import hashlib
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from benchmarks.harness import ROOT, BenchmarkError, own_redis, wait_until
from benchmarks.observers import Reports
from contract.address import Address, address_text
from contract.closed_day import closed_day_folder
from contract.socket_protocol import StreamStatus
from streaming.source.client import CollectorClient

_STOP_SECONDS = 60
_START_SECONDS = 120
_COUNT_SECONDS = 900
SECRET = "5d41402abc4b2a76b9719d911017c592"  # noqa: S105 - of this benchmark only


class Pipeline:
    """The processes of one replay in ``folder``, stopped when the block is left."""

    def __init__(
        self, folder: Path, file: Path, speed: float, address: Address, log_url: str = "", **settings: str
    ) -> None:
        """Prepare to replay ``file`` ``speed`` times as fast as it was, with a collector at ``address``.

        ``log_url`` is the LOG_URL of both, ``settings`` are those of streaming.
        """
        self._folder = folder
        self._address = address
        self._settings = settings
        self._own = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(folder / "var"),
            "SOURCE": "replay",
            "REPLAY_FILE": str(file),
            "REPLAY_SPEED": str(speed),
            "REPLAY_SHIFT": "none",
            "COLLECTOR_ADDRESS": address_text(address),
            "COLLECTOR_SECRET": SECRET,
            "LOG_URL": log_url,
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._means = ExitStack()

    def __enter__(self) -> "Pipeline":
        self._folder.mkdir(parents=True, exist_ok=True)
        self._own["REDIS_URL"] = self._means.enter_context(own_redis())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in reversed(self._processes.values()):
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._means.close()

    def start_collector(self) -> int:
        """Start the collector; return its process id once it serves."""
        return self._start("collector", {})

    def start_streaming(self) -> int:
        """Start streaming; return its process id at once."""
        return self._start("streaming", self._settings)

    def status(self) -> StreamStatus:
        """Return the status of the collector's stream."""
        with CollectorClient(self._address, patience=30) as client:
            return client.status()

    def wait_until_counted(self) -> dict[str, str]:
        """Wait until every day of the replay is closed; return the SHA-256 of the counts of each.

        Hashtags used together are estimates, which depend on how posts fall into batches, so they are left out.

        Raises:
            BenchmarkError: streaming ended, or needs too long.
        """
        status = self.status()
        closed = closed_day_folder(self._folder / "var", status.source, min(status.days)).parent
        wait_until(lambda: self._is_closed(closed), "every day is closed", _COUNT_SECONDS)
        files = sorted(path for path in closed.rglob("counts.parquet"))
        return {str(path.relative_to(closed)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def is_read(self) -> bool:
        """Return whether the collector has read the whole file: it closes the last day then."""
        days = self.status().days.values()
        return bool(days) and all(day.closed_offset is not None for day in days)

    def counted(self) -> int:
        """Return the offset up to which everything is counted."""
        report = Reports(self._own["REDIS_URL"]).streaming(self.status().source)
        return report.counted_offset if report else 0

    def batch(self) -> int:
        """Return the number of the last batch that Spark has handed over, -1 before the first."""
        report = Reports(self._own["REDIS_URL"]).streaming(self.status().source)
        return report.batch if report else -1

    def log(self, part: str) -> str:
        """Return what a part has logged."""
        return (self._folder / f"{part}.log").read_text(errors="replace")

    def _start(self, part: str, settings: dict[str, str]) -> int:
        command = [sys.executable, "-m", part]
        with (self._folder / f"{part}.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env={**self._own, **settings}, stdout=log, stderr=log)
        self._processes[part] = process
        if part == "collector":
            wait_until(self._is_served, "the collector serves", _START_SECONDS)
        return process.pid

    def _is_served(self) -> bool:
        self._raise_if_ended()
        try:
            with CollectorClient(self._address, patience=0) as client:
                return bool(client.status().days)
        except OSError:
            return False

    def _is_closed(self, closed: Path) -> bool:
        self._raise_if_ended()
        with CollectorClient(self._address, patience=30) as client:
            status = client.status()
        return not status.days and closed.exists()

    def _raise_if_ended(self) -> None:
        for part, process in self._processes.items():
            if process.poll() is not None:
                last = (self.log(part).splitlines() or ["nothing"])[-1]
                raise BenchmarkError(f"{part} ended with {process.returncode}: {last}")
