"""A private Trendsite, started as `make run` starts it and always stopped again."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

from benchmarks.harness import ROOT, free_ports, wait_until
from benchmarks.processes import Usage, pids_of, tree, usage

_STOP_SECONDS = 90
_IDLE_SECONDS = 2.0
_IDLE_SHARE = 0.1

# Settings of a person's environment or .env must not reach a benchmark; an empty value counts as unset.
UNSET = dict.fromkeys(
    (
        *("REDIS_URL", "DATABASE_URL", "ARCHIVE_URL", "ALLOWED_HOSTS", "PUBLIC_URL", "BIND_ADDRESS", "SITE_IS_HTTPS"),
        *("SPOOL_MAX_BYTES", "DAY_GRACE", "COLLECTOR_SECRET"),
    ),
    "",
)


# Without bytecode every start compiles a thousand modules anew, which takes longer than all else in it.
_LEFT_OUT = {"PYTHONDONTWRITEBYTECODE"}


class Stack:
    """``python -m launch`` with a DATA_DIR and ports of its own; stopped by Ctrl-C when the block is left."""

    def __init__(self, **settings: str) -> None:
        """Prepare one with these settings."""
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        self.data_dir = Path(self._folder.name, "var").resolve()
        self.data_dir.mkdir()
        port, collector_port = free_ports(2)
        self.collector_address = ("127.0.0.1", collector_port)
        self.site = f"127.0.0.1:{port}"
        self.redis_url = f"unix://{self.data_dir}/redis.sock"
        self._settings = {
            **{name: value for name, value in os.environ.items() if name not in _LEFT_OUT},
            **UNSET,
            "DATA_DIR": str(self.data_dir),
            "PORT": str(port),
            "COLLECTOR_ADDRESS": f"127.0.0.1:{collector_port}",
            "SIMULATOR_PAST_DAYS": "0",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Stack":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            self._print_logs()
        self.stop()
        self._folder.cleanup()

    def start(self) -> None:
        """Start every part and return at once. From then on SIGTERM ends this process in order, as Ctrl-C does."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        command = [sys.executable, "-m", "launch"]
        with Path(self._folder.name, "said").open("ab") as said:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._settings, stdout=said, stderr=said)

    def stop(self) -> None:
        """Send SIGINT, as Ctrl-C does, and wait; kill the processes that do not stop."""
        if self._process is None:
            return
        pids = tree(self._process.pid)
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def usage(self) -> dict[str, Usage]:
        """Return the memory and CPU time of each part, by name."""
        return usage(self._process.pid) if self._process else {}

    def send(self, part: str, number: signal.Signals) -> None:
        """Send a signal to the processes of a part.

        Raises:
            BenchmarkError: it did not start.
        """
        for pid in wait_until(lambda: self._pids(part), f"{part} starts"):
            os.kill(pid, number)

    def _pids(self, part: str) -> list[int]:
        return pids_of(self._process.pid, part) if self._process else []

    def wait_until_spark_waits(self) -> None:
        """Wait until Spark has started and is idle.

        Raises:
            BenchmarkError: it did not within some minutes.
        """
        wait_until(lambda: "spark_jvm" in self.usage(), "Spark starts")
        wait_until(self._is_spark_idle, "Spark has nothing to do", 180)

    def _is_spark_idle(self) -> bool:
        before = self.usage().get("spark_jvm", Usage())
        time.sleep(_IDLE_SECONDS)
        after = self.usage().get("spark_jvm", Usage())
        return after.cpu_seconds - before.cpu_seconds < _IDLE_SHARE * _IDLE_SECONDS

    def _print_logs(self) -> None:
        for log in [Path(self._folder.name, "said"), *sorted((self.data_dir / "log").glob("*.log"))]:
            print(f"--- {log.name}", *log.read_text(errors="replace").splitlines()[-20:], sep="\n", file=sys.stderr)
