"""Fixtures for all tests: a real Redis, a real browser, a free port, and the recorded data."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from playwright.sync_api import Browser, Page, expect, sync_playwright
from xdist.remote import Producer

from benchmarks.harness import own_redis
from contract.kafka_log import KafkaTopic
from tests.accessibility import axe  # noqa: F401  # a fixture for every test
from tests.kafka.server import KafkaServer, SecureKafkaServer, kafka_jars
from tests.maven import ServerMissingError
from tests.parallel import FileScheduling, find_free_port, longest_first

BROWSER_PATIENCE_MS = 60_000
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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileScheduling:
    return FileScheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    longest_first(items)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the recorded posts are not on this machine: no folder {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a private Redis server on a unix socket."""
    with own_redis(os.environ.get("TEST_REDIS_SERVER")) as url:
        yield url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of the emptied Redis."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="session")
def real_kafka() -> None:
    """Kafka's jars. Where they cannot be had or run, the tests skip, or fail if REQUIRE_KAFKA is set."""
    try:
        kafka_jars()
    except ServerMissingError as error:
        pytest.fail(str(error)) if os.environ.get("REQUIRE_KAFKA") else pytest.skip(str(error))


# For each module, not for the session: an idle Kafka takes a tenth of a core from all tests after it.
@pytest.fixture(scope="module")
def kafka_server(real_kafka: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A real Kafka."""
    server = KafkaServer(tmp_path_factory.mktemp("kafka"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def secure_kafka(real_kafka: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureKafkaServer]:
    """A real Kafka with TLS and log-in."""
    server = SecureKafkaServer(tmp_path_factory.mktemp("secure_kafka"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def kafka_topic(kafka_server: KafkaServer) -> KafkaTopic:
    """A topic of its own for each test."""
    return KafkaTopic(kafka_server.address, f"posts-{uuid4().hex}")


@pytest.fixture
def free_port() -> int:
    """A port on which nothing listens."""
    return find_free_port()


def chromium() -> str | None:
    """Return the path of the system's Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


# One for each module, not for the session: while Playwright runs, no other event loop can run.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, headless. Without it the tests skip, or fail if REQUIRE_BROWSER is set."""
    path = chromium()
    if path is None:
        message = "no Chromium is installed (Debian: apt install chromium)"
        pytest.fail(message) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(message)
    expect.set_options(timeout=BROWSER_PATIENCE_MS)
    with sync_playwright() as playwright:
        patience = 3 * BROWSER_PATIENCE_MS
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGUMENTS, timeout=patience)
        # Here, so that it holds for the pages that a test opens itself, too.
        browser.on("context", lambda context: context.set_default_timeout(BROWSER_PATIENCE_MS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new page in its own browser session. A script error or a dialog fails the test."""
    # Without the service worker, which would pass on some requests where a test cannot see them.
    page = browser.new_page(viewport={"width": 1280, "height": 900}, service_workers="block")
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    yield page
    page.close()
    assert problems == []
