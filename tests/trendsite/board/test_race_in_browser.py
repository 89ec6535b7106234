"""The race as people see it: bars that glide, with what stands beside them, on every screen."""

import pytest
from playwright.sync_api import Page, expect

from tests.trendsite.moments import stop_clock

LIVE = "#connection-text"


# Follows every bar frame by frame until all have come to rest, from before the ranking arrives.
FOLLOW = """() => {
  const chart = Chart.getChart("chart");
  const bars = () => chart.getDatasetMeta(0).data.map((bar) => [bar.y, bar.x]);
  window.frames = [bars()];
  const start = JSON.stringify(window.frames[0]);
  let still = 0;
  const look = () => {
    const now = bars();
    const before = window.frames.at(-1);
    window.frames.push(now);
    const moved = JSON.stringify(now) !== start;
    still = moved && JSON.stringify(now) === JSON.stringify(before) ? still + 1 : 0;
    if (still < 5) requestAnimationFrame(look);
    else window.atRest = true;
  };
  requestAnimationFrame(look);
}"""

DRAWN = """() => {
  const drawn = [];
  const fillText = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    drawn.push(String(text).replace(/[\\u2068\\u2069]/g, ""));
    return fillText.call(this, text, ...rest);
  };
  Chart.getChart("chart").draw();
  CanvasRenderingContext2D.prototype.fillText = fillText;
  return drawn;
}"""


def open_board(page: Page, site, query: str = "") -> None:
    page.goto(site.address + "/" + query)
    expect(page.locator(LIVE)).to_have_text("live")
    page.wait_for_function("() => document.querySelector('#race').hasAttribute('data-drawn')")


def open_board_at_rest(page: Page, site) -> None:
    """Open the board with its clock stopped, and without what comes a moment later and arranges the bars anew."""
    page.route("**/board-history/**", lambda route: route.abort())
    stop_clock(page)
    open_board(page, site)
    page.clock.run_for(1_000)


def frames_of(page: Page, change, leader: str) -> list:
    """Each frame of a move, of which a slow machine leaves out none: for each bar, where it is and how long."""
    page.evaluate(FOLLOW)
    change()
    expect(page.locator("#rows bdi").first).to_have_text(f"#{leader}")
    page.clock.run_for(2_000)
    page.wait_for_function("() => window.atRest")
    return page.evaluate("() => window.frames")


def test_a_bar_glides_to_its_new_rank_and_length(stage, site, page):
    stage.count("*", {"first": 30, "second": 20, "third": 10})
    stage.show_quiet()
    open_board_at_rest(page, site)
    frames = frames_of(page, lambda: stage.count("*", {"first": 30, "second": 20, "third": 40}), "third")
    heights = [frame[2][0] for frame in frames]
    lengths = [frame[2][1] for frame in frames]
    assert heights == sorted(heights, reverse=True)
    assert lengths == sorted(lengths)
    between = {height for height in heights if heights[-1] < height < heights[0]}
    assert len(between) >= 20


def test_a_newcomer_rises_from_below_and_who_leaves_sinks_there(stage, site, page):
    stage.count("*", {f"tag{number}": 100 - number for number in range(10)})
    stage.show_quiet()
    open_board_at_rest(page, site)
    stage_counts = {f"tag{number}": 100 - number for number in range(9)} | {"newcomer": 200}
    frames = frames_of(page, lambda: stage.count("*", stage_counts), "newcomer")
    bottom = page.evaluate("() => Chart.getChart('chart').chartArea.bottom")
    leaving = [frame[9][0] for frame in frames]
    entering = [frame[10][0] for frame in frames if len(frame) > 10]
    assert leaving[0] < bottom < leaving[-1]
    assert entering[0] > bottom - 5
    assert entering[-1] == min(entering)
    assert page.evaluate(DRAWN).count("#tag9") == 0


