"""A running site for browser tests, with its own static files and database, and how a browser logs in to it."""

import functools
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from playwright.sync_api import Page

from tests.parallel import find_free_port

PATIENCE = 120
PATIENT = ("-m", "tests.trendsite.patient")


def serve(
    environment: Mapping[str, str], log: Path, program: Sequence[str] = ("-m", "trendsite.serve")
) -> subprocess.Popen[bytes]:
    """Start a process of the site; return once it serves.

    Its log is a file. A pipe that no test reads becomes full, and then the site stands still.
    """
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, *program], env=environment, stderr=output)
    end = time.monotonic() + PATIENCE
    while b"Serving on" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > end:
            end_at_once(process)
            raise AssertionError(f"the site does not serve: {log.read_text()}")
        time.sleep(0.05)
    return process


def end_at_once(process: subprocess.Popen[bytes]) -> None:
    """Kill a process, and wait until it has ended."""
    process.kill()
    process.wait(PATIENCE)


def log_in(page: Page, address: str, name: str, password: str) -> None:
    """Open the form for logging in, or a page that leads to it, and send it; return once the answer is there.

    A test that opened the next page sooner might not be logged in there.
    """
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name="Log in").click()


class Site:
    """A site with its own static files and database, served by the real server."""

    def __init__(self, folder: Path, redis_url: str, **more: str) -> None:
        self.port = find_free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        settings = {"DATA_DIR": str(folder), "REDIS_URL": redis_url, "PORT": str(self.port), **more}
        self._environment = {**os.environ, "DATABASE_URL": copy_site(folder), **settings}
        self._server: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> None:
        """Run manage.py on the site's settings."""
        _manage(self._environment, *arguments)

    def add_user(self, name: str, password: str, group: str | None = None) -> None:
        """Create an account, in a group if one is given."""
        make = f"user = User.objects.create_user({name!r}, password={password!r})"
        join = f"user.groups.add(Group.objects.get(name={group!r}))" if group else ""
        self.run(f"from django.contrib.auth.models import Group, User\n{make}\n{join}")

    def run(self, code: str) -> None:
        """Run Python code with the site's database."""
        self.manage("shell", "-c", code)

    def start(self) -> None:
        self._server = serve(self._environment, self.folder / "site.log", PATIENT)

    def stop(self) -> None:
        if self._server:
            end_at_once(self._server)
            self._server = None


@contextmanager
def running_site(folder: Path, redis_url: str, **settings: str) -> Iterator[Site]:
    """Yield a site that serves."""
    site = Site(folder, redis_url, **settings)
    site.start()
    try:
        yield site
    finally:
        site.stop()


def copy_site(folder: Path) -> str:
    """Fill DATA_DIR with static files; return the URL of a migrated database, on the server that DATABASE_URL names."""
    template, template_url = _template()
    shutil.copytree(template.name, folder, dirs_exist_ok=True)
    if template_url.startswith("postgres"):
        return _create_database(f"TEMPLATE {template_url.rpartition('/')[2]}")
    return _sqlite_url(folder)


@functools.cache
def _template() -> tuple[tempfile.TemporaryDirectory[str], str]:
    """Return the DATA_DIR and database that every site is a copy of, prepared once for each test process."""
    folder = tempfile.TemporaryDirectory(prefix="trendsite-")
    is_postgres = os.environ.get("DATABASE_URL", "").startswith("postgres")
    url = _create_database() if is_postgres else _sqlite_url(Path(folder.name))
    environment = {**os.environ, "DATA_DIR": folder.name, "DATABASE_URL": url}
    _manage(environment, "migrate")
    _manage(environment, "collectstatic", "--noinput")
    return folder, url


def _create_database(options: str = "") -> str:
    """Create a database on the PostgreSQL server that DATABASE_URL names; return its URL."""
    server_url, name = os.environ["DATABASE_URL"], f"site_{secrets.token_hex(8)}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} {options}")
    return f"{server_url.rpartition('/')[0]}/{name}"


def _sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder}/trendsite.sqlite3"


def _manage(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=PATIENCE)
