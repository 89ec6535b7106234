"""What a reader may choose on the board: places, theme, full screen, a frame elsewhere; and what the page costs."""

import http.server
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

LIVE = "#connection-text"
NOTHING = "rgba(0, 0, 0, 0)"
DARK = "rgb(17, 19, 23)"
LIGHT = "rgb(250, 249, 246)"

MOST_COMPRESSED_BYTES = 120_000
MOST_REQUESTS = 42
MOST_BYTES_BEFORE_FIRST_PAINT = 16_000
MOST_REQUESTS_BEFORE_FIRST_PAINT = 5


@pytest.fixture
def sixty_hashtags(stage) -> None:
    counts = {f"tag{number}": 100 - number for number in range(60)}
    for language in ("*", "es"):
        stage.count(language, counts)
    stage.show_quiet()


def open_board(page: Page, site, query: str = "") -> None:
    page.goto(site.address + "/" + query)
    expect(page.locator(LIVE)).to_have_text("live")


def test_more_places_are_chosen_by_key_and_kept_in_the_address(sixty_hashtags, site, page):
    open_board(page, site)
    page.get_by_role("link", name="Top 25").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rows tr")).to_have_count(25)
    expect(page.get_by_role("link", name="Top 25")).to_have_attribute("aria-current", "page")
    expect(page).to_have_url(f"{site.address}/?window=day&top=25")
    page.get_by_role("link", name="Top 50").click()
    expect(page.locator("#rows tr")).to_have_count(50)
    page.reload()
    expect(page.locator("#rows tr")).to_have_count(50)


def test_a_choice_is_remembered_until_an_address_says_otherwise(sixty_hashtags, site, page):
    open_board(page, site)
    page.locator("#picker summary").click()
    page.locator("#picker input[value=es]").check()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Top 25").click()
    expect(page.locator("#rows tr")).to_have_count(25)
    page.goto(site.address)
    page.wait_for_url("**/?languages=es&window=day&top=25")
    expect(page.locator("#rows tr")).to_have_count(25)
    open_board(page, site, "?window=day")
    expect(page.locator("#chosen")).to_have_text("All languages")
    expect(page.locator("#rows tr")).to_have_count(10)


def test_what_everybody_sees_first_is_shown_again_when_it_is_chosen_again(sixty_hashtags, site, page):
    open_board(page, site, "?window=day&top=25")
    page.get_by_role("link", name="Top 10").click()
    page.goto(site.address)
    expect(page.locator("#rows tr")).to_have_count(10)


def test_the_theme_follows_the_system_until_the_switch_says_otherwise(sixty_hashtags, site, page):
    page.emulate_media(color_scheme="dark")
    open_board(page, site)
    has_background(page, DARK)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Theme", exact=True).select_option("light")
    has_background(page, LIGHT)
    page.reload(wait_until="commit")
    # The first colour that it has, once the style sheet is there.
    expect(page.locator("body")).not_to_have_css("background-color", NOTHING)
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == LIGHT
    page.goto(f"{site.address}/login/")
    has_background(page, LIGHT)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Theme", exact=True).select_option("system")
    has_background(page, DARK)


def has_background(page: Page, colour: str) -> None:
    expect(page.locator("body")).to_have_css("background-color", colour)


def test_without_scripts_no_switch_of_the_theme_is_offered(sixty_hashtags, site, browser):
    page = browser.new_page(java_script_enabled=False)
    page.goto(site.address)
    expect(page.locator("#theme")).to_be_hidden()
    page.close()


def test_the_header_is_one_row_at_every_width(sixty_hashtags, site, page):
    open_board(page, site)
    rows = """() => {
      const shown = [...document.querySelectorAll("header.top > *")].filter((one) => one.checkVisibility());
      const middles = shown.map((one) => one.getBoundingClientRect()).map(({ top, bottom }) => (top + bottom) / 2);
      return [Math.max(...middles) - Math.min(...middles) < 8, document.documentElement.scrollWidth <= innerWidth];
    }"""
    for width in (320, 768, 1_280, 1_920):
        page.set_viewport_size({"width": width, "height": 720})
        # The bars follow a moment later.
        page.wait_for_function(f"() => ({rows})().every(Boolean)")


def test_a_narrow_header_keeps_its_items_in_a_menu(sixty_hashtags, site, page):
    page.set_viewport_size({"width": 320, "height": 720})
    open_board(page, site)
    past_days = page.get_by_role("navigation", name="Site").get_by_role("link", name="Past days")
    expect(past_days).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    past_days.click()
    page.wait_for_url("**/days/")


def test_the_board_leads_to_the_replay_of_the_day_it_shows(stage, site, page):
    page.goto(site.address)
    expect(page.locator("#replay")).to_be_hidden()
    stage.count("*", {"cats": 1})
    stage.show_quiet()
    page.get_by_role("link", name="Replay this day").click()
    page.wait_for_url(f"**/days/{stage.day}/")


def test_the_bars_are_painted_again_in_another_theme(sixty_hashtags, site, page):
    colours = "() => Chart.getChart('chart').data.datasets[0].backgroundColor[0]"
    open_board(page, site)
    light = page.evaluate(colours)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Theme", exact=True).select_option("dark")
    page.wait_for_function(f"(light) => ({colours})() !== light", arg=light)


