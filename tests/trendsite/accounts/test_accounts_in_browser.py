"""Logging in, the account and the saved view, in a browser."""

import pytest
from playwright.sync_api import expect

from tests.trendsite.accounts.conftest import PASSWORD
from tests.trendsite.site import log_in as log_in_at
from tests.trendsite.stage import NOW


@pytest.fixture(scope="module")
def site(own_site):
    """A site with a viewer, and an account without a role."""
    own_site.add_user("ada", PASSWORD, group="viewer")
    own_site.add_user("eve", PASSWORD)
    return own_site


@pytest.fixture
def log_in(site, page):
    def log_in(password=PASSWORD, to="/", name="ada"):
        log_in_at(page, f"{site.address}/login/?next={to}", name, password)

    return log_in


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_an_account(site, stage, page, axe, log_in, scheme):
    page.emulate_media(color_scheme=scheme)
    for address in ("/login/", "/forgotten-password/", "/forgotten-password/sent/", "/forgotten-password/x/y/"):
        page.goto(f"{site.address}{address}")
        assert axe(page) == [], address
    log_in(to="/account/")
    expect(page.get_by_text("Your role: viewer.")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Change your password").click()
    page.get_by_label("Old password").fill("wrong")
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_label("New password confirmation").fill("other")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your old password was entered incorrectly")).to_be_visible()
    assert axe(page) == []


def test_a_saved_view_opens_in_another_browser_too(site, stage, page, axe, log_in, browser):
    stage.count("es", {"gatos": 9})
    stage.count_hour(NOW, "es", {"perros": 3})
    stage.show_quiet()
    log_in()
    expect(page.get_by_role("button", name="Make this my board")).to_be_visible()
    page.get_by_role("link", name="Last hour").click()
    page.get_by_role("link", name="Top 25").click()
    page.get_by_role("button", name="Make this my board").click()
    expect(page.get_by_text("Saved: the board opens like this for you")).to_be_visible()
    expect(page.get_by_role("button", name="My board")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Today", exact=True).click()
    expect(page.get_by_role("button", name="Make this my board")).to_be_visible()

    with browser.new_context() as elsewhere:
        other = elsewhere.new_page()
        log_in_at(other, f"{site.address}/login/", "ada", PASSWORD)
        expect(other.get_by_role("link", name="Last hour")).to_have_attribute("aria-current", "page")
        other.get_by_role("button", name="My board").click()
        expect(other.get_by_text("The board opens for you as for all visitors.")).to_be_visible()


def test_the_saved_view_wins_over_the_browsers_memory(site, stage, page, log_in):
    log_in(name="eve")
    page.get_by_role("link", name="Last hour").click()
    page.get_by_role("button", name="Make this my board").click()
    expect(page.get_by_text("Saved: the board opens like this for you")).to_be_visible()
    page.get_by_role("link", name="Today", exact=True).click()
    expect(page.get_by_role("link", name="Today", exact=True)).to_have_attribute("aria-current", "page")
    page.goto(site.address)
    expect(page.get_by_role("link", name="Last hour")).to_have_attribute("aria-current", "page")


def test_an_anonymous_user_cannot_save_a_view(site, stage, page):
    page.goto(site.address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#own-board")).to_have_count(0)


def test_a_role_does_not_open_the_admin_and_the_page_says_so(site, stage, page, log_in):
    log_in(to="/admin/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You do not have access to this page")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_throttled_page_says_how_long_to_wait(site, stage, page, axe, log_in, scheme):
    """The last test: from here on, the address of this machine is locked out."""
    page.emulate_media(color_scheme=scheme)
    for _ in range(10):
        log_in("guess")
        if page.get_by_role("heading", name="Too many attempts").is_visible():
            break
    expect(page.get_by_role("heading", level=1)).to_have_text("Too many attempts")
    assert axe(page) == []
    log_in()
    expect(page.get_by_role("heading", level=1)).to_have_text("Too many attempts")
