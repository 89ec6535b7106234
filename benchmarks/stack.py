"""A whole Trendsite of its own, started as `make run` starts it and always stopped again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

from benchmarks.processes import Usage, pids_of, tree, usage
from benchmarks.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
_STOP_SECONDS = 90
_IDLE_SECONDS = 2.0
_IDLE_SHARE = 0.1

# What a person's environment or .env may set; an empty value counts as unset.
_UNSET = dict.fromkeys(
    ("REDIS_URL", "DATABASE_URL", "ARCHIVE_URL", "ALLOWED_HOSTS", "SITE_IS_HTTPS", "SPOOL_MAX_BYTES", "DAY_GRACE"), ""
)


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
            **os.environ,
            **_UNSET,
            "DATA_DIR": str(self.data_dir),
            "PORT": str(port),
            "COLLECTOR_ADDRESS": f"127.0.0.1:{collector_port}",
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
        """Start every part; return at once. From now on SIGTERM ends this process as Ctrl-C does: in order."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        command = [sys.executable, "-m", "launch"]
        with Path(self._folder.name, "said").open("ab") as said:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._settings, stdout=said, stderr=said)

    def stop(self) -> None:
        """Press Ctrl-C and wait until every part has stopped; what does not is killed."""
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
        """Return what each part takes, by name."""
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
        """Return when Spark has started and has nothing to do.

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


def free_ports(number: int) -> list[int]:
    """Return ports of this machine that nothing listens on."""
    with contextlib.ExitStack() as held:
        servers = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [server.getsockname()[1] for server in servers]
