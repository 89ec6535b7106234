"""A site for browsers, served as it always is, with static files and a database of its own."""

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

import psycopg


class Site:
    """A site with static files and a database of its own."""

    def __init__(self, folder: Path, redis_url: str, **more: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        settings = {"DATA_DIR": str(folder), "REDIS_URL": redis_url, "PORT": str(self.port), **more}
        self._environment = {**os.environ, "DATABASE_URL": _own_database(folder), **settings}
        self._server: subprocess.Popen | None = None
        self.manage("migrate")
        self.manage("collectstatic", "--noinput")

    def manage(self, *arguments: str) -> None:
        """Run manage.py on the site's settings."""
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, env=self._environment, check=True, capture_output=True, timeout=120)

    def add_user(self, name: str, password: str, group: str | None = None) -> None:
        """Let somebody log in, and be in a group."""
        make = f"user = User.objects.create_user({name!r}, password={password!r})"
        join = f"user.groups.add(Group.objects.get(name={group!r}))" if group else ""
        self.run(f"from django.contrib.auth.models import Group, User\n{make}\n{join}")

    def run(self, code: str) -> None:
        """Run Python where the site's database is."""
        self.manage("shell", "-c", code)

    def start(self) -> None:
        command = [sys.executable, "-m", "trendsite.serve"]
        self._server = subprocess.Popen(command, env=self._environment, stderr=subprocess.PIPE, text=True)
        assert self._server.stderr
        assert any("Serving on" in line for line in self._server.stderr)

    def stop(self) -> None:
        if self._server:
            self._server.kill()
            self._server.communicate(timeout=10)
            self._server = None


def _own_database(folder: Path) -> str:
    """Return the URL of an empty database: a file, or one more on the PostgreSQL server that DATABASE_URL names."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return f"sqlite:///{folder}/trendsite.sqlite3"
    name = f"site_{secrets.token_hex(8)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"
