"""A real supervisord under the real supervisord.conf, over stand-ins of the collector, streaming, site and archive."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from launch.process_environment import ROOT, derive
from launch.supervise import find_leftovers

# Ends on SIGTERM; its child ends with it, as Spark's Java does.
_PART = """
import signal, subprocess
child = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
signal.sigwait({signal.SIGTERM})
child.stdin.close()
child.wait()
"""

_SITE = """
import json, os, socket
from http.server import BaseHTTPRequestHandler, HTTPServer
PARTS = ("redis", "database", "collector", "streaming")
HEALTH = {**{part: {"ok": True} for part in PARTS}, "streaming": {"ok": True, "report": {"counted_offset": 1}}}

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(HEALTH).encode())

class Server(HTTPServer):
    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()

Server(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""

PATIENCE_SECONDS = 180
"""More than supervisord may wait for the end of all parts, one after the other."""

Value = TypeVar("Value")

PARTS = ("greeter", "redis", "collector", "streaming", "site", "archive")


class StandInTrendsite:
    """A supervisord and the processes that it starts. ``root`` is a folder with a short path."""

    def __init__(self, root: Path, port: int) -> None:
        """Write the stand-ins into ``root``."""
        self.data_dir = root / "var"
        self._root = root
        self._port = port
        (self.data_dir / "log").mkdir(parents=True)
        (self.data_dir / "redis").mkdir()
        for name in ("launch", "contract"):
            (root / name).symlink_to(ROOT / name)
        shutil.copy(ROOT / "supervisord.conf", root)
        parts = ("collector/__main__.py", "streaming/__main__.py", "trendsite/archive/tasks/watch.py")
        stand_ins = dict.fromkeys(parts, _PART)
        for name, code in {**stand_ins, "trendsite/serve.py": _SITE}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(code)
        # The greeter names the first admin.
        (root / "trendsite" / "accounts").symlink_to(ROOT / "trendsite" / "accounts")

    @property
    def server_url(self) -> str:
        """The URL by which the processes know their supervisord."""
        return f"unix://{self.data_dir}/supervisor.sock"

    def start(self, output: int | IO[bytes], **settings: str) -> subprocess.Popen[bytes]:
        """Start supervisord with ``output`` for a terminal."""
        environ = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self._port),
            "SIMULATOR_PAST_DAYS": "0",
            **settings,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "launch.supervise", "-c", str(self._root / "supervisord.conf")],
            cwd=self._root,
            env=environ | derive(environ, "/dev/fd/1", live=False),
            stdin=subprocess.DEVNULL,
            stdout=output,
        )

    def control(self, *arguments: str) -> str:
        """Return the output of supervisorctl."""
        command = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(self._root / "supervisord.conf")]
        environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(self.data_dir)}
        return subprocess.run(
            [*command, *arguments], env=environ, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        ).stdout

    def pid(self, part: str) -> int:
        """Return the process id of a part (of the site: its first process); 0 while it has none."""
        answer = self.control("pid", "site:site-0" if part == "site" else part).strip()
        return int(answer) if answer.isdecimal() else 0

    def are_running(self) -> bool:
        """Return whether every part runs."""
        return self.control("status").count("RUNNING") == len(PARTS)

    def processes(self) -> list[int]:
        """Return every process that supervisord started, and their children."""
        return find_leftovers(self.server_url)

    def log(self) -> str:
        """Return supervisord's own log."""
        return (self.data_dir / "log" / "supervisord.log").read_text()


def wait_until(condition: Callable[[], Value]) -> Value:
    """Return the first true value of ``condition``.

    Raises:
        TimeoutError: there is none within PATIENCE_SECONDS.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.1)
    raise TimeoutError(f"the condition did not hold within {PATIENCE_SECONDS} seconds")
