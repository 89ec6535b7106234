"""The board in a real browser, served as it always is, over a real Redis."""

import json
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.trendsite.moments import wait_for
from tests.trendsite.site import Site
from tests.trendsite.stage import NOW

BARS = """() => {
  const bars = Chart.getChart("chart").data.datasets[0];
  return bars.data.map((bar, index) => [bar.x, bar.y, bars.backgroundColor[index]]);
}"""
ROWS = """() => [...document.querySelectorAll("#rows tr")].map((row) =>
  [".rank", "bdi", ".posts"].map((part) => row.querySelector(part).textContent))"""


def rows(page: Page) -> list[list[str]]:
    return page.evaluate(ROWS)


def top(site: Site, query: str = "") -> list[list[str]]:
    with urllib.request.urlopen(f"{site.address}/api/v1/top{query}", timeout=10) as answer:
        places = json.load(answer)["top"]
    return [[str(place["rank"]), f"#{place['hashtag']}", f"{place['posts']:,}"] for place in places]


def test_the_board_shows_the_same_as_the_api_and_follows_each_ranking(stage, site, page):
    stage.count("*", {f"tag{number}": 2_000 - number for number in range(12)})
    stage.show_quiet()
    page.goto(site.address)
    expect(page.locator("#connection-text")).to_have_text("live")
    assert rows(page) == top(site)
    stage.count("*", {"newcomer": 9_000, "tag0": 2_000, "tag1": 1_999})
    expect(page.locator("#rows bdi").first).to_have_text("#newcomer")
    assert rows(page) == top(site)


def test_a_bar_keeps_its_hashtag_when_ranks_change(stage, site, page):
    stage.count("*", {"first": 3, "second": 2})
    stage.show_quiet()
    page.goto(site.address)
    expect(page.locator("#connection-text")).to_have_text("live")
    before = page.evaluate(BARS)
    stage.count("*", {"first": 3, "second": 5})
    expect(page.locator("#rows bdi").first).to_have_text("#second")
    after = page.evaluate(BARS)
    assert [bar[:2] for bar in before[:2]] == [[3, 1], [2, 2]]
    assert [bar[:2] for bar in after[:2]] == [[3, 2], [5, 1]]
    assert [bar[2] for bar in before] == [bar[2] for bar in after]


def test_markup_in_a_hashtag_stays_text(stage, site, page):
    hostile = "<img src=x onerror=alert(1)>"
    stage.count("*", {"calm": 1})
    stage.show_quiet()
    page.goto(site.address)
    expect(page.locator("#connection-text")).to_have_text("live")
    stage.count("*", {hostile: 9, "calm": 1})
    expect(page.locator("#rows bdi").first).to_have_text(f"#{hostile}")
    assert page.locator("img[src=x]").count() == 0


def test_a_chosen_language_is_shown_kept_in_the_address_and_restored(stage, site, page):
    stage.count("*", {"cats": 3, "gatos": 2})
    stage.count("es", {"gatos": 2})
    stage.show_quiet()
    page.goto(site.address)
    page.locator("#picker summary").click()
    page.locator("#picker input[value=es]").check()
    expect(page.locator("#rows bdi")).to_have_text(["#gatos"])
    expect(page).to_have_url(f"{site.address}/?languages=es&window=day")
    page.reload()
    expect(page.locator("#chosen")).to_have_text("Español")
    expect(page.locator("#rows bdi")).to_have_text(["#gatos"])


def test_what_is_ticked_and_looked_for_while_fresh_languages_come_stays(stage, site, page):
    stage.count("*", {"cats": 3, "gatos": 2})
    stage.count("es", {"gatos": 2})
    stage.show_quiet()
    # On a busy machine the page's patience may be over before the answer is let go.
    page.add_init_script("AbortSignal.timeout = () => new AbortController().signal")
    page.goto(f"{site.address}/?window=day")
    expect(page.locator("#connection-text")).to_have_text("live")
    held: list = []
    # Not "**/?window=day": the board asks for what its rows show of the day at an address that ends so too.
    board = f"{site.address}/?window=day"
    page.route(board, lambda route: held.append(route))
    with page.expect_request(board):
        page.locator("#picker summary").click()
    page.get_by_role("searchbox", name="Find a language").fill("sp")
    page.locator("#picker input[value=es]").check()
    stage.count("en", {"cats": 1})
    held[0].continue_()
    expect(page.locator("#picker input[value=en]")).to_have_count(1)
    expect(page.locator("#picker input[value=en]")).to_be_hidden()
    expect(page.locator("#picker input[value=es]")).to_be_checked()
    expect(page.locator("#picker input[value='*']")).not_to_be_checked()


