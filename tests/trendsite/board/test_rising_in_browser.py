"""The window of rising hashtags in a browser: chosen, asked why, with a pointer, by key and without scripts."""

from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from contract import redis_names
from tests.trendsite.stage import NOW

LIVE = "#connection-text"
HOUR = timedelta(hours=1)
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def storm(stage):
    """An hour in which twelve hashtags are beyond what was expected."""
    # What the site found for the test before is not looked at again for a moment.
    stage.source = f"replay-{uuid4().hex[:6]}-now"
    bursts = {"Storm": 300, HOSTILE: 200, **{f"tag{number}": 150 - 5 * number for number in range(10)}}
    for language in ("*", "en"):
        for ago in range(1, 8):
            stage.count_hour(NOW - ago * HOUR, language, {"cats": 60}, posts=1_000)
        stage.count_hour(NOW, language, {"cats": 60, **bursts}, posts=2_000)
        authors = {spelling.casefold(): posts - 50 for spelling, posts in bursts.items()}
        stage.client.zadd(redis_names.hour_authors(stage.source, stage.day, NOW.hour, language), authors)
        stage.client.zadd(redis_names.hour_authors(stage.source, stage.day, NOW.hour - 1, language), {"cats": 50})
        stage.client.zadd(redis_names.hour_authors(stage.source, stage.day, NOW.hour - 2, language), {"cats": 50})
        stage.count(language, {"cats": 500, **bursts})
    stage.show_quiet()
    stage.show(NOW + timedelta(minutes=59))


def open_rising(page, site, query=""):
    page.goto(f"{site.address}/{query}")
    expect(page.locator(LIVE)).to_have_text("replaying")
    page.get_by_role("link", name="Rising").click()
    expect(page.locator("#rows bdi").first).to_have_text("#Storm")
    page.wait_for_selector("[data-drawn]")


def words(page, hashtag="storm"):
    return page.locator(f'#rows tr[data-key="{hashtag}"] .more')


def test_each_row_says_in_words_how_unusual_it_is(storm, stage, site, page):
    open_rising(page, site, "?languages=en")
    expect(words(page)).to_have_text("New, 300 posts in the last hour")
    stage.count_hour(NOW, "en", {"cats": 60, "Storm": 310, "flood": 900}, posts=2_000)
    stage.publish("hour", "en", {"flood": 900})
    expect(words(page)).to_have_text("New, 310 posts in the last hour")


def test_the_window_is_chosen_in_place_and_kept_in_the_address(storm, site, page):
    open_rising(page, site)
    expect(page.locator("#headline")).to_have_text("Rising hashtags")
    expect(page.locator("#measured")).to_have_text("How unusual each hashtag is")
    expect(page.locator("#column")).to_have_text("Times as many as usual")
    expect(page.locator("#bar")).to_contain_text("far above normal")
    expect(page.locator("#compared")).to_have_text("Compared with the 7 hours before: no earlier day is known yet.")
    expect(page).to_have_url(f"{site.address}/?window=rising")
    page.get_by_role("link", name="Top 25").click()
    expect(page.locator("#rows tr")).to_have_count(12)
    page.get_by_role("link", name="Today", exact=True).click()
    expect(page.locator("#rows bdi").first).to_have_text("#cats")
    expect(page.locator("#compared")).to_be_hidden()
    expect(page.locator("#rows .more").first).to_have_text("")
    expect(page.locator("#measured")).to_have_text("Posts with each hashtag")


def test_what_fell_to_nothing_moves_below_what_is_rising(storm, stage, site, page):
    open_rising(page, site, "?languages=en")
    expect(page.locator("#fading")).to_be_hidden()
    stage.count_hour(NOW - 3 * HOUR, "en", {"cats": 60, "Flood": 900}, posts=2_000)
    stage.count_hour(NOW, "en", {"cats": 60, "Gale": 300}, posts=2_000)
    stage.client.zadd(redis_names.hour_authors(stage.source, stage.day, NOW.hour, "en"), {"gale": 250})
    stage.publish("hour", "en", {"Gale": 300})
    fading = page.locator("#fading-rows li").filter(has_text="#Flood")
    expect(fading).to_have_text("#Flood new at 10:00, 0 posts in the last hour")
    expect(fading.get_by_role("link")).to_have_attribute("href", "/hashtags/flood/")
    expect(page.locator("#rows bdi").filter(has_text="#Flood")).to_have_count(0)
    expect(page.locator("#rows bdi").filter(has_text="#Gale")).to_have_count(1)
    page.get_by_role("link", name="Today", exact=True).click()
    expect(page.locator("#fading")).to_be_hidden()


