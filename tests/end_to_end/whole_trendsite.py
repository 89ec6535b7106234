"""A whole Trendsite, started as `make run` starts it, for tests that watch, kill and stop it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.parallel import find_free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 300
"""A wait ends when what it waits for happens. A slow, busy machine may take so long to start everything."""

_ANSWER_SECONDS = 60


def wait_until(happened: Callable[[], Any], what: str, pause: float = 0.2) -> Any:
    """Call ``happened`` every ``pause`` seconds; return its first true value."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (value := happened()):
        if time.monotonic() > end:
            raise AssertionError(f"within {PATIENCE_SECONDS} s it did not happen that {what}")
        time.sleep(pause)
    return value


class Trendsite:
    """``python -m launch`` with its own DATA_DIR and ports."""

    module = "launch"

    def __init__(self, **settings: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="trendsite-")
        self.data_dir = Path(self._folder.name).resolve()
        self._port, collector_port = find_free_port(), find_free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        self._settings = {
            **{name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")},
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self._port),
            "COLLECTOR_ADDRESS": f"127.0.0.1:{collector_port}",
            **settings,
        }
        self._process: subprocess.Popen[str] | None = None
        self.said = ""

    def __enter__(self) -> "Trendsite":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            self.print_logs()
        self.stop()
        self._folder.cleanup()

    def start(self) -> None:
        """Start every part; return at once."""
        command = [sys.executable, "-m", self.module]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=self._settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def stop(self) -> None:
        """Send SIGINT, as Ctrl-C does, and wait until every part has stopped."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self.said += self._process.communicate(timeout=PATIENCE_SECONDS)[0]
            self._process = None

    def ask(self, path: str) -> dict[str, Any] | None:
        """Return the JSON at a path, or None."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=_ANSWER_SECONDS) as answer:
                return json.load(answer)
        # A site that is killed may leave half an answer, which is no OSError.
        except (OSError, HTTPException):
            return None

    def top(self, query: str = "") -> dict[str, int]:
        """Return the posts of each hashtag key in the API's ranking."""
        ranking = self.ask(f"/api/v1/top{query}")
        return {place["key"]: place["posts"] for place in ranking["top"]} if ranking else {}

    def report(self, part: str) -> dict[str, Any]:
        """Return a part's latest status, or an empty dict."""
        health = self.ask("/healthz") or {}
        return health.get(part, {}).get("report") or {}

    def reported(self, part: str) -> dict[str, Any]:
        """Return a part's latest status, once there is one."""
        report: dict[str, Any] = wait_until(lambda: self.report(part), f"{part} reports")
        return report

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a command of manage.py; return its output."""
        done = self._managed(*arguments, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def archive(self) -> None:
        """Archive the closed days, once the archive process is idle."""
        wait_until(self._is_archived, "the archive has nothing left")

    def _is_archived(self) -> bool:
        done = self._managed("archive")
        assert done.returncode == 0 or "another archive is at work" in done.stderr, done.stderr
        return done.returncode == 0

    def _managed(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        settings = {**self._settings, **environment}
        return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=PATIENCE_SECONDS)

    def is_well_since(self, moment: datetime) -> bool:
        """Return whether every part is well, with a status from after ``moment``."""
        reports = [self.report(part) for part in ("collector", "streaming")]
        fresh = all(report and datetime.fromisoformat(report["updated_at"]) > moment for report in reports)
        return fresh and bool((self.ask("/healthz") or {}).get("ok"))

    def pid(self, program: str) -> int:
        """Return the process id of a running program of supervisord.conf."""
        command = [sys.executable, "-m", "launch.supervise", "pid", program]
        said = subprocess.run(
            command, cwd=ROOT, env=self._settings, capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
        return int(said.stdout)

    @property
    def supervisord(self) -> int:
        """The process id of supervisord, which ``launch`` becomes."""
        assert self._process, "it was not started"
        return self._process.pid

    def print_logs(self) -> None:
        """Print the last lines of every log."""
        for log in sorted((self.data_dir / "log").glob("*.log")):
            print(f"--- {log.name}", *log.read_text(errors="replace").splitlines()[-40:], sep="\n")
