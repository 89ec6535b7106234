"""Hashtags, days and search in a real browser, served as it always is, over a real Redis."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from contract.race import Frame, FramePlace
from tests.trendsite.moments import stop_clock, wait_for
from tests.trendsite.stage import NOW, TODAY, Stage

HOSTILE = "<img src=x onerror=alert(1)>"
DAY_PAGE = f"/days/{TODAY}/"

BARS = """() => Chart.getChart("chart").data.datasets[0].data
  .filter((bar) => bar.x > 0 && bar.y <= 10).map((bar) => [bar.y, bar.x]).sort((one, other) => one[0] - other[0])"""
WIDTHS = "() => [document.documentElement.scrollWidth, window.innerWidth]"


@pytest.fixture
def morning(stage: Stage) -> None:
    """Half an hour of a day, with a frame each five minutes in which cats overtake dogs at a quarter past."""
    for minute in range(5, 35, 5):
        stage.record(frame(minute, {"Dogs": 100 + minute, "Cats": 20 * minute / 3, HOSTILE: 1}))
    stage.count("*", {"Dogs": 130, "Cats": 200, HOSTILE: 1})
    stage.show(NOW.replace(hour=0, minute=31))


def frame(minute: int, counts: Mapping[str, float]) -> Frame:
    places = [FramePlace(hashtag.casefold(), hashtag, int(posts)) for hashtag, posts in counts.items()]
    at = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) + timedelta(minutes=minute)
    places.sort(key=lambda place: -place.posts)
    return Frame(at, "*", sum(place.posts for place in places), places)


def suggestions(page: Page) -> Locator:
    return page.locator("#search-suggestions").get_by_role("option")


def shown(page: Page) -> list[str]:
    return page.locator("#rows bdi").all_inner_texts()


def test_scrubbing_by_key_moves_bars_table_and_address(morning, site, page):
    page.goto(site.address + DAY_PAGE)
    expect(page.locator("#clock")).to_have_text("now")
    assert shown(page) == ["#Cats", "#Dogs", f"#{HOSTILE}"]
    scrubber = page.get_by_role("slider", name="Moment of the day")
    scrubber.press("Home")
    expect(page.locator("#none")).to_be_visible()
    scrubber.press("ArrowRight")
    scrubber.press("ArrowRight")
    expect(page.locator("#clock")).to_have_text("00:10")
    expect(page.locator("#rows bdi")).to_have_text(["#Dogs", "#Cats", f"#{HOSTILE}"])
    assert page.evaluate(BARS) == [[1, 110], [2, 66], [3, 1]]
    expect(page.locator("#moment")).to_have_text("Top hashtags at 00:10 UTC")
    page.wait_for_url("**/?at=00:10")
    scrubber.press("End")
    expect(page.locator("#rows bdi").first).to_have_text("#Cats")
    page.wait_for_url(f"**{DAY_PAGE}")


def test_a_link_to_a_moment_opens_there_and_other_links_keep_the_moment(morning, site, page):
    page.goto(f"{site.address}{DAY_PAGE}?at=00:10")
    assert shown(page) == ["#Dogs", "#Cats", f"#{HOSTILE}"]
    expect(page.locator("#clock")).to_have_text("00:10")
    expect(page.get_by_role("slider")).to_have_value("10")
    assert page.evaluate(BARS) == [[1, 110], [2, 66], [3, 1]]
    page.get_by_role("slider").press("ArrowRight")
    page.wait_for_url("**/?at=00:15")
    page.get_by_role("link", name="Top 25").click()
    page.wait_for_url("**/?at=00:15&top=25")
    expect(page.locator("#clock")).to_have_text("00:15")
    page.get_by_role("link", name="Now").click()
    expect(page.locator("#clock")).to_have_text("now")


def test_the_end_of_today_is_the_ranking_at_the_time_of_the_page(morning, stage, site, page):
    stage.count("*", {"Dogs": 131, "Cats": 205})
    page.goto(site.address + DAY_PAGE)
    expect(page.locator("#rows .posts")).to_have_text(["205", "131"])
    scrubber = page.get_by_role("slider")
    scrubber.press("Home")
    expect(page.locator("#none")).to_be_visible()
    scrubber.press("End")
    expect(page.locator("#rows .posts")).to_have_text(["205", "131"])
    expect(page.locator("#posts")).to_have_text("336 posts")


def test_scrubbing_keeps_the_named_source(morning, stage, site, page):
    page.goto(f"{site.address}{DAY_PAGE}?source={stage.source}")
    page.get_by_role("slider").press("Home")
    expect(page.locator("#none")).to_be_visible()
    page.get_by_role("slider").press("ArrowRight")
    first = page.locator("#rows a").first
    expect(first).to_have_attribute("href", f"/hashtags/dogs/?day={TODAY}&source={stage.source}")


def test_play_goes_from_beginning_to_end_and_stops(morning, site, page):
    page.goto(site.address + DAY_PAGE)
    page.get_by_label("Speed").select_option("8")
    page.evaluate("""() => {
      window.leaders = [];
      window.buttons = [];
      const play = document.getElementById("play");
      new MutationObserver(() => window.buttons.push(play.textContent))
        .observe(play, { childList: true, characterData: true, subtree: true });
      new MutationObserver(() => window.leaders.push(document.querySelector("#rows bdi")?.textContent))
        .observe(document.getElementById("rows"), { childList: true, characterData: true, subtree: true });
    }""")
    page.get_by_role("button", name="Play").click()
    # Noted rather than looked for: on a busy machine the half hour may be over before the first look.
    page.wait_for_function("() => window.buttons.at(-1) === 'Play'")
    assert page.evaluate("window.buttons[0]") == "Pause"
    expect(page.locator("#clock")).to_have_text("now")
    expect(page.locator("#announcement")).to_have_text("The end: first is #Cats")
    assert {"#Dogs", "#Cats"} <= set(page.evaluate("window.leaders"))


def test_playing_waits_for_the_days_rankings(morning, site, page):
    held: list[Route] = []
    page.route(re.compile("/race[?]"), lambda route: held.append(route))
    stop_clock(page)
    page.goto(site.address + DAY_PAGE)
    page.get_by_role("button", name="Play").click()
    # Time for all steps.
    page.clock.run_for(6_000)
    expect(page.locator("#play")).to_have_text("Pause")
    expect(page.locator("#clock")).to_have_text("00:10")
    wait_for(page, lambda: held)
    held[0].continue_()
    expect(page.locator("#rows bdi").first).to_have_text("#Dogs")
    page.clock.resume()
    expect(page.locator("#clock")).to_have_text("now")
    expect(page.locator("#announcement")).to_have_text("The end: first is #Cats")


def test_playing_pauses_if_the_days_rankings_cannot_be_loaded_and_may_be_tried_again(morning, site, page):
    page.route(re.compile("/race[?]"), lambda route: route.abort(), times=1)
    page.goto(site.address + DAY_PAGE)
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#note")).to_contain_text("could not be loaded")
    expect(page.locator("#play")).to_have_text("Play")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#announcement")).to_have_text("The end: first is #Cats")


def test_playing_pauses_when_the_scrubber_is_taken(morning, site, page):
    stop_clock(page)  # otherwise it may have played on before the key is pressed
    page.goto(f"{site.address}{DAY_PAGE}?at=00:05")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#play")).to_have_text("Pause")
    page.get_by_role("slider").press("ArrowLeft")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "00:00 UTC, no known ranking")


def test_a_days_page_works_with_the_keyboard_alone(morning, site, page):
    stop_clock(page)  # otherwise the half hour may be over before the first look
    page.goto(site.address + DAY_PAGE)
    tab_to(page, "play")
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_text("Pause")
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_text("Play")
    tab_to(page, "scrubber")
    page.keyboard.press("End")
    expect(page.locator("#rows bdi").first).to_have_text("#Cats")
    tab_to(page, "#Cats")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("#Cats")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this id or this text has the focus."""
    focused = "() => document.activeElement.id || document.activeElement.textContent.trim()"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == name:
            return
    pytest.fail(f"Tab does not lead to {name}")


