"""A recorded day through every process, undisturbed; tests/torture disturbs them."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.whole_trendsite import Trendsite, wait_until

POSTS = 37_496
TOP_TEN = {
    # One is written with a dot above its i, which the key leaves out.
    "covid19": 22_322,
    "omicron": 4_278,
    "coronavirus": 2_657,
    "covid": 2_493,
    "covid_19": 1_248,
    "extraattemptforall": 910,
    "health": 812,
    "covidtesting": 717,
    "vaccine": 673,
    "publichealth": 654,
}
DAY = "?day=2021-12-30"


@pytest.fixture
def settings(shared_data: Path) -> dict[str, str]:
    return {
        "SOURCE": "replay",
        "REPLAY_FILE": str(shared_data / "covid_2021-12-30.ndjson.gz"),
        "REPLAY_SPEED": "0",
        "REPLAY_SHIFT": "none",
    }


def shown_on_the_board(page: Page) -> dict[str, int]:
    rows = page.locator("#rows tr").evaluate_all(
        "rows => rows.map((row) => ['bdi', '.posts'].map((part) => row.querySelector(part).textContent))"
    )
    return {hashtag.removeprefix("#").casefold(): int(posts.replace(",", "")) for hashtag, posts in rows}


def all_are_counted(trendsite: Trendsite) -> bool:
    ranking = trendsite.ask(f"/api/v1/top{DAY}")
    return bool(ranking) and ranking["posts"] >= POSTS


def is_archived(trendsite: Trendsite) -> bool:
    ranking = trendsite.ask(f"/api/v1/top{DAY}")
    return bool(ranking) and ranking["final"]


def test_a_recorded_day_is_counted_exactly_and_a_second_start_goes_on(settings, page):
    with Trendsite(**settings) as trendsite:
        wait_until(lambda: all_are_counted(trendsite), "every post is counted")
        assert trendsite.top(DAY) == TOP_TEN
        assert trendsite.ask(f"/api/v1/top{DAY}")["posts"] == POSTS
        assert trendsite.top(f"{DAY}&languages=en")["covid19"] == 22_265
        wait_until(lambda: trendsite.report("collector").get("state") == "ended", "the end is reported")
        page.goto(trendsite.address)
        expect(page.locator("#connection-text")).to_have_text("replay has ended")
        wait_until(lambda: shown_on_the_board(page) == TOP_TEN, "the board shows the counts")
        wait_until(lambda: is_archived(trendsite), "the day of the ended recording is archived")
        assert trendsite.top(DAY) == TOP_TEN
        trendsite.stop()
        assert "Stopped." in trendsite.said
        trendsite.start()
        wait_until(lambda: trendsite.report("streaming"), "streaming reports again")
        assert trendsite.top(DAY) == TOP_TEN
        page.goto(trendsite.address)
        wait_until(lambda: shown_on_the_board(page) == TOP_TEN, "the board shows the counts again")
