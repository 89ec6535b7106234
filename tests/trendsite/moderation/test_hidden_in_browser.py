"""Hiding and unhiding in a browser, with and without the permission, while a viewer watches the board."""

import pytest
from playwright.sync_api import expect

from tests.trendsite.site import log_in as log_in_at

PASSWORD = "a long enough one"
HOSTILE = '"><img src=x onerror=alert(1)>'
WIDTHS = "() => [document.documentElement.scrollWidth, window.innerWidth]"


@pytest.fixture(scope="module")
def site(own_site):
    """A site with an editor, and an account without a role."""
    own_site.add_user("ada", PASSWORD, group="editor")
    own_site.add_user("bob", PASSWORD)
    return own_site


@pytest.fixture
def log_in(site, page):
    """``log_in("ada")`` opens the hidden hashtags as that user."""

    return lambda name: log_in_at(page, f"{site.address}/moderation/", name, PASSWORD)


@pytest.fixture
def watcher(browser, site):
    """A stranger who watches the board in a session of its own."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def day(stage):
    stage.count("*", {f"Tag{number:02}": 100 - number for number in range(11)} | {HOSTILE: 500})
    stage.show_quiet()


def names(page):
    return page.locator("#rows bdi")


def test_a_hidden_hashtag_leaves_the_public_board_and_comes_back_unhidden(day, site, page, watcher, log_in):
    watcher.goto(f"{site.address}/?window=day")
    expect(names(watcher)).to_have_text([f"#{HOSTILE}", *(f"#Tag{number:02}" for number in range(9))])
    log_in("ada")
    page.goto(f"{site.address}/hashtags/{'%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E'}/")
    page.get_by_text("Hide…").click()
    page.get_by_label("Reason").fill(HOSTILE)
    page.get_by_role("button", name="Hide", exact=True).click()
    expect(page.get_by_role("button", name="Unhide")).to_be_visible()
    expect(names(watcher)).to_have_text([f"#Tag{number:02}" for number in range(10)])
    page.get_by_role("button", name="Unhide").click()
    expect(page.get_by_text("is visible again")).to_be_visible()
    expect(names(watcher).first).to_have_text(f"#{HOSTILE}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_is_accessible_and_fits(day, page, axe, log_in, scheme, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    log_in("ada")
    expect(page.get_by_role("heading", level=1)).to_have_text("Moderation")
    page.get_by_label("What is hidden").select_option("pattern")
    page.get_by_label("Hashtag or pattern").fill("*")
    form = page.get_by_role("region", name="Hide a hashtag or a pattern")
    form.get_by_label("Reason").fill("too much")
    form.get_by_role("button", name="Hide", exact=True).click()
    expect(page.get_by_text("it hides too much")).to_be_visible()
    assert axe(page) == []
    form.get_by_label("Hashtag or pattern").fill("buy*")
    form.get_by_role("button", name="Hide", exact=True).click()
    expect(page.locator(".message.success")).to_contain_text("#buy* is hidden")
    assert axe(page) == []
    scroll, inner = page.evaluate(WIDTHS)
    assert scroll <= inner
    page.get_by_role("button", name="Unhide #buy*").click()
    expect(page.get_by_text("No hashtag is hidden.")).to_be_visible()


def test_a_hidden_hashtags_page_is_marked_for_editors_and_missing_for_others(day, site, page, watcher, axe, log_in):
    log_in("ada")
    page.goto(f"{site.address}/hashtags/tag01/")
    page.get_by_text("Hide…").click()
    assert axe(page) == []
    page.get_by_label("Reason").fill("off topic")
    page.get_by_role("button", name="Hide", exact=True).click()
    expect(page.get_by_text("Hidden in all languages")).to_contain_text("off topic")
    assert axe(page) == []
    assert watcher.goto(f"{site.address}/hashtags/tag01/").status == 404
    expect(watcher.get_by_role("heading", level=1)).to_have_text("#tag01 is hidden")
    page.get_by_role("button", name="Unhide").click()
    expect(page.get_by_text("Hide…")).to_be_visible()


def test_a_user_without_permission_is_refused_and_sees_no_link(day, site, page, log_in):
    log_in("bob")
    assert page.request.get(f"{site.address}/moderation/").status == 403
    page.goto(f"{site.address}/hashtags/tag01/")
    expect(page.get_by_text("Hide…")).to_have_count(0)
    expect(page.get_by_role("link", name="Moderation")).to_have_count(0)


def test_keys_decide_and_undo_and_can_be_switched_off(day, site, page, watcher, axe, log_in):
    watcher.goto(f"{site.address}/?window=day")
    expect(names(watcher).nth(1)).to_have_text("#Tag00")
    log_in("ada")
    listed = page.locator(".candidates li")
    expect(listed).to_have_count(12)
    page.get_by_role("radio", name="1 hour").check()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("h")
    expect(page.locator(".message.success")).to_contain_text("#tag00 is hidden")
    expect(listed).to_have_count(11)
    expect(names(watcher).nth(1)).to_have_text("#Tag01")
    assert axe(page) == []
    # The row that took its place has the focus.
    page.keyboard.press("a")
    expect(page.locator(".message.success")).to_contain_text("#tag01 is allowed")
    expect(listed).to_have_count(10)
    for number in (11, 12):
        page.keyboard.press("u")
        expect(listed).to_have_count(number)
    expect(names(watcher).nth(1)).to_have_text("#Tag00")
    page.get_by_label("Reason, for other editors").press_sequentially("aha")
    page.get_by_role("checkbox", name="Keys").uncheck()
    page.keyboard.press("j")
    page.keyboard.press("h")
    expect(page.get_by_label("Reason, for other editors")).to_have_value("aha")
    page.get_by_role("button", name="Mark these as seen").click()
    expect(page.get_by_text("Nothing new")).to_be_visible()
    page.get_by_role("button", name="Undo: 12 marked as seen").click()
    expect(listed).to_have_count(12)


def test_the_desk_works_without_scripts(day, site, browser):
    with browser.new_context(java_script_enabled=False) as plain:
        page = plain.new_page()
        log_in_at(page, f"{site.address}/login/?next=/moderation/", "ada", PASSWORD)
        page.get_by_role("button", name="Hide #Tag03").click()
        expect(page.locator(".message.success")).to_contain_text("#tag03 is hidden")
        page.get_by_role("button", name="Undo: #tag03 hidden").click()
        expect(page.get_by_role("button", name="Hide #Tag03")).to_be_visible()


def test_an_editor_hides_a_row_of_the_board_and_undoes_it_and_a_viewer_cannot(day, site, page, watcher, axe, log_in):
    watcher.goto(f"{site.address}/?window=day")
    expect(names(watcher).nth(2)).to_have_text("#Tag01")
    expect(watcher.locator(".hide-row")).to_have_count(0)
    log_in("ada")
    page.goto(f"{site.address}/?window=day")
    row = page.locator("#rows tr").nth(2)
    row.hover()
    row.get_by_role("button", name="Hide").click()
    expect(page.locator("#hide-menu .ask bdi")).to_have_text("#Tag01")
    assert axe(page) == []
    page.get_by_role("button", name="24 hours").click()
    expect(names(watcher).nth(2)).to_have_text("#Tag02")
    expect(names(page).nth(2)).to_have_text("#Tag02")
    page.get_by_role("button", name="Undo").click()
    expect(names(watcher).nth(2)).to_have_text("#Tag01")
    expect(page.locator("#rows .hide-row")).to_have_count(10)
