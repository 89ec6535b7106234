"""Where the board's texts stand: what fits a screen, in each direction of writing, on a phone and on a wall."""

import pytest
from playwright.sync_api import Page, expect

from tests.trendsite.site import Site
from tests.trendsite.stage import Stage

LIVE_WORDS = {"en": "live", "ar": "مباشر", "ja": "ライブ"}
LONG_LIVE_WORDS = {"fr": "en direct", "de": "live"}
DRAWN = """() => {
  const drawn = [];
  const pen = CanvasRenderingContext2D.prototype;
  const { fillText } = pen;
  pen.fillText = function (text, x, y) {
    const size = parseFloat(this.font.match(/[\\d.]+px/)[0]);
    drawn.push({ text: String(text).replace(/[\\u2068\\u2069]/g, ""), x, align: this.textAlign, size });
    return fillText.call(this, text, x, y);
  };
  Chart.getChart("chart").draw();
  pen.fillText = fillText;
  return drawn;
}"""
FITS = """() => {
  const bottom = (selector) => document.querySelector(selector).getBoundingClientRect().bottom;
  const shown = [...document.querySelector(".controls").children].filter((one) => one.checkVisibility());
  const middles = shown.map((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return (top + bottom) / 2;
  });
  return {
    isInSight: Math.max(bottom("#rows tr:last-child"), bottom(".panel"), bottom(".facts summary")) <= innerHeight,
    isOneRow: Math.max(...middles) - Math.min(...middles) < 2,
    isWide: document.documentElement.scrollWidth > innerWidth,
    lines: Math.round(document.querySelector(".headline").getBoundingClientRect().height / 25),
  };
}"""


@pytest.fixture
def counted(stage: Stage) -> None:
    counts = {"ManchesterFilmFestival": 1_677, **{f"tag{number}": 990 - 99 * number for number in range(9)}}
    stage.count("*", counts)
    stage.show_quiet()


def open_board(page: Page, site: Site, language: str = "en", query: str = "") -> None:
    page.set_extra_http_headers({"Accept-Language": language})
    page.goto(f"{site.address}/{query}")
    expect(page.locator("#connection-text")).to_have_text((LIVE_WORDS | LONG_LIVE_WORDS)[language])
    page.wait_for_selector("#race[data-drawn]")


@pytest.mark.parametrize("language", LIVE_WORDS)
def test_ten_bars_fit_a_laptop_and_the_heading_takes_two_lines_of_a_phone(
    counted: None, site: Site, page: Page, language: str
) -> None:
    page.set_viewport_size({"width": 1_280, "height": 720})
    open_board(page, site, language)
    page.wait_for_function(
        f"() => {{ const fits = ({FITS})(); return fits.isInSight && fits.isOneRow && !fits.isWide; }}"
    )
    page.set_viewport_size({"width": 320, "height": 640})
    page.wait_for_function(
        f"() => {{ const fits = ({FITS})(); return fits.lines === 2 && fits.isOneRow && !fits.isWide; }}"
    )


def test_a_long_name_is_not_cut_on_a_phone_while_there_is_room(counted: None, site: Site, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    open_board(page, site)
    assert "#ManchesterFilmFestival" in [label["text"] for label in page.evaluate(DRAWN)]


def test_digits_stand_in_line_from_right_to_left_too(counted: None, site: Site, page: Page) -> None:
    open_board(page, site, "ar")
    labels = {label["text"]: label for label in page.evaluate(DRAWN)}
    for longer, shorter in (("1,677", "198"), ("10", "1")):
        assert labels[longer]["align"] == labels[shorter]["align"] == "right"
        assert labels[longer]["x"] == labels[shorter]["x"]


def test_the_letters_are_larger_on_the_whole_screen_and_what_goes_without_saying_is_gone(
    counted: None, site: Site, page: Page
) -> None:
    page.set_viewport_size({"width": 1_280, "height": 720})
    open_board(page, site)
    before = max(label["size"] for label in page.evaluate(DRAWN))
    page.keyboard.press("f")
    expect(page.locator("header")).to_be_hidden()
    page.wait_for_function(
        f"(before) => Math.max(...({DRAWN})().map((label) => label.size)) > 1.2 * before", arg=before
    )
    for quiet in (".day .measured", ".day .of", "#dated", ".below", ".footnote"):
        expect(page.locator(quiet)).to_be_hidden()
    expect(page.locator(".wall bdi")).to_have_text(f"{site.address}/")


@pytest.mark.parametrize("language", LONG_LIVE_WORDS)
def test_the_choices_stay_whole_in_one_row_in_long_words(counted: None, site: Site, page: Page, language: str) -> None:
    whole = """() => [...document.querySelectorAll(".controls .switch a, .controls button")]
      .filter((one) => one.checkVisibility())
      .every((one) => one.scrollWidth <= one.clientWidth + 1 && one.getBoundingClientRect().right <= innerWidth)"""
    open_board(page, site, language)
    for width in (1_024, 1_153, 1_280):
        page.set_viewport_size({"width": width, "height": 720})
        page.wait_for_function(f"() => ({FITS})().isOneRow && !({FITS})().isWide && ({whole})()")
