"""Past days, weeks and years in a real browser."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.trendsite.site import Site
from tests.trendsite.stage import NOW, TODAY, Stage

WIDTHS = "() => [document.documentElement.scrollWidth, window.innerWidth]"
ARCHIVE = f"""
from datetime import UTC, date, datetime, timedelta
from trendsite.archive.models import Day, DayCount, DayLanguage
names = ["Cats", "كأس_العالم", "AHashtagWhoseNameIsTooLongForAnyColumnOfAnyTable"]
for ago in [*range(1, 12), 40, 400]:
    day = date.fromisoformat("{TODAY}") - timedelta(days=ago)
    row = Day.objects.create(source="bluesky", date=day, archived_at=datetime(2026, 11, 22, tzinfo=UTC))
    DayLanguage.objects.create(day=row, language="*", posts=9_000, hashtags=3, hours=[0, *[1] * 23])
    for rank in (1, 2, 3):
        name = names[(rank + ago) % 3]
        DayCount.objects.create(
            day=row, language="*", rank=rank, key=name.casefold(), hashtag=name, posts=4_000 // rank, hours=[1] * 24
        )
"""


@pytest.fixture(scope="module")
def archived_site(own_site: Site) -> Site:
    """A site with archived days of this month, of the one before and of the year before."""
    own_site.run(ARCHIVE)
    return own_site


@pytest.fixture
def today(stage: Stage) -> Iterator[None]:
    """Today, of the same network."""
    stage.source = "bluesky"
    stage.count("*", {"Cats": 7})
    stage.show(NOW)
    return


@pytest.mark.usefixtures("today")
def test_last_tuesday_is_two_clicks_away_without_javascript(archived_site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(archived_site.address)
    page.get_by_role("link", name="Past days", exact=True).click()
    page.get_by_role("link", name="Tuesday").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tuesday 17 November 2026")
    page.get_by_role("link", name="Leaders of Week 47, 2026").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Week 47, 2026")
    page.get_by_role("link", name="Calendar", exact=True).click()
    page.get_by_label("From").fill("2026-11-12")
    page.get_by_label("to", exact=True).fill("2026-11-13")
    page.get_by_role("button", name="Show these days").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("12 November 2026 to 13 November 2026")
    context.close()


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("path", ["/days/", f"/weeks/{TODAY:%G-W%V}/", f"/years/{TODAY.year}/"])
def test_pages_of_many_days_are_accessible_and_fit_a_phone(
    archived_site: Site, page: Page, axe: Callable[[Page], list[str]], path: str
) -> None:
    page.goto(archived_site.address + path)
    assert axe(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 640})
    assert axe(page) == []
    scroll_width, inner_width = page.evaluate(WIDTHS)
    assert scroll_width <= inner_width


@pytest.mark.usefixtures("today")
def test_a_day_of_a_year_has_the_colour_of_its_number_one(archived_site: Site, page: Page) -> None:
    page.goto(f"{archived_site.address}/years/{TODAY.year}/")
    page.wait_for_function("() => document.querySelector('.small .dates [data-key]').style.cssText")
    colours = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("[data-key]")].map(
          (element) => [element.dataset.key, element.style.getPropertyValue("--own-colour")]))"""
    )
    day = page.locator(f".small .dates a[href*='{TODAY - timedelta(days=3)}']")
    key = day.get_attribute("data-key")
    assert day.evaluate("(element) => element.style.getPropertyValue('--own-colour')") == colours[key]
    assert len(set(colours.values())) == len(colours) == 3
