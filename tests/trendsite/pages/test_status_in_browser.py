"""The status page in a browser: it refreshes itself, fits a phone, and works without scripts."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Event, Thread

import pytest
import redis
from playwright.sync_api import Browser, Page, expect

from tests.trendsite.moments import reload_until
from tests.trendsite.site import Site
from tests.trendsite.stage import Stage

pytestmark = pytest.mark.database


class Parts:
    """Parts that report again and again, as they do: ``say`` what they say, none of them once they are ``away``."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._changes: dict[str, dict[str, object]] = {"collector": {}, "streaming": {}, "archive": {}}
        self._stop = Event()
        self._thread = Thread(target=self._report)
        self._report_once()
        self._thread.start()

    def say(self, part: str, **changes: object) -> None:
        self._changes[part] = changes
        self._report_once()

    def away(self) -> None:
        self._stop.set()
        self._thread.join()
        self._stage.client.flushall()

    def _report(self) -> None:
        while not self._stop.wait(1):
            self._report_once()

    def _report_once(self) -> None:
        for part, changes in self._changes.items():
            getattr(self._stage, f"report_{part}")(datetime.now(UTC), **changes)


@pytest.fixture
def parts(redis_client: redis.Redis) -> Iterator[Parts]:
    stage = Stage(redis_client)
    stage.show()
    parts = Parts(stage)
    yield parts
    parts.away()


def test_the_page_refreshes_itself_and_shows_new_problems(site: Site, page: Page, parts: Parts) -> None:
    page.clock.install()
    page.goto(f"{site.address}/status/")
    expect(page.locator("#summary")).to_have_text("Everything works.")
    parts.say("archive", last_error="S3 refused: AccessDenied", waiting_days=1)
    parts.say("collector", state="blocked", detail="the log cannot be written: disk full")
    page.clock.fast_forward(16_000)
    expect(page.locator("#summary")).to_have_text("2 things are wrong.")
    expect(page.locator(".part.wrong .what")).to_have_text(
        ["blocked: the log cannot be written: disk full", "archiving failed, 1 day waits: S3 refused: AccessDenied"]
    )
    expect(page).to_have_title("Something is wrong · Status · Trendsite (simulated)")


def test_when_the_site_goes_away_the_page_says_so(site: Site, page: Page, parts: Parts) -> None:
    page.clock.install()
    page.goto(f"{site.address}/status/")
    page.route("**/status/", lambda route: route.abort())
    page.clock.fast_forward(16_000)
    expect(page.locator("#not-refreshed")).to_be_visible()


@pytest.mark.parametrize("is_well", [True, False])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_is_accessible_on_any_screen(
    site: Site, page: Page, parts: Parts, axe: Callable[[Page], list[str]], is_well: bool, width: int
) -> None:
    if not is_well:
        parts.away()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site.address}/status/")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_is_complete_without_scripts(site: Site, browser: Browser, parts: Parts) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site.address}/status/")
        # On a busy machine a part may not have answered in the time that the page takes for it.
        reload_until(page.locator("#summary", has_text="Everything works."))
        expect(page.locator(".part .state")).to_have_text(["OK"] * 6)
        page.get_by_role("link", name="Refresh").click()
        expect(page.locator("#summary")).to_have_text("Everything works.")
