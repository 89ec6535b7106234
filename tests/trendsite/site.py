"""A site for browsers: a real daphne with static files and a database of its own."""

import os
import socket
import subprocess
import sys
from pathlib import Path


class Site:
    """A daphne with static files and a database of its own."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._environment = {**os.environ, "DATA_DIR": str(folder), "REDIS_URL": redis_url}
        self._daphne: subprocess.Popen | None = None
        self._manage("migrate")
        self._manage("collectstatic", "--noinput")

    def _manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, env=self._environment, check=True, capture_output=True, timeout=120)

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "daphne",
            "-b",
            "127.0.0.1",
            "-p",
            str(self.port),
            "trendsite.asgi:application",
        ]
        self._daphne = subprocess.Popen(command, env=self._environment, stderr=subprocess.PIPE, text=True)
        assert self._daphne.stderr
        assert any("Listening on TCP" in line for line in self._daphne.stderr)

    def stop(self) -> None:
        if self._daphne:
            self._daphne.kill()
            self._daphne.communicate(timeout=10)
            self._daphne = None