def test_who_prefers_reduced_motion_sees_no_bar_between_two_places(stage, site, page):
    page.emulate_media(reduced_motion="reduce")
    stage.count("*", {"first": 30, "second": 20})
    stage.show_quiet()
    open_board_at_rest(page, site)
    frames = frames_of(page, lambda: stage.count("*", {"first": 30, "second": 40}), "second")
    assert len({frame[1][0] for frame in frames}) == 2


def test_count_and_change_of_rank_stand_beside_each_bar(stage, site, page):
    stage.count("*", {"first": 3_000, "second": 2_000, "third": 1_000})
    stage.show_quiet()
    open_board(page, site)
    assert [text for text in page.evaluate(DRAWN) if text[0] in "▲▼n"] == []
    stage.count("*", {"third": 4_000, "first": 3_000, "newcomer": 2_500, "second": 2_000})
    expect(page.locator("#rows .change")).to_have_text(["up 2", "down 1", "new", "down 2"])
    page.wait_for_function(f"() => ({DRAWN})().includes('new')")
    drawn = page.evaluate(DRAWN)
    assert [text for text in drawn if text[0] in "▲▼n"] == ["▼1", "▼2", "▲2", "new"]
    assert {"4,000", "3,000", "2,500", "2,000"} <= set(drawn)


def test_a_ranking_still_on_its_way_makes_no_newcomers_of_the_places_chosen_since(stage, site, page):
    stage.count("*", {"cats": 3})
    stage.show_quiet()
    open_board(page, site)
    changes = """async () => {
      const { RankChanges } = await import("/static/board/rank_changes.js");
      const ranking = (places) => ({ day: "2026-11-22", window: "day", languages: ["*"],
        top: Array.from({ length: places }, (_, at) => ({ rank: at + 1, key: `tag${at}` })) });
      const changes = new RankChanges();
      changes.note(ranking(10), 0);
      changes.forget();
      changes.note(ranking(10), 1);
      const chosen = changes.note(ranking(25), 2).get("tag24");
      return [chosen, changes.note(ranking(26), 3).get("tag25")];
    }"""
    assert page.evaluate(changes) == [0, "new"]


def test_every_spelling_is_drawn_and_a_long_one_is_cut_between_characters(stage, site, page):
    family = "👨‍👩‍👧‍👦"
    spellings = ["مصر_السعودية", "東京オリンピック", "🎉NewYear", family * 12, "x" * 100]
    stage.count("*", {spelling: 10 - at for at, spelling in enumerate(spellings)})
    stage.show_quiet()
    open_board(page, site)
    drawn = [text for text in page.evaluate(DRAWN) if text.startswith("#")]
    assert drawn[:3] == ["#مصر_السعودية", "#東京オリンピック", "#🎉NewYear"]
    assert drawn[3].removeprefix("#").removesuffix("…").replace(family, "") == ""
    assert drawn[4].endswith("x…")
    assert page.locator("#rows a").nth(4).get_attribute("title") == "#" + "x" * 100


def test_a_bar_leads_to_the_page_of_its_hashtag_by_mouse(stage, site, page):
    stage.count("*", {"WorldCup": 3, "a/b?c": 2})
    stage.show_quiet()
    open_board(page, site)
    links = page.locator("#rows a")
    assert [link.get_attribute("href") for link in links.all()] == ["/hashtags/worldcup/", "/hashtags/a%2Fb%3Fc/"]
    chart = page.locator("#chart").bounding_box()
    assert chart
    row = links.first.bounding_box()
    assert row
    assert (row["x"], row["width"]) == pytest.approx((chart["x"], chart["width"]), abs=1)
    page.mouse.click(chart["x"] + chart["width"] / 2, chart["y"] + chart["height"] * 0.05)
    page.wait_for_url("**/hashtags/worldcup/")