def test_a_race_that_cannot_be_loaded_shows_a_note_and_is_fetched_again(morning, site, page):
    page.goto(site.address + DAY_PAGE)
    page.route("**/race?*", lambda route: route.abort())
    page.get_by_role("slider").press("Home")
    expect(page.locator("#note")).to_contain_text("could not be loaded")
    page.unroute("**/race?*")
    page.get_by_role("slider").press("ArrowRight")
    expect(page.locator("#rows bdi").first).to_have_text("#Dogs")
    expect(page.locator("#note")).to_be_empty()


def test_markup_in_a_hashtag_stays_text_on_every_page(morning, site, page):
    for path in (DAY_PAGE, "/days/", "/search/?q=img", "/hashtags/%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E/"):
        page.goto(site.address + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.locator("img").count() == 0
    expect(page.get_by_role("heading", level=1)).to_have_text(f"#{HOSTILE}")


def test_suggestions_are_chosen_by_key(morning, site, page):
    page.goto(site.address + "/days/")
    search = page.get_by_role("combobox", name="Find a hashtag")
    search.press_sequentially("s")
    options = suggestions(page)
    expect(options).to_contain_text(["#Cats", "#Dogs", f"#{HOSTILE}"])
    expect(search).to_have_attribute("aria-expanded", "true")
    search.press("ArrowDown")
    search.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert search.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    search.press("ArrowDown")
    search.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"#{HOSTILE}")


