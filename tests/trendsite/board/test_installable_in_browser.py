"""The service worker in a browser that loses its network."""

from playwright.sync_api import Browser, expect

from tests.trendsite.site import Site
from tests.trendsite.stage import Stage


def test_without_a_network_the_page_says_so_and_the_board_opens_again(
    stage: Stage, site: Site, browser: Browser
) -> None:
    stage.count("*", {"cats": 3})
    stage.show_quiet()
    context = browser.new_context(extra_http_headers={"Accept-Language": "ja"})
    page = context.new_page()
    page.goto(site.address)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    context.set_offline(True)
    page.goto(f"{site.address}/days/")
    expect(page.locator("h1")).to_have_text("ネットワークなし")
    assert page.evaluate("() => getComputedStyle(document.querySelector('.wordmark')).textDecorationLine") == "none"
    context.set_offline(False)
    page.locator("main a").click()
    expect(page.locator("#rows bdi")).to_have_text(["#cats"])
    context.close()
