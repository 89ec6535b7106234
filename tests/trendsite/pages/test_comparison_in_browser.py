"""Comparing hashtags and building a frame in a real browser, under the site's content security policy."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.trendsite.site import Site
from tests.trendsite.stage import NOW, Stage

QUERY = "?hashtags=cats,dogs&hours=3"


@pytest.fixture(autouse=True)
def _counted(stage: Stage) -> None:
    for ago, (cats, dogs) in enumerate([(30, 5), (20, 10), (10, 40)]):
        stage.count_hour(NOW - timedelta(hours=ago), "*", {"Cats": cats, "Dogs": dogs, "Catfish": 1}, posts=100)
    stage.count("*", {"Cats": 60, "Dogs": 55, "Catfish": 3}, posts=300)
    stage.show_quiet()


def values(page: Page) -> list[str]:
    return page.locator("#legend .value").all_inner_texts()


def test_values_are_read_with_keys_and_pointer(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/compare/{QUERY}")
    assert values(page) == ["30", "5"]
    slider = page.get_by_role("slider", name="Read the values at")
    slider.press("ArrowLeft")
    expect(page.locator("#legend .value")).to_have_text(["20", "10"])
    expect(slider).to_have_attribute("aria-valuetext", "22 Nov 2026, 11:00 UTC (still counting); #Cats 20; #Dogs 10")
    # The dots lie on the lines: 20 and 10 of a scale to 40.
    dots = [dot.get_attribute("d") for dot in page.locator(".dot").all()]
    assert dots == ["M500 50h0", "M500 75h0"]
    box = page.locator(".lines").bounding_box()
    assert box
    page.mouse.move(box["x"] + 2, box["y"] + 40)
    expect(page.locator("#legend .value")).to_have_text(["10", "40"])
    expect(page.locator("#read-at")).to_contain_text("10:00")


def test_a_suggested_hashtag_is_added_and_removed_again(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/compare/{QUERY}")
    # All letters at once: each letter typed by itself would bring its own list of suggestions.
    page.get_by_role("combobox", name="Add a hashtag").fill("catf")
    page.locator("#added-suggestions").get_by_role("option").first.click()
    page.wait_for_url("**/compare/?add=catfish**")
    expect(page.locator("#legend bdi")).to_have_text(["#Cats", "#Dogs", "#Catfish"])
    page.get_by_role("link", name="Remove #Dogs").click()
    expect(page.locator("#legend bdi")).to_have_text(["#Cats", "#Catfish"])


def test_the_picture_is_saved_as_png(page: Page, site: Site, tmp_path: Path) -> None:
    page.goto(f"{site.address}/compare/{QUERY}")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as PNG").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (2_400, 1_350)


def test_the_builder_updates_the_frame_and_its_html_with_each_choice(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/embed/builder/?show=board")
    expect(page.frame_locator("#preview").locator("h1")).to_contain_text("Top hashtags")
    page.get_by_label("Hashtags, with commas").wait_for(state="hidden")
    page.get_by_label("A comparison", exact=True).check()
    page.get_by_label("Hashtags, with commas").fill("cats,dogs")
    page.locator("#builder").get_by_label("Theme").select_option("dark")
    page.get_by_label("Height in pixels").fill("480")
    code = page.get_by_role("textbox", name="HTML")
    expect(code).to_have_value(
        f'<iframe src="{site.address}/embed/compare/?hashtags=cats,dogs&amp;days=30&amp;theme=dark" '
        'title="Hashtags compared" width="100%" height="480" loading="lazy" style="border:0"></iframe>'
    )
    expect(page.frame_locator("#preview").locator("#legend bdi")).to_have_text(["#Cats", "#Dogs"])


@pytest.mark.parametrize(
    ("path", "scheme", "width"),
    [
        (f"/compare/{QUERY}", "light", 320),
        (f"/compare/{QUERY}&lang=ar", "dark", 1280),
        (f"/embed/compare/{QUERY}", "light", 320),
        ("/embed/builder/?show=compare&hashtags=cats,dogs", "dark", 320),
    ],
)
def test_the_pages_are_accessible_on_every_screen(page: Page, site: Site, axe, path, scheme, width) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto(site.address + path)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