def test_escape_closes_the_suggestions_and_enter_without_one_searches(morning, site, page):
    page.goto(site.address + "/days/")
    search = page.get_by_role("combobox", name="Find a hashtag")
    search.press_sequentially("cat")
    expect(suggestions(page)).to_have_count(1)
    search.press("Escape")
    expect(page.get_by_role("listbox", name="Hashtags")).to_be_hidden()
    expect(search).to_have_value("cat")
    search.press("Enter")
    page.wait_for_url("**/search/?q=cat")
    expect(page.locator(".found bdi")).to_have_text(["#Cats"])


def test_a_suggestion_is_chosen_by_pointer(morning, site, page):
    page.goto(site.address)
    # All letters at once: each letter typed by itself would bring its own list of suggestions.
    page.get_by_role("combobox", name="Find a hashtag").fill("dog")
    suggestions(page).click()
    page.wait_for_url("**/hashtags/dogs/")


def test_suggestions_are_fetched_once_typing_pauses(morning, site, page):
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url) if "/api/v1/hashtags/" in request.url else None)
    stop_clock(page)  # otherwise it may seem to be a pause that the machine is slow
    page.goto(site.address + "/days/")
    page.get_by_role("combobox", name="Find a hashtag").press_sequentially("cats")
    page.clock.run_for(1_000)
    expect(suggestions(page)).to_have_count(1)
    assert [url.rpartition("=")[2] for url in requested] == ["cats"]


def test_without_scripts_table_form_and_drawings_are_there(morning, site, browser: Browser):
    page = browser.new_page(java_script_enabled=False)
    page.goto(site.address + DAY_PAGE)
    expect(page.locator("#rows bdi")).to_have_text(["#Cats", "#Dogs", f"#{HOSTILE}"])
    expect(page.locator("#scrubber")).to_be_hidden()
    page.get_by_label("Moment (UTC)").fill("00:10")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#rows bdi").first).to_have_text("#Dogs")
    page.locator("#rows a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("#Dogs")
    expect(page.locator("polyline.line")).to_have_count(1)
    page.close()


@pytest.mark.parametrize("path", [DAY_PAGE, "/days/", "/search/?q=s", "/hashtags/cats/", "/hashtags/nobody/"])
def test_no_page_is_wider_than_its_window(morning, stage, site, page, path):
    stage.count("*", {"W" * 99: 999, "Cats": 200, "Dogs": 130, "s" * 100: 1})
    for width in (320, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(site.address + path)
        assert page.evaluate(WIDTHS) == [width, width]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_on_any_page(morning, site, page, axe, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    for path in (DAY_PAGE, "/days/", "/search/", "/search/?q=s", "/hashtags/cats/", "/hashtags/nobody/"):
        page.goto(site.address + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert axe(page) == []
    search = page.get_by_role("combobox", name="Find a hashtag")
    search.press_sequentially("s")
    expect(suggestions(page)).not_to_have_count(0)
    search.press("ArrowDown")
    expect(suggestions(page).first).to_have_attribute("aria-selected", "true")
    assert axe(page) == []


def test_with_reduced_motion_bars_are_at_their_places_at_once(morning, site, page):
    page.emulate_media(reduced_motion="reduce")
    page.goto(site.address + DAY_PAGE)
    page.get_by_role("slider").press("Home")
    page.get_by_role("slider").press("ArrowRight")
    expect(page.locator("#rows bdi").first).to_have_text("#Dogs")
    assert page.evaluate("() => Chart.animator.running(Chart.getChart('chart'))") is False