def test_the_last_hour_is_chosen_by_key_followed_and_kept_in_the_address(stage, site, page):
    stage.count("*", {"cats": 9})
    stage.count_hour(NOW, "*", {"dogs": 3})
    stage.publish("hour", "*", {"dogs": 3})
    stage.show_quiet()
    page.goto(site.address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Top hashtags today")
    page.get_by_role("link", name="Last hour").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Top hashtags of the last hour")
    expect(page).to_have_url(f"{site.address}/?window=hour")
    expect(page.locator("#rows bdi")).to_have_text(["#dogs"])
    assert rows(page) == top(site, "?window=hour") == [["1", "#dogs", "3"]]
    stage.count("*", {"cats": 10})
    stage.publish("hour", "*", {"birds": 5, "dogs": 3})
    expect(page.locator("#rows bdi")).to_have_text(["#birds", "#dogs"])
    page.get_by_role("link", name="Today", exact=True).click()
    expect(page.locator("#rows bdi")).to_have_text(["#cats"])


def test_choosing_a_language_keeps_the_window_and_the_other_way_round(stage, site, page):
    stage.count("*", {"cats": 9})
    stage.count("es", {"gatos": 8})
    stage.count_hour(NOW, "es", {"perros": 3})
    stage.publish("hour", "es", {"perros": 3})
    stage.show_quiet()
    page.goto(f"{site.address}/?window=hour")
    expect(page.locator("#connection-text")).to_have_text("live")
    page.locator("#picker summary").click()
    page.locator("#picker input[value=es]").check()
    expect(page.locator("#rows bdi")).to_have_text(["#perros"])
    expect(page).to_have_url(f"{site.address}/?languages=es&window=hour")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Today", exact=True).click()
    expect(page.locator("#rows bdi")).to_have_text(["#gatos"])
    expect(page).to_have_url(f"{site.address}/?languages=es&window=day")


def test_an_empty_board_says_what_it_waits_for_and_fills_by_itself(stage, site, page, redis_client):
    # As long as a viewer of the test before has not left, the site keeps the board of that one.
    wait_for(page, lambda: redis_client.pubsub_numpat() == 0)
    page.goto(site.address)
    expect(page.locator("#waiting")).to_be_visible()
    expect(page.locator("#waiting-detail")).to_contain_text("collector does not report")
    stage.count("*", {"cats": 3})
    stage.show_quiet()
    expect(page.locator("#waiting")).to_be_hidden()
    expect(page.locator("#rows bdi")).to_have_text(["#cats"])


def test_the_board_says_that_it_is_cut_off_and_is_right_again_by_itself(stage, site, page):
    stage.count("*", {"cats": 3})
    stage.show_quiet()
    page.goto(site.address)
    expect(page.locator("#connection-text")).to_have_text("live")
    site.stop()
    expect(page.locator("#connection-text")).to_contain_text("cut off since")
    expect(page.locator("#rankings")).to_have_css("opacity", "0.45")
    stage.count("*", {"cats": 3, "dogs": 4})
    site.start()
    expect(page.locator("#connection-text")).to_have_text("live")
    expect(page.locator("#rows bdi").first).to_have_text("#dogs")


# Of a message that is still being sent when the connection ends, the browser may not hear why it ended: 1006.
@pytest.mark.parametrize(
    ("message", "codes"), [("rubbish", {1008}), ("x" * 3_000, {1009}), ("x" * 1_000_000, {1009, 1006})]
)
def test_rubbish_ends_the_connection(stage, site, page, message, codes):
    page.goto(site.address)
    closing_code = """(message) => new Promise((done) => {
      const socket = new WebSocket(`ws://${location.host}/ws/board/`);
      socket.onopen = () => socket.send(message);
      socket.onclose = (event) => done(event.code);
    })"""
    assert page.evaluate(closing_code, message) in codes
