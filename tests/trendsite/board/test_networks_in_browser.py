"""The board of several networks in a real browser: shares, states, and a choice of networks."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import redis
from playwright.sync_api import Browser, Page, expect

from contract import redis_names
from tests.trendsite.charts import wait_for_rest
from tests.trendsite.site import Site
from tests.trendsite.stage import Stage

LIVE = "#connection-text"
RUNNING = ["bluesky", "mastodon"]
PIXELS = """() => {
  const canvas = document.getElementById("chart");
  const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const bar = Chart.getChart("chart").getDatasetMeta(0).data[0];
  const at = (share) => {
    const scale = canvas.width / canvas.clientWidth;
    const x = Math.round((bar.base + (bar.x - bar.base) * share) * scale);
    const pixel = 4 * (Math.round(bar.y * scale) * width + x);
    return [...data.slice(pixel, pixel + 3)].join();
  };
  return [at(0.2), at(0.9)];
}"""
PARTS = """() => {
  const canvas = document.getElementById("chart");
  const bar = Chart.getChart("chart").getDatasetMeta(0).data[0];
  const scale = canvas.width / canvas.clientWidth;
  const part = (share) => {
    const x = Math.round((bar.base + (bar.x - bar.base) * share) * scale);
    return [...canvas.getContext("2d").getImageData(x, Math.round(bar.y * scale), 24, 24).data].join();
  };
  return [0.1, 0.35, 0.6, 0.85].map(part);
}"""

Networks = tuple[Stage, Stage]


@pytest.fixture
def networks(stage: Stage) -> Networks:
    """Bluesky and Mastodon, which both run; posts flow, and their clocks are ours."""
    bluesky, mastodon = (Stage(stage.client, name, datetime.now(UTC).date(), RUNNING) for name in RUNNING)
    for network in (bluesky, mastodon):
        flow(network)
    bluesky.count("*", {"Caturday": 61, "Books": 20})
    mastodon.count("*", {"caturday": 39, "fediverse": 30})
    return bluesky, mastodon


def flow(network: Stage, **changes: object) -> None:
    now = datetime.now(UTC)
    network.show(now)
    network.report_collector(now, kind=network.source, **changes)
    network.report_streaming(now)


def state(page: Page, network: str) -> str:
    return page.locator(f"[data-network={network}] .state").inner_text()


def box(page: Page, network: str):
    picker = page.locator("#network-picker")
    if picker.get_attribute("open") is None:
        picker.locator("summary").click()
    return picker.locator(f"[value={network}]")


def test_each_place_has_its_shares_in_words_and_as_parts_of_its_bar(networks: Networks, site: Site, page: Page):
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    first = page.locator("#rows tr").first
    expect(first.locator(".posts")).to_have_text("100")
    expect(first.locator(".shares")).to_have_text("Bluesky 61 %, Mastodon 39 %")
    expect(first.locator("a")).to_have_attribute("title", "#Caturday · Bluesky 61 %, Mastodon 39 %")
    page.wait_for_function(f"() => {{ const [solid, pale] = ({PIXELS})(); return solid !== pale; }}")


def test_a_new_count_of_either_network_moves_the_board(networks: Networks, site: Site, page: Page):
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    networks[1].count("*", {"fediverse": 500})
    expect(page.locator("#rows bdi").first).to_have_text("#fediverse")
    networks[0].count("*", {"Books": 900})
    expect(page.locator("#rows bdi").first).to_have_text("#Books")


def test_ticked_networks_are_shown_kept_in_the_address_and_remembered(networks: Networks, site: Site, page: Page):
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    box(page, "mastodon").uncheck()
    expect(page.locator("#rows bdi")).to_have_text(["#Caturday", "#Books"])
    expect(page.locator("#rows .shares").first).to_have_text("")
    expect(page.locator("#source")).to_have_text("Bluesky")
    expect(page.locator("#network-picker .value")).to_have_text("Bluesky")
    expect(page.locator("#networks li:visible .title")).to_have_text(["Bluesky"])
    expect(page).to_have_url(f"{site.address}/?window=day&networks=bluesky")
    expect(page.locator("#api")).to_have_attribute("href", re.compile(r"\?window=day&networks=bluesky$"))
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    expect(page).to_have_url(f"{site.address}/?window=day&networks=bluesky")
    expect(box(page, "mastodon")).not_to_be_checked()
    expect(page.locator("#rows bdi")).to_have_text(["#Caturday", "#Books"])


def test_all_ticked_or_none_are_all_networks(networks: Networks, site: Site, page: Page):
    page.goto(f"{site.address}/?networks=mastodon&window=day")
    expect(page.locator("#rows bdi")).to_have_text(["#caturday", "#fediverse"])
    box(page, "mastodon").click()
    expect(box(page, "mastodon")).to_be_checked()
    expect(box(page, "bluesky")).to_be_checked()
    expect(page.locator("#rows tr")).to_have_count(3)
    expect(page).to_have_url(f"{site.address}/?window=day")


def test_a_network_that_is_away_greys_itself_alone(networks: Networks, site: Site, page: Page):
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    assert (state(page, "bluesky"), state(page, "mastodon")) == ("live", "live")
    wait_for_rest(page)
    before = page.evaluate(PIXELS)
    flow(networks[1], state="blocked", detail="the token is refused")
    expect(page.locator("[data-network=mastodon] .state")).to_have_text("blocked: the token is refused")
    expect(page.locator("[data-network=mastodon]")).to_have_class("away")
    expect(page.locator("[data-network=bluesky]")).not_to_have_class("away")
    expect(page.locator("#board")).not_to_have_attribute("data-stale", re.compile(".*"))
    expect(page.locator(LIVE)).to_have_text("live")
    page.wait_for_function(
        f"([solid, pale]) => {{ const now = ({PIXELS})(); return now[0] === solid && now[1] !== pale; }}", arg=before
    )
    flow(networks[0], posts_per_second=7.0)
    networks[0].count("*", {"Books": 900})
    expect(page.locator("#rows bdi").first).to_have_text("#Books")


def test_a_board_of_one_network_that_is_away_says_so(networks: Networks, site: Site, page: Page):
    page.goto(f"{site.address}/?networks=mastodon&window=day")
    expect(page.locator(LIVE)).to_have_text("live")
    flow(networks[1], state="blocked", detail="the token is refused")
    expect(page.locator("#notice")).to_have_text("The collector is blocked: the token is refused")
    expect(page.locator("#board")).to_have_attribute("data-stale", "")


def test_a_network_that_does_not_run_is_named_and_all_are_one_click_away(networks: Networks, site: Site, page: Page):
    page.goto(f"{site.address}/?networks=x&window=day")
    expect(page.locator(LIVE)).to_have_text("live")
    expect(page.locator("#missing")).to_contain_text("X does not run here.")
    expect(page.locator("#waiting-detail")).to_have_text("X does not run here.")
    expect(page.locator("#rows tr")).to_have_count(0)
    page.get_by_role("link", name="Show all networks").click()
    expect(page.locator("#rows tr")).to_have_count(3)
    expect(page.locator("#missing")).to_be_hidden()
    expect(page).to_have_url(f"{site.address}/?window=day")


def test_a_simulated_board_looks_as_ever_and_names_a_network_that_does_not_run(stage: Stage, site: Site, page: Page):
    stage.count("*", {"cats": 3})
    stage.show_quiet()
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    expect(page.locator("#networks")).to_be_hidden()
    expect(page.locator("#missing")).to_be_hidden()
    expect(page.locator("#rows .shares")).to_have_text([""])
    page.goto(f"{site.address}/?networks=bluesky&window=day")
    expect(page.locator("#missing")).to_contain_text("Bluesky does not run here.")


def test_a_network_that_starts_joins_the_open_board(stage: Stage, site: Site, page: Page):
    alone = Stage(stage.client, "bluesky", datetime.now(UTC).date())
    alone.count("*", {"cats": 3})
    flow(alone)
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    expect(page.locator("#networks")).to_be_hidden()
    second = Stage(stage.client, "mastodon", alone.day, RUNNING)
    second.count("*", {"cats": 1})
    flow(second)
    expect(page.locator("#networks .title")).to_have_text(["Bluesky", "Mastodon"])
    expect(page.locator("#network-picker .value")).to_have_text("All networks")
    expect(page.locator("#network-picker .name")).to_have_text(["Bluesky", "Mastodon"])
    expect(page.locator("#rows .shares")).to_have_text(["Bluesky 75 %, Mastodon 25 %"])


def test_without_scripts_the_first_paint_has_networks_shares_and_states(
    networks: Networks, site: Site, browser: Browser
):
    flow(networks[1], state="connecting")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(site.address)
    expect(page.locator("#networks .title")).to_have_text(["Bluesky", "Mastodon"])
    assert (state(page, "bluesky"), state(page, "mastodon")) == ("live", "connecting")
    first = page.locator("#rows tr").first
    expect(first.locator(".shares")).to_have_text("Bluesky 61 %, Mastodon 39 %")
    parts = [part.get_attribute("width") for part in first.locator("rect").all()]
    assert parts == ["61%", "39%"]
    box(page, "bluesky").uncheck()
    page.locator("#network-picker button").click()
    expect(page.locator("#rows bdi")).to_have_text(["#caturday", "#fediverse"])
    assert "networks=mastodon" in page.url


def test_an_embedded_board_shows_the_networks_of_its_address_and_none_can_be_chosen(
    networks: Networks, site: Site, page: Page
):
    page.goto(f"{site.address}/embed/?networks=mastodon")
    expect(page.locator(LIVE)).to_have_text("live")
    expect(page.locator("#rows bdi")).to_have_text(["#caturday", "#fediverse"])
    expect(page.locator("#networks li:visible .title")).to_have_text(["Mastodon"])
    expect(page.locator("#network-picker")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_board_of_networks_has_no_violation_and_no_refused_script(
    networks: Networks, site: Site, page: Page, axe: Callable[[Page], list[str]], scheme: str
):
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.emulate_media(color_scheme=scheme)
    flow(networks[1], state="blocked", detail="the token is refused")
    for address in ("/?window=day", "/?networks=x&window=day", "/embed/"):
        page.goto(site.address + address)
        expect(page.locator(LIVE)).to_have_text("live")
        assert axe(page) == []
    assert refused == []


def test_redis_that_comes_back_empty_leaves_no_network_behind(networks: Networks, site: Site, page: Page):
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    client: redis.Redis = networks[0].client
    client.set(redis_names.SOURCES, redis_names.encode_sources(["mastodon"]))
    expect(page.locator("#networks")).to_be_hidden()
    expect(page.locator("#rows bdi")).to_have_text(["#caturday", "#fediverse"])


def test_four_networks_have_four_looks(stage: Stage, site: Site, page: Page):
    names = ["bluesky", "kafka", "mastodon", "x"]
    for name in names:
        network = Stage(stage.client, name, datetime.now(UTC).date(), names)
        flow(network)
        network.count("*", {"Caturday": 25})
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    expect(page.locator("#networks li .title")).to_have_text(["Bluesky", "Kafka", "Mastodon", "X"])
    swatches = page.locator("#networks .look").evaluate_all("all => all.map((one) => getComputedStyle(one).background)")
    assert len(set(swatches)) == 4
    page.wait_for_function(f"() => new Set(({PARTS})()).size === 4")
