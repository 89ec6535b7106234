"""The board in a browser, on a whole running Trendsite with simulated posts."""

import json
import os
import signal

from playwright.sync_api import Page, expect

from tests.end_to_end.whole_trendsite import PATIENCE_SECONDS, Trendsite, wait_until

PASSWORD = "of the tests alone"


def posts(page: Page) -> int:
    return int(page.locator("#posts").inner_text().replace(",", "").replace("–", "0"))


def day(page: Page) -> str | None:
    return page.locator("#day").text_content()


def moves(page: Page) -> bool:
    """Wait for more posts. At midnight the board begins again, with the next day."""
    shown, before = day(page), posts(page)
    return bool(wait_until(lambda: posts(page) > before or day(page) != shown, "the board moves"))


def test_the_board_moves_recovers_by_itself_and_follows_the_tracked_languages(page):
    with Trendsite(SIMULATOR_POSTS_PER_SECOND="250", LOG_FORMAT="json") as trendsite:
        wait_until(trendsite.top, "the first ranking is there")
        page.goto(trendsite.address)
        is_live(page)
        expect(page.locator("#source")).to_contain_text("simulated")
        assert moves(page)

        cut_off_and_back(page, trendsite.pid("site:site-0"))
        cut_off_and_back(page, trendsite.pid("redis"))
        stop_tracking_english(trendsite, page)
        trendsite.stop()
        assert_logs_are_json(trendsite)


def is_live(page: Page) -> None:
    """Wait until the board is connected: what was killed starts again, and the page tries again after pauses."""
    expect(page.locator("#connection-text")).to_have_text("live", timeout=1_000 * PATIENCE_SECONDS)


def cut_off_and_back(page: Page, pid: int) -> None:
    page.evaluate(
        """() => {
          const connection = document.getElementById("connection-text");
          window.said = [];
          new MutationObserver(() => window.said.push(connection.textContent))
            .observe(connection, { childList: true, characterData: true, subtree: true });
        }"""
    )
    os.kill(pid, signal.SIGKILL)
    wait_until(
        lambda: any("live" not in words for words in page.evaluate("window.said")), "the board says it is cut off"
    )
    is_live(page)
    assert moves(page)


def assert_logs_are_json(trendsite: Trendsite) -> None:
    """Check that each line of our own parts is an object with the name of its part."""
    for part in ("collector", "streaming", "site", "archive"):
        (log,) = (trendsite.data_dir / "log").glob(f"{part}*.log")
        parts = [json.loads(line)["part"] for line in log.read_text().splitlines()]
        assert set(parts) <= {part}, log
        assert parts or part in ("streaming", "archive"), log
    assert '"part": "greeter"' in trendsite.said


def stop_tracking_english(trendsite: Trendsite, page: Page) -> None:
    trendsite.manage("createsuperuser", "--noinput", "--username=t", "--email=", DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    page.goto(f"{trendsite.address}/login/?next=/languages/")
    page.locator("[name=username]").fill("t")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator("input[name=tracked][value=en]").uncheck()
    page.get_by_role("button", name="Save").click()
    wait_until(lambda: trendsite.reported("collector")["dropped"].get("untracked"), "the collector drops English")
    assert trendsite.reported("collector")["posts_per_second"] > 0
