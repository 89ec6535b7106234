"""The pages of the tracked languages, and error pages, in a browser, for each role."""

import pytest
from playwright.sync_api import expect

from tests.trendsite.site import log_in as log_in_at

_PASSWORD = "a long enough one"
_PEOPLE = {"ada": "editor", "vera": "viewer", "boss": "admin", "bob": None}


@pytest.fixture(scope="module")
def site(own_site):
    """A site with an account for each role, and one without."""
    for name, role in _PEOPLE.items():
        own_site.add_user(name, _PASSWORD, group=role)
    return own_site


@pytest.fixture
def log_in(site, page):
    """``log_in("ada")`` opens the languages as that user."""

    return lambda name: log_in_at(page, f"{site.address}/login/?next=/languages/", name, _PASSWORD)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_an_editor_chooses_languages_and_words(stage, page, axe, log_in, scheme):
    stage.source = "x"
    stage.count("es", {"gatos": 1}, posts=4_321)
    stage.show()
    page.emulate_media(color_scheme=scheme)
    log_in("ada")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tracked languages")
    page.get_by_role("checkbox").first.uncheck()
    assert axe(page) == []
    page.get_by_role("searchbox", name="Find a language").fill("no such language")
    expect(page.get_by_text("No language has this name.")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("searchbox", name="Find a language").fill("")
    page.get_by_role("button", name="Track all").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_be_visible()
    assert axe(page) == []
    page.get_by_text("Show all:").click()
    page.get_by_role("link", name="words of Arabic").click()
    page.get_by_label("One per line").fill("lang:ar")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("is not a word")
    assert axe(page) == []


def test_an_editor_changes_terms_and_finds_them_in_the_log(stage, site, page, log_in):
    stage.source = "x"
    stage.show()
    log_in("ada")
    page.get_by_role("link", name="words of Korean").click()
    page.get_by_label("One per line").fill("오늘\n좋은 아침\n<script>")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("<script>")
    page.get_by_label("One per line").fill("오늘\n좋은 아침")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: Korean on X.")).to_be_visible()
    page.goto(f"{site.address}/languages/changes/")
    expect(page.get_by_role("listitem").first).to_contain_text("좋은 아침")
    page.goto(f"{site.address}/languages/ko/")
    page.get_by_role("button", name="Restore default words").click()
    expect(page.get_by_label("One per line")).to_have_value(
        "오늘\n뉴스\n사랑\n사진\n영상\n음악\n사람\n시간\n새로운\n감사"
    )


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_is_wider_than_the_screen(stage, site, page, log_in, width):
    page.set_viewport_size({"width": width, "height": 800})
    log_in("ada")
    for address in ("/languages/", "/languages/ar/", "/languages/changes/", "/account/"):
        page.goto(f"{site.address}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_viewer_sees_everything_and_cannot_save(stage, site, page, axe, log_in):
    log_in("vera")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tracked languages")
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    page.get_by_role("searchbox", name="Find a language").fill("Basque")
    expect(page.get_by_role("row").filter(visible=True)).to_have_count(2)
    assert axe(page) == []
    # A client may send a form that the page does not offer.
    page.evaluate("document.getElementById('languages').submit()")
    expect(page.get_by_role("heading", level=1)).to_have_text("Forbidden (403)")


def test_an_admin_changes_languages_too(stage, page, log_in):
    log_in("boss")
    page.get_by_role("searchbox", name="Find a language").fill("vola")
    page.get_by_role("checkbox", name="Volapük").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("No longer tracks Volapük.").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_error_pages(stage, site, page, axe, log_in, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site.address}/nowhere/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    assert axe(page) == []
    page.goto(f"{site.address}/languages/changes/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    assert axe(page) == []
    log_in("bob")
    page.goto(f"{site.address}/languages/changes/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You do not have access to this page")
    assert axe(page) == []
