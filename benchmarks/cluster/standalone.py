"""A standalone Spark cluster of this machine's Spark: a master and workers, with authentication and encryption.

They start as on foreign machines: in ``/`` and with an empty environment.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import pyspark

from benchmarks.cluster.executors import executors_in, readers_in
from benchmarks.cluster.namespaces import Namespaces
from benchmarks.harness import BenchmarkError, wait_until
from launch.java import find_java_home
from launch.process_environment import ROOT

SPARK = Path(pyspark.__file__).parent
_NOBODY = 65_534
_STOP_SECONDS = 20


class Standalone:
    """A master and ``workers`` workers of one core, stopped when the block is left.

    ``folder`` gets their files and must be reachable for the user. With ``namespaces``, the first is the master's and
    the next are those of the workers.
    """

    def __init__(
        self, folder: Path, port: int, workers: int, namespaces: Namespaces | None = None, is_nobody: bool = False
    ) -> None:
        """Prepare a cluster whose master listens on ``port``; ``is_nobody`` needs root and runs it as another user."""
        self._folder = folder
        self._port = port
        self._workers = workers
        self._namespaces = namespaces
        self._is_nobody = is_nobody
        self._processes: list[subprocess.Popen[bytes]] = []
        self._daemons: dict[int, subprocess.Popen[bytes]] = {}
        self.secret = secrets.token_hex(32)
        self.host = namespaces.address(0) if namespaces else "127.0.0.1"
        self.master = f"spark://{self.host}:{port}"

    def __enter__(self) -> "Standalone":
        self._folder.mkdir(parents=True, exist_ok=True)
        properties = self._folder / "cluster.conf"
        properties.write_text(
            f"spark.authenticate true\nspark.authenticate.secret {self.secret}\nspark.network.crypto.enabled true\n"
            "spark.worker.cleanup.enabled true\nspark.master.rest.enabled false\n"
        )
        properties.chmod(0o600)
        if self._is_nobody:
            shutil.chown(self._folder, _NOBODY, _NOBODY)
            shutil.chown(properties, _NOBODY, _NOBODY)
        try:
            self._start("master", 0, "master.Master", "--host", self.host, "--port", str(self._port))
            wait_until(self._is_up, "the master listens")
            for number in range(1, self._workers + 1):
                self.start_worker(number)
        except BenchmarkError:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            self.print_logs()
        self.stop()

    def start_worker(self, number: int) -> None:
        """Start a worker, 1 or more."""
        host = self._namespaces.address(number) if self._namespaces else "127.0.0.1"
        work = str(self._folder / f"work-{number}")
        options = ["--host", host, "--cores", "1", "--memory", "1g", "--work-dir", work, self.master]
        self._daemons[number] = self._start(f"worker-{number}", number, "worker.Worker", *options)

    def worker(self, number: int) -> int | None:
        """Return the process id of a worker, None if it does not run."""
        daemon = self._daemons.get(number)
        return daemon.pid if daemon and daemon.poll() is None else None

    def executors(self) -> list[int]:
        """Return the process ids of the executors."""
        return executors_in(self._folder)

    def readers(self, port: int) -> list[int]:
        """Return the executors of which a task is connected to a collector on ``port``."""
        return readers_in(self._folder, port)

    def texts(self) -> dict[str, str]:
        """Return all logs of master, workers and executors by their names."""
        logs = [*self._folder.glob("*.log"), *self._folder.glob("work-*/*/*/std*")]
        return {str(path.relative_to(self._folder)): path.read_text(errors="replace") for path in logs}

    def print_logs(self) -> None:
        """Print the end of each log."""
        for name, text in self.texts().items():
            print(f"--- {name}", *text.splitlines()[-15:], sep="\n", file=sys.stderr)

    def stop(self) -> None:
        """Stop everything, workers first. Executors end with their workers."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
        left = [*self.executors(), *(process.pid for process in self._processes if process.poll() is None)]
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._processes = []

    def _start(self, name: str, number: int, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        home = find_java_home(os.environ, ROOT / ".venv")
        inside = self._namespaces.command(number) if self._namespaces else []
        user = [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
        other_user = ["setpriv", *user] if self._is_nobody else []
        empty = ["env", "-i", "PATH=/usr/bin:/bin", f"JAVA_HOME={home}", "SPARK_DAEMON_MEMORY=256m"]
        spark = [str(SPARK / "bin" / "spark-class"), f"org.apache.spark.deploy.{program}"]
        command = [*inside, *other_user, *empty, *spark, "--properties-file", str(self._folder / "cluster.conf")]
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "--webui-port", "0", *arguments], cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._processes.append(process)
        return process

    def _is_up(self) -> bool:
        if self._processes[0].poll() is not None:
            raise BenchmarkError(f"the master ended: {self._folder / 'master.log'} says why")
        with contextlib.suppress(OSError), socket.create_connection((self.host, self._port), 1):
            return True
        return False
