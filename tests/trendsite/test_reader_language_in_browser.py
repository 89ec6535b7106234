"""What live frames change on a page stays in the reader's language."""

from datetime import UTC, datetime

from playwright.sync_api import Browser, expect

from tests.trendsite.site import Site
from tests.trendsite.stage import Stage


def test_the_texts_of_live_frames_stay_in_the_readers_language(stage: Stage, site: Site, browser: Browser) -> None:
    now = datetime.now(UTC)
    stage.day = now.date()
    stage.count("*", {"cats": 1_234})
    stage.report_all(now)
    stage.show(now)
    page = browser.new_context(locale="de").new_page()
    page.goto(site.address)
    expect(page.locator("#kind")).to_have_text("Simuliert")
    stage.report_collector(datetime.now(UTC), state="blocked", detail="no <key>")
    expect(page.locator("#notice")).to_have_text("Der Sammler ist blockiert: no <key>")
    expect(page.locator("#kind")).to_have_text("Simuliert")
    page.get_by_role("button", name="Einstellungen").click()
    page.get_by_label("Sprache", exact=True).select_option("es")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hashtags principales de hoy")
    page.context.close()
