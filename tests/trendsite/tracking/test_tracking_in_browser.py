"""The page of the tracked languages, and those that say no, in a browser."""

import pytest
from playwright.sync_api import expect

_PASSWORD = "a long enough one"


@pytest.fixture(scope="module")
def people(site):
    """An editor, and somebody who may log in and no more."""
    site.add_user("ada", _PASSWORD, group="editors")
    site.add_user("bob", _PASSWORD)


@pytest.fixture
def log_in(people, site, page):
    """``log_in("ada")`` goes to the languages as somebody."""

    def log_in(name):
        page.goto(f"{site.address}/languages/")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(_PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Log in").click()

    return log_in


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_an_editor_chooses_languages(stage, page, axe, log_in, scheme):
    stage.count("es", {"gatos": 1}, posts=4_321)
    stage.show()
    page.emulate_media(color_scheme=scheme)
    log_in("ada")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tracked languages")
    page.get_by_role("checkbox").first.uncheck()
    assert axe(page) == []
    page.get_by_role("searchbox", name="Find a language").fill("no such language")
    expect(page.get_by_text("No language of that name.")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("searchbox", name="Find a language").fill("")
    page.get_by_role("button", name="Track all").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The collector was told")).to_be_visible()
    assert axe(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_the_answer_is_no(stage, site, page, axe, log_in, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site.address}/nowhere/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing here")
    assert axe(page) == []
    page.goto(f"{site.address}/languages/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    assert axe(page) == []
    log_in("bob")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not yours to change")
    assert axe(page) == []