def test_hashtags_that_are_steps_of_a_path_lead_to_their_pages_too(stage, site, page):
    stage.count("*", {"..": 3})
    stage.show_quiet()
    open_board(page, site)
    stage.count("*", {"..": 3, ".": 2})
    expect(page.locator("#rows bdi")).to_have_text(["#..", "#."])
    links = page.locator("#rows a").all()
    assert [link.get_attribute("href") for link in links] == ["/hashtags/%23../", "/hashtags/%23./"]


def test_a_bar_leads_there_by_keyboard_and_keeps_the_focus_while_it_moves(stage, site, page):
    stage.count("*", {"first": 30, "second": 20, "third": 10})
    stage.show_quiet()
    open_board(page, site)
    page.locator("#full-screen").focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator("#rows a").nth(2)).to_be_focused()
    stage.count("*", {"first": 30, "second": 20, "third": 40})
    expect(page.locator("#rows bdi").first).to_have_text("#third")
    expect(page.locator("#rows a").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/hashtags/third/")


def test_the_focus_stays_at_its_place_when_its_hashtag_leaves(stage, site, page):
    stage.count("*", {"first": 30, "second": 20, "third": 10})
    stage.show_quiet()
    open_board(page, site)
    page.locator("#rows a").nth(1).focus()
    stage.count("*", {"first": 30, "third": 10})
    expect(page.locator("#rows bdi")).to_have_text(["#first", "#third"])
    expect(page.locator("#rows a").nth(1)).to_be_focused()


@pytest.mark.parametrize("top", [10, 25, 50])
@pytest.mark.parametrize(("width", "height"), [(320, 640), (820, 1_100), (1_280, 900), (3_840, 2_160)])
def test_nothing_overlaps_and_nothing_scrolls_sideways(stage, site, page, width, height, top):
    page.set_viewport_size({"width": width, "height": height})
    stage.count("*", {f"AVeryLongHashtagNumber{number}": 2_000_000 - number for number in range(60)})
    stage.show_quiet()
    open_board(page, site, f"?top={top}")
    assert page.evaluate("() => document.documentElement.scrollWidth") == width
    look = page.evaluate(
        """async (top) => {
          const { arrangement } = await import("/static/board/arrangement.js");
          const texts = { count: 5.75, name: 17, since: 5, words: 0, history: true };
          const { width, height } = Chart.getChart("chart");
          return { ...arrangement(width, height, top, texts), width };
        }""",
        top,
    )
    row = page.locator("#rows tr").first.bounding_box()
    assert row
    assert row["height"] == pytest.approx(look["pitch"], abs=1)
    assert look["fontSize"] >= 12
    if look["above"]:
        assert look["barThickness"] + 1.3 * look["fontSize"] <= look["pitch"]
    else:
        assert max(look["barThickness"], 1.3 * look["fontSize"]) <= look["pitch"]
        assert look["gutter"] + look["margin"] <= 0.81 * look["width"]


def test_a_hashtag_has_one_colour_whenever_it_is_seen_and_another_shade_in_the_dark(stage, site, page):
    stage.count("*", {"first": 2, "second": 1})
    stage.show_quiet()
    colours = "() => Chart.getChart('chart').data.datasets[0].backgroundColor.slice(0, 2)"
    open_board(page, site)
    light = page.evaluate(colours)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"(light) => ({colours})()[0] !== light[0]", arg=light)
    page.emulate_media(color_scheme="light")
    stage.count("*", {"second": 3, "first": 2})
    page.reload()
    open_board(page, site)
    assert page.evaluate(colours) == light[::-1]


def test_without_chart_js_the_table_stays_and_follows(stage, site, page):
    page.route("**/bars.min*.js", lambda route: route.abort())
    stage.count("*", {"first": 4, "second": 2})
    stage.show_quiet()
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")
    stage.count("*", {"first": 4, "second": 8})
    expect(page.locator("#rows bdi").first).to_have_text("#second")
    expect(page.locator("#rows .posts").first).to_be_visible()
    assert [bar.get_attribute("width") for bar in page.locator("#rows rect").all()] == ["100%", "50%"]
