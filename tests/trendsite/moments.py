"""When a page is ready for what a test does next, however slow the machine is."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator, Page

from tests.conftest import BROWSER_PATIENCE_MS

_BETWEEN_LOOKS_MS = 50


def stop_clock(page: Page) -> None:
    """Stop the clock of the next page: only ``page.clock`` moves its timers and its animations on."""
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))


def wait_for(page: Page, happened: Callable[[], object]) -> None:
    """Wait until something is noted here that the browser tells, such as a request that is held."""
    end = time.monotonic() + BROWSER_PATIENCE_MS / 1000
    while not happened():
        assert time.monotonic() < end
        page.wait_for_timeout(_BETWEEN_LOOKS_MS)


def reload_until(found: Locator) -> None:
    """Reload the page until something is there, which the site notices by itself."""
    end = time.monotonic() + BROWSER_PATIENCE_MS / 1000
    while not found.count():
        assert time.monotonic() < end
        found.page.reload()
