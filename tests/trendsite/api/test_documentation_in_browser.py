"""The page of the API in a real browser, under the site's content security policy."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.trendsite.site import Site
from trendsite.api.documentation import openapi_document

BLOCKED = "Service Worker registration blocked by Playwright"


@pytest.fixture(autouse=True)
def _counted(stage):
    stage.count("*", {"cats": 1})
    stage.count("en", {"cats": 1})
    stage.show_quiet()


def test_the_page_has_every_operation_with_its_parameters_and_answers(page: Page, site: Site) -> None:
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if site.address not in request.url else None)
    page.on("console", lambda message: None if BLOCKED in message.text else foreign.append(message.text))
    page.goto(f"{site.address}/api/")
    for path, operation in openapi_document()["paths"].items():
        section = page.get_by_role("region", name=operation["get"]["summary"])
        expect(section.locator(".address")).to_have_text(f"GET {path}")
        for parameter in operation["get"]["parameters"]:
            expect(section.get_by_text(parameter["name"], exact=True).first).to_be_visible()
    # Parameters stand with their operations.
    assert [name for name in page.locator("h3").all_inner_texts() if "Parameters" in name] == []
    assert foreign == []


def test_examples_lead_to_answers_and_links_to_their_targets(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/api/")
    addresses = [link.get_attribute("href") for link in page.locator(".documentation a").all()]
    for address in addresses:
        if address.startswith("#"):
            assert page.locator(f'[id="{address[1:]}"]').count() == 1
        else:
            # The day of an example may be unknown here; the address is right all the same.
            assert page.request.get(site.address + address).status in (200, 404)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_is_accessible_on_every_screen(page: Page, site: Site, axe, scheme, width) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site.address}/api/")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_board_leads_to_its_feed_and_to_the_api(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/?languages=en&window=day")
    feed = page.get_by_role("link", name="as a feed")
    expect(feed).to_have_attribute("href", "/feeds/en/day.rss")
    page.get_by_role("link", name="Last hour").click()
    expect(feed).to_have_attribute("href", "/feeds/en/hour.rss")
    expect(page.locator("link[type='application/rss+xml']")).to_have_attribute("href", "/feeds/en/hour.rss")
    page.get_by_role("link", name="API", exact=True).click()
    expect(page).to_have_title("API · Trendsite (simulated)")


def test_a_request_is_sent_from_the_page_and_its_answer_shown(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/api/")
    form = page.get_by_role("region", name="Hashtags side by side").locator("form.try")
    form.get_by_label("hashtags").fill("cats,it's")
    form.get_by_label("days", exact=True).fill("1")
    command = form.locator(".curl code")
    expect(command).to_have_text(f"curl '{site.address}/api/v1/compare?hashtags=cats,it%27s&days=1'")
    form.get_by_role("button", name="Send").click()
    expect(form.locator(".sent")).to_contain_text("200 OK")
    answer = json.loads(form.locator(".body").inner_text())
    assert [one["posts"] for one in answer["hashtags"]] == [[1], [0]]
    expect(form.locator(".headers")).to_contain_text("no-store")
    # A wrong parameter is answered as it is.
    form.get_by_label("hashtags").fill("a,b,c,d,e,f")
    form.get_by_role("button", name="Send").click()
    expect(form.locator(".sent")).to_contain_text("400 Bad Request")
    expect(form.locator(".body")).to_contain_text("give one to 5 hashtags")
    # Parts of a path, and what is not JSON.
    feed = page.get_by_role("region", name="A ranking as a feed").locator("form.try")
    feed.get_by_label("languages").fill("en")
    feed.get_by_role("button", name="Send").click()
    expect(feed.locator(".body")).to_contain_text("<title>#cats</title>")