def test_the_whole_screen_shows_the_race_alone_and_all_of_it(sixty_hashtags, site, page):
    open_board(page, site, "?top=50")
    page.keyboard.press("f")
    expect(page.locator("header")).to_be_hidden()
    expect(page.locator("#full-screen span")).to_have_text("Leave full screen")
    expect(page.locator("#wall-time")).to_contain_text("UTC")
    # The bars follow the size of the window a moment later.
    page.wait_for_function(
        """() => document.querySelector("#rows tr:last-child").getBoundingClientRect().bottom <= innerHeight
          && document.documentElement.scrollHeight <= innerHeight"""
    )
    page.keyboard.press("f")
    expect(page.locator("header")).to_be_visible()


def test_the_key_f_still_writes_an_f(sixty_hashtags, site, page):
    open_board(page, site)
    page.locator("#picker summary").click()
    page.locator("#picker input[type=search]").press("f")
    assert page.locator("#picker input[type=search]").input_value() == "f"
    assert page.evaluate("() => document.fullscreenElement") is None


@pytest.fixture
def somebody_elses_page(tmp_path: Path) -> Iterator[str]:
    """The address of a folder that another server serves, for pages that frame ours."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def test_the_embed_is_live_in_somebody_elses_page_and_leads_back(
    stage, sixty_hashtags, site, page, tmp_path, somebody_elses_page
):
    embed = f"{site.address}/embed/?window=day&top=25"
    (tmp_path / "page.html").write_text(f'<iframe src="{embed}" width="640" height="560" title="Top"></iframe>')
    page.goto(f"{somebody_elses_page}/page.html")
    frame = page.frame_locator("iframe")
    expect(frame.locator(LIVE)).to_have_text("live")
    stage.count("*", {"newcomer": 500, "tag1": 99})
    expect(frame.locator("#rows bdi").first).to_have_text("#newcomer")
    link = frame.get_by_role("link", name="Trendsite")
    with page.context.expect_page() as opened:
        link.click()
    opened.value.wait_for_url(f"{site.address}/?window=day&top=25")


def test_the_board_itself_is_not_shown_in_a_frame(sixty_hashtags, site, page, tmp_path, somebody_elses_page):
    (tmp_path / "page.html").write_text(f'<iframe src="{site.address}/" title="Top"></iframe>')
    with page.expect_event("requestfailed", lambda request: request.url == f"{site.address}/"):
        page.goto(f"{somebody_elses_page}/page.html")


def test_the_code_for_a_frame_follows_the_choice(sixty_hashtags, site, page):
    open_board(page, site)
    page.get_by_role("link", name="Top 25").click()
    code = re.escape(f'src="{site.address}/embed/?window=day&top=25"')
    expect(page.locator("#embedding")).to_have_value(re.compile(code))


@pytest.mark.parametrize("address", ["/?top=25", "/embed/?theme=dark", "/login/"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_everybody_can_use_the_page(sixty_hashtags, site, page, axe, address, colours):
    page.emulate_media(color_scheme=colours)
    page.goto(site.address + address)
    if address != "/login/":
        expect(page.locator(LIVE)).to_have_text("live")
        page.wait_for_selector("[data-drawn]")
    assert axe(page) == []


def test_everybody_can_use_the_page_before_scripts_run_and_with_everything_open(sixty_hashtags, site, page, axe):
    page.route("**/*.js", lambda route: route.abort())
    page.goto(site.address)
    assert axe(page) == []
    page.unroute("**/*.js")
    open_board(page, site)
    for summary in page.locator("summary").all():
        summary.evaluate("(summary) => summary.parentElement.open = true")
    assert axe(page) == []


def test_the_page_stays_within_its_budget(sixty_hashtags, site, page):
    requests = []
    page.on("requestfinished", lambda request: requests.append(request))
    open_board(page, site)
    page.wait_for_load_state("networkidle")
    sizes = {request.url.rpartition("/static/")[2]: request.sizes()["responseBodySize"] for request in requests}
    assert len(sizes) == len(requests) <= MOST_REQUESTS
    assert sum(sizes.values()) <= MOST_COMPRESSED_BYTES


def test_the_first_paint_waits_for_little(sixty_hashtags, site, page):
    requests = []
    page.on("requestfinished", lambda request: requests.append(request))
    page.goto(site.address)
    page.wait_for_load_state("networkidle")
    blocking = """() => {
      const scripts = "script[src]:not([defer], [async], [type=module])";
      const parts = document.querySelectorAll(`link[rel=stylesheet], ${scripts}`);
      return [location.href, ...[...parts].map((part) => part.href ?? part.src)];
    }"""
    needed = {address.partition("?")[0] for address in page.evaluate(blocking)}
    sizes = [request.sizes()["responseBodySize"] for request in requests if request.url in needed]
    assert len(sizes) == len(needed) <= MOST_REQUESTS_BEFORE_FIRST_PAINT
    assert sum(sizes) <= MOST_BYTES_BEFORE_FIRST_PAINT
