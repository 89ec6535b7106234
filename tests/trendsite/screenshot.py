"""``make screenshot``: take the README's picture of the board, from a running site with made-up rankings."""

import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import redis
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.harness import own_redis
from tests.conftest import BROWSER_ARGUMENTS, chromium
from tests.trendsite.site import Site
from tests.trendsite.stage import Stage

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "board.png"
SIZE = {"width": 1280, "height": 920}
HASHTAGS = [
    "WorldCup",
    "ClimateAction",
    "東京",
    "Eurovision",
    "كأس_العالم",
    "MondayMotivation",
    "NewMusic",
    "보고싶다",
    "Formula1",
    "Books",
    "Photography",
    "BuenosDías",
    "OpenSource",
]
# Each rank before and after: some rise, some fall, one is new.
BEFORE = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
AFTER = [1, 3, 2, 6, 4, 5, 7, 9, 8, 13, 10, 11, 12]


def main() -> None:
    """Take the picture."""
    with (
        own_redis() as url,
        tempfile.TemporaryDirectory(prefix="trendsite-") as folder,
        sync_playwright() as playwright,
    ):
        site = Site(Path(folder), url)
        site.start()
        browser = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGUMENTS)
        try:
            with redis.Redis.from_url(url, decode_responses=True) as client:
                take(browser.new_page(viewport=SIZE), site, Stage(client, day=datetime.now(UTC).date()))
        finally:
            browser.close()
            site.stop()
    print(f"trendsite: {PICTURE} is new")


def take(page: Page, site: Site, stage: Stage) -> None:
    """Let ranks change once, then save what is on the screen."""
    show(stage, BEFORE)
    page.goto(site.address)
    expect(page.locator("#connection-text")).to_have_text("live")
    show(stage, AFTER)
    expect(page.locator("#rows bdi").nth(1)).to_have_text(f"#{HASHTAGS[2]}")
    page.wait_for_timeout(1_500)  # the bars have come to rest, and a status has told the delay
    page.screenshot(path=PICTURE)


def show(stage: Stage, ranks: list[int]) -> None:
    """Put Redis into the state of one moment of a busy day."""
    now = datetime.now(UTC)
    invented = random.Random(1)
    counts = {
        hashtag: round(48_000 / (1 + 0.17 * rank)) + invented.randint(0, 60)
        for hashtag, rank in zip(HASHTAGS, ranks, strict=True)
    }
    stage.count("*", counts, posts=1_284_306)
    stage.show(now)
    stage.report_collector(now, dropped={"late": 12, "duplicate": 321})
    stage.report_streaming(now)


if __name__ == "__main__":
    main()
