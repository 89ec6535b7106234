"""What the board says of its own data, and how it stays connected: in hidden tabs, after sleep, when nothing moves."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from contract import redis_names
from tests.trendsite.moments import stop_clock, wait_for

LIVE = "#connection-text"
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def open_board(page: Page, site) -> None:
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("live")


def sockets(page: Page) -> list:
    opened: list = []
    page.on("websocket", lambda socket: opened.append(socket))
    return opened


def test_the_strip_tells_source_delay_rates_share_and_what_was_dropped(stage, site, page):
    now = datetime.now(UTC)
    stage.count("*", {"cats": 3})
    stage.show(now)
    stage.report_collector(now, dropped={"late": 4, "duplicate": 3, "excess_hashtags": 9})
    stage.report_streaming(now)
    open_board(page, site)
    expect(page.locator("#kind")).to_have_text("Simulated")
    expect(page.locator("#source")).to_have_text("simulated posts")
    expect(page.locator("#reasons")).to_be_hidden()
    page.locator(".facts summary").press("Enter")
    told = {"rate": "250", "tagged": "50", "share": "20%", "dropped": "7", "late": "4"}
    for name, number in told.items():
        expect(page.locator(f"#{name}")).to_have_text(number)
    expect(page.locator("#delay")).to_contain_text(" s")
    expect(page.locator("#reasons li")).to_have_text(["4 late: of a day that is closed", "3 seen before"])


def test_before_anything_is_counted_the_board_waits_and_tells_no_zero(stage, site, page):
    stage.report_collector()
    stage.report_streaming()
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("waiting for posts")
    expect(page.locator("#dated")).to_be_hidden()
    # Streaming names the day before the first post of it is counted.
    stage.client.hset(redis_names.current(stage.source), mapping={"day": stage.day.isoformat()})
    page.goto(site.address)
    expect(page.locator("#waiting-detail")).to_have_text("Streaming is counting the first posts.")
    expect(page.locator(LIVE)).to_have_text("waiting for posts")
    expect(page.locator("#board")).not_to_have_attribute("data-stale", "")
    expect(page.locator("#posts")).to_have_text("–")
    stage.count("*", {"cats": 3})
    stage.show_quiet()
    expect(page.locator(LIVE)).to_have_text("live")
    expect(page.locator("#posts")).to_have_text("3")


def test_a_replay_of_old_times_tells_no_delay(stage, site, page):
    stage.source = "replay-a-0123abcd"
    stage.count("*", {"cats": 3})
    stage.show()
    stage.report_collector(kind="replay")
    stage.report_streaming()
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("replaying")
    expect(page.locator("#kind")).to_have_text("Replay")
    expect(page.locator("#delay")).to_have_text("–")


def test_a_replay_that_has_ended_is_neither_live_nor_stale(stage, site, page):
    stage.count("*", {"cats": 3})
    stage.show()
    stage.report_collector(state="ended")
    stage.report_streaming()
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("replay has ended")
    expect(page.locator("#rankings")).to_have_css("opacity", "1")


def test_counts_that_stand_still_while_posts_come_turn_grey_and_say_since_when(stage, site, page):
    now = datetime.now(UTC)
    stage.count("*", {"cats": 3})
    stage.show(now - timedelta(seconds=50))
    stage.report_collector(now)
    stage.report_streaming(now)
    page.goto(site.address)
    expect(page.locator(LIVE)).to_contain_text("not up to date since")
    expect(page.locator("#notice")).to_contain_text("behind the posts")
    expect(page.locator("#rankings")).to_have_css("opacity", "0.45")
    stage.show(datetime.now(UTC))
    expect(page.locator(LIVE)).to_have_text("live")
    expect(page.locator("#notice")).to_be_hidden()


def test_the_age_of_the_counts_is_told_in_steps_as_each_is_spoken(stage, site, page):
    page.goto(site.address)
    reasons = """async () => {
      const { Staleness } = await import("/static/board/staleness.js");
      return ["41", "49", "53"].map((second) => {
        const staleness = new Staleness();
        const clock = { clock: "2026-11-22T12:00:00Z", at: `2026-11-22T12:00:${second}Z`, is_timely: true };
        staleness.note({ ...clock, posts_per_second: 1, waiting_for: "", has_ended: false }, 0);
        return staleness.reason(0);
      });
    }"""
    assert page.evaluate(reasons) == [f"The counts are {age} s behind the posts." for age in (40, 40, 50)]


def test_a_part_that_is_away_turns_the_board_grey_too(stage, site, page):
    stage.count("*", {"cats": 3})
    stage.show()
    page.goto(site.address)
    expect(page.locator(LIVE)).to_contain_text("not up to date since")
    expect(page.locator("#notice")).to_contain_text("collector does not report")
    expect(page.locator("#rankings")).to_have_css("opacity", "0.45")


def test_a_hidden_tab_lets_go_of_its_connection_and_is_right_at_once_when_shown(stage, site, page):
    stage.count("*", {"cats": 3})
    stage.show_quiet()
    opened = sockets(page)
    page.clock.install()
    open_board(page, site)
    page.evaluate(HIDE, True)
    with opened[0].expect_event("close"):
        page.clock.fast_forward(21_000)
    stage.count("*", {"cats": 3, "dogs": 9})
    page.evaluate(HIDE, False)
    expect(page.locator(LIVE)).to_have_text("live")
    expect(page.locator("#rows bdi").first).to_have_text("#dogs")
    assert len(opened) == 2


def test_a_tab_hidden_for_a_moment_keeps_its_connection(stage, site, page):
    stage.count("*", {"cats": 3})
    stage.show_quiet()
    opened = sockets(page)
    open_board(page, site)
    page.evaluate(HIDE, True)
    page.evaluate(HIDE, False)
    stage.count("*", {"dogs": 9})
    expect(page.locator("#rows bdi")).to_have_text("#dogs")
    assert len(opened) == 1


def test_a_tab_opened_in_the_background_lets_go_of_its_connection_too(stage, site, page):
    stage.count("*", {"cats": 3})
    stage.show_quiet()
    page.clock.install()
    page.add_init_script("Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })")
    open_board(page, site)
    page.clock.run_for(25_000)
    expect(page.locator(LIVE)).to_have_text("coming back")
    page.evaluate(HIDE, False)
    expect(page.locator(LIVE)).to_have_text("live")


def test_a_refused_board_says_why_and_does_not_insist(stage, site, page):
    stage.count("*", {"cats": 3})
    stage.show_quiet()
    attempts: list = []

    def refuse(socket) -> None:
        attempts.append(socket)
        socket.close(code=1013, reason="9 viewers watch already")

    page.route_web_socket("**/ws/board/**", refuse)
    stop_clock(page)
    page.goto(site.address)
    expect(page.locator(LIVE)).to_have_text("refused: 9 viewers watch already; trying again")
    expect(page.locator("#rankings")).to_have_css("opacity", "0.45")
    page.clock.run_for(12_000)
    assert len(attempts) == 1
    page.clock.run_for(40_000)
    wait_for(page, lambda: len(attempts) > 1)
    page.clock.resume()
    expect(page.locator(LIVE)).to_contain_text("refused")


def test_after_a_laptops_sleep_the_board_does_not_trust_its_old_connection(stage, site, page):
    stage.count("*", {"cats": 3})
    stage.show_quiet()
    opened = sockets(page)
    page.clock.install()
    open_board(page, site)
    page.clock.fast_forward("01:00:00")
    stage.count("*", {"dogs": 9})
    expect(page.locator("#rows bdi")).to_have_text("#dogs")
    expect(page.locator(LIVE)).to_have_text("live")
    assert len(opened) >= 2


def test_a_choice_made_while_cut_off_is_shown_when_it_is_back(stage, site, page):
    stage.count("*", {"cats": 3})
    stage.count("es", {"gatos": 2})
    stage.show_quiet()
    open_board(page, site)
    site.stop()
    expect(page.locator(LIVE)).to_contain_text("cut off since")
    page.locator("#picker summary").click()
    page.locator("#picker input[value=es]").check()
    site.start()
    expect(page.locator("#rows bdi")).to_have_text("#gatos")


def test_screen_readers_hear_who_leads_at_most_every_ten_seconds_and_only_when_it_changed(stage, site, page):
    stage.count("*", {"cats": 3, "dogs": 2})
    stage.show_quiet()
    page.clock.install()
    open_board(page, site)
    stage.count("*", {"cats": 4, "dogs": 2})
    expect(page.locator("#rows .posts").first).to_have_text("4")
    page.clock.run_for(10_500)
    expect(page.locator("#announcement")).to_be_empty()
    stage.count("*", {"dogs": 5_000, "cats": 4})
    expect(page.locator("#rows bdi").first).to_have_text("#dogs")
    expect(page.locator("#announcement")).to_be_empty()
    page.clock.run_for(10_500)
    expect(page.locator("#announcement")).to_have_text("1. #dogs, 5,000 posts; 2. #cats, 4 posts")
