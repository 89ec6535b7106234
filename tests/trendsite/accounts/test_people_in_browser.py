"""An admin invites a person, who makes an account; both in a browser."""

import pytest
from playwright.sync_api import expect

from tests.trendsite.accounts.conftest import PASSWORD
from tests.trendsite.site import log_in


@pytest.fixture(scope="module")
def site(own_site):
    own_site.add_user("chief", PASSWORD, group="admin")
    return own_site


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_invited_person_chooses_name_and_password_and_gets_the_role(site, stage, page, browser, axe, scheme):
    page.set_viewport_size({"width": 320, "height": 800})
    page.emulate_media(color_scheme=scheme)
    log_in(page, f"{site.address}/login/?next=/people/", "chief", PASSWORD)
    invite = page.get_by_role("region", name="Invite a person")
    invite.get_by_label("Role").select_option("editor")
    invite.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Link to copy").input_value()
    page.locator("main summary").first.click()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320

    with browser.new_context() as elsewhere:
        other = elsewhere.new_page()
        other.emulate_media(color_scheme=scheme)
        # The site is open to all browsers of this machine, whatever host its links name.
        other.goto(f"{site.address}/invitation/{link.split('/')[-2]}/")
        expect(other.get_by_text("You are invited as editor.")).to_be_visible()
        assert axe(other) == []
        other.get_by_label("Username").fill(f"zoe-{scheme}")
        other.get_by_label("Password", exact=True).fill("a quite long one")
        other.get_by_label("Password confirmation").fill("a quite long one")
        other.get_by_role("button", name="Make my account").click()
        expect(other.get_by_text(f"Welcome, zoe-{scheme}.")).to_be_visible()
        expect(other.get_by_role("link", name="Moderation")).to_be_visible()
        expect(other.locator("nav a[href='/people/']")).to_have_count(0)
    page.goto(f"{site.address}/people/")
    expect(page.get_by_text(f"zoe-{scheme}").first).to_be_visible()
