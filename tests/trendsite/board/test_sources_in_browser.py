"""What the board calls what it shows: a recording of another day is neither today nor live, and times are UTC."""

import re
from datetime import UTC, date, datetime, timedelta

from playwright.sync_api import Browser, Page, expect

from tests.trendsite.stage import Stage

LIVE = "#connection-text"
REPLAY = "replay-covid_2021-12-30-0123abcd"
PRESENT = re.compile(r"\b(today|now|live|last hour)\b", re.IGNORECASE)
LAMP = "() => getComputedStyle(document.querySelector('.lamp')).backgroundColor"
GREEN = "() => getComputedStyle(document.documentElement).getPropertyValue('--good').trim()"
COLOUR = """(colour) => {
  const swatch = document.body.appendChild(document.createElement("i"));
  swatch.style.color = colour;
  return getComputedStyle(swatch).color;
}"""


def recorded(stage: Stage, source: str = REPLAY, **report: object) -> None:
    """Show the covid day of 2021, replayed."""
    stage.source, stage.day = source, date(2021, 12, 30)
    stage.count("*", {"covid19": 3})
    stage.count_hour(datetime(2021, 12, 30, 12, tzinfo=UTC), "*", {"covid19": 3})
    stage.show()
    stage.report_collector(kind="replay", posts_per_second=0.0, tagged_per_second=0.0, **report)
    stage.report_streaming()


def lamp_is_green(page: Page) -> bool:
    return page.evaluate(LAMP) == page.evaluate(COLOUR, page.evaluate(GREEN))


def test_a_replay_of_another_day_never_speaks_of_the_present(stage, site, page):
    recorded(stage)
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("replaying")
    for window, headline in (
        ("Latest hour", "Top hashtags of the latest hour on 30 December 2021"),
        ("Rising", "Rising hashtags on 30 December 2021"),
        ("Day", "Top hashtags on 30 December 2021"),
    ):
        page.get_by_role("link", name=window, exact=True).click()
        expect(page.locator("#headline")).to_have_text(headline)
        expect(page).to_have_title(f"{headline} · Trendsite (replay)")
        found = PRESENT.search(page.locator("body").inner_text())
        assert found is None, found
    expect(page.locator("#kind")).to_have_text("Replay")
    assert not lamp_is_green(page)


def test_a_frame_elsewhere_says_so_too(stage, site, page):
    recorded(stage)
    page.goto(f"{site.address}/embed/")
    expect(page.locator(LIVE)).to_have_text("replaying")
    expect(page.locator("#kind")).to_have_text("Replay")
    expect(page).to_have_title("Top hashtags on 30 December 2021 · Trendsite (replay)")
    assert PRESENT.search(page.locator("body").inner_text()) is None


def test_a_recording_moved_to_now_says_that_it_is_one(stage, site, page):
    recorded(stage, f"{REPLAY}-now")
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("replaying")
    expect(page.locator("#kind")).to_have_text("Replayed as if now")
    expect(page.locator("#headline")).to_have_text("Top hashtags today")
    assert not lamp_is_green(page)


def test_a_recording_that_has_run_ahead_of_today_says_its_date(stage, site, page):
    stage.day = datetime.now(UTC).date() + timedelta(days=2)
    stage.source = f"{REPLAY}-now"
    stage.count("*", {"covid19": 3})
    stage.show()
    stage.report_collector(kind="replay", posts_per_second=0.0, tagged_per_second=0.0)
    stage.report_streaming()
    in_words = f"{stage.day:%-d %B %Y}"
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("replaying")
    expect(page.locator("#headline")).to_have_text(f"Top hashtags on {in_words}")
    expect(page.locator("#windows a").first).to_have_text("Day")
    page.goto(f"{site.address}/hashtags/covid19/")
    expect(page.locator("main")).not_to_contain_text("oday")
    page.goto(f"{site.address}/days/")
    expect(page.locator(".badge").first).to_have_text("latest")


def test_an_open_page_follows_another_source(stage, site, page):
    stage.count("*", {"cats": 3})
    stage.show_quiet()
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    assert lamp_is_green(page)
    expect(page).to_have_title("Top hashtags today · Trendsite (simulated)")
    recorded(stage)
    expect(page.locator("#headline")).to_have_text("Top hashtags on 30 December 2021")
    expect(page.locator("#windows a").first).to_have_text("Day")
    expect(page.locator(LIVE)).to_have_text("replaying")
    expect(page).to_have_title("Top hashtags on 30 December 2021 · Trendsite (replay)")


def test_what_is_not_up_to_date_says_since_when_in_utc(stage, site, browser: Browser):
    stage.count("*", {"cats": 3})
    stage.show()
    with browser.new_context(timezone_id="Asia/Tokyo") as context:
        page = context.new_page()
        before = datetime.now(UTC).replace(microsecond=0)  # the site shows whole seconds
        page.goto(site.address)
        expect(page.locator(LIVE)).to_have_text(re.compile(r"not up to date since \d\d:\d\d:\d\d UTC"))
        told = page.locator(LIVE).inner_text().split()[-2]
        since = datetime.fromisoformat(f"{before.date()}T{told}+00:00")
        # It may be the next day by then.
        assert (since - before).total_seconds() % 86_400 < 60


def test_languages_stay_in_the_order_in_which_they_were_chosen(stage, site, page):
    for language, posts in (("*", 9), ("en", 5), ("ja", 3), ("de", 1)):
        stage.count(language, {"cats": posts})
    stage.show_quiet()
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    page.locator("#picker summary").click()
    for code in ("ja", "de", "en"):
        page.locator(f"#picker-options input[value={code}]").check()
    chosen = "日本語, Deutsch, English"
    expect(page.locator("#chosen")).to_have_text(chosen)
    page.reload()
    expect(page.locator(LIVE)).to_have_text("live")
    expect(page.locator("#chosen")).to_have_text(chosen)
    expect(page.locator("#languages")).to_have_text(chosen)
    page.locator("#picker summary").click()
    page.locator("#picker-options input[value=de]").uncheck()
    expect(page.locator("#chosen")).to_have_text("日本語, English")


def test_shares_of_nothing_are_not_told(stage, site, page):
    stage.count("*", {"cats": 3})
    stage.show()
    stage.report_collector(posts_per_second=0.0, tagged_per_second=0.0, dropped={})
    stage.report_streaming()
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    expect(page.locator("#of-all")).to_be_hidden()
    expect(page.locator("#of-those")).to_be_hidden()
    expect(page.locator("#dropped")).to_have_text("0")


def test_the_words_of_a_replay_fit_a_phone(stage, site, page):
    page.set_viewport_size({"width": 320, "height": 700})
    recorded(stage)
    page.goto(f"{site.address}/?window=hour")
    expect(page.locator(LIVE)).to_have_text("replaying")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