def test_on_a_first_day_one_message_says_from_when_it_works(stage, site, page):
    stage.source = f"replay-{uuid4().hex[:6]}-now"
    for language in ("*", "en"):
        stage.count_hour(NOW, language, {"Storm": 900}, posts=1_000)
        stage.count(language, {"Storm": 900})
    stage.show_quiet()
    page.goto(f"{site.address}/?languages=en&window=rising")
    expect(page.locator(LIVE)).to_have_text("replaying")
    message = "Rising works from 13:00 UTC on: it needs an hour of posts to compare with."
    expect(page.locator("#waiting-detail")).to_have_text(message)
    expect(page.locator("#waiting-title")).to_have_text("Too early to tell")
    for name in ("note", "compared", "fading", "rankings"):
        expect(page.locator(f"#{name}")).to_be_hidden()
    assert page.locator("main").inner_text().count(message) == 1


def test_hashtags_that_are_used_together_are_one_bar(storm, stage, site, page):
    stage.count_hour(NOW - HOUR, "en", {"cats": 60, "Vote": 90, "Election": 90}, posts=1_000)
    stage.count_hour(NOW, "en", {"cats": 60, "Vote": 400, HOSTILE: 399, "Election": 400}, posts=2_000)
    stage.count("*", {"Vote": 490, "Election": 490})
    stage.pair("election", ("vote", 480, 480))
    stage.client.delete(redis_names.hour_authors(stage.source, stage.day, NOW.hour, "en"))
    stage.client.delete(redis_names.hour_authors(stage.source, stage.day, NOW.hour - 1, "en"))
    page.goto(f"{site.address}/?languages=en&window=rising")
    expect(page.locator(LIVE)).to_have_text("replaying")
    page.wait_for_selector("[data-drawn]")
    name = page.locator('#rows tr[data-key="election"] th')
    expect(name).to_have_text("#Election + #Vote")
    expect(name.locator("a")).to_have_attribute("title", "\u2068#Election\u2069 + \u2068#Vote\u2069")
    expect(page.locator('#rows tr[data-key="vote"]')).to_have_count(0)


def test_ten_bars_and_what_they_are_compared_with_fit_a_laptop_and_the_whole_screen(storm, site, page):
    page.set_viewport_size({"width": 1_280, "height": 720})
    open_rising(page, site)
    bottom = "(selector) => document.querySelector(selector).getBoundingClientRect().bottom"
    page.wait_for_function(f"() => ({bottom})('.facts summary') <= 720")
    page.keyboard.press("f")
    expect(page.locator("header")).to_be_hidden()
    page.wait_for_function(f"() => ({bottom})('#rows tr:last-child') <= ({bottom})('.panel')")
    expect(page.locator("#compared")).to_be_visible()


def test_its_order_is_its_own_and_the_other_windows_keep_theirs(storm, site, page):
    page.goto(f"{site.address}/?window=day&by=authors")
    page.get_by_role("link", name="Rising").click()
    expect(page.locator("#rows bdi").first).to_have_text("#Storm")
    expect(page.locator("#orders")).to_be_hidden()
    expect(page).to_have_url(f"{site.address}/?window=rising")
    page.get_by_role("link", name="Last hour").click()
    expect(page.locator("#measured")).to_have_text("People using each hashtag (estimated)")
    expect(page.locator("#orders")).to_be_visible()
    expect(page).to_have_url(f"{site.address}/?window=hour&by=authors")


@pytest.mark.parametrize("query", ["window=rising", "window=rising&by=authors", "window=day", "window=day&by=authors"])
def test_the_first_paint_reads_as_the_scripts_write_it(storm, site, browser, query):
    seen = []
    for scripts in (False, True):
        page = browser.new_page(java_script_enabled=scripts)
        page.goto(f"{site.address}/?{query}")
        if scripts:
            expect(page.locator(LIVE)).to_have_text("replaying")
            page.wait_for_selector("[data-drawn]")
        words = [page.locator(f"#{name}").text_content() for name in ("headline", "measured", "column", "bar")]
        seen.append((words, page.locator("#rows .posts").all_inner_texts(), page.locator("#orders").is_visible()))
        page.close()
    assert seen[0] == seen[1]


def test_markup_in_a_rising_hashtag_is_text_wherever_it_stands(storm, site, page):
    open_rising(page, site)
    expect(page.locator("#rows bdi").nth(1)).to_have_text(f"#{HOSTILE}")
    page.goto(f"{site.address}/embed/?window=rising")
    expect(page.locator("#rows bdi").nth(1)).to_have_text(f"#{HOSTILE}")
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize(
    "address", ["/?window=rising", "/embed/?window=rising&theme=dark", "/?window=rising&languages=fo"]
)
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_everybody_can_use_the_window(storm, site, page, axe, address, colours):
    page.emulate_media(color_scheme=colours)
    page.goto(site.address + address)
    expect(page.locator(LIVE)).to_have_text("replaying")
    assert axe(page) == []
