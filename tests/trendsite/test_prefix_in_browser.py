"""The site under a path, behind a real proxy, in a real browser: nothing leads outside the path."""

import json
import re
import urllib.error
import urllib.request
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from contract.race import Frame, FramePlace
from tests.trendsite.reverse_proxy import reverse_proxy
from tests.trendsite.site import Site, log_in
from tests.trendsite.stage import NOW, TODAY

PREFIX = "/trends"
PASSWORD = "a long enough one"


@pytest.fixture(scope="module", params=[True, False], ids=["the proxy takes the path away", "the proxy passes it on"])
def served(request, redis_url, tmp_path_factory):
    """The proxy, and the address under which it serves the site."""
    with reverse_proxy(PREFIX, strips=request.param) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
        site = Site(tmp_path_factory.mktemp("site"), redis_url, PUBLIC_URL=f"{address}/")
        server.site_port = site.port
        site.run(
            f"from django.contrib.auth.models import User\nUser.objects.create_superuser('ada', password={PASSWORD!r})"
        )
        site.start()
        yield server, address
        site.stop()


@pytest.fixture
def cats(stage):
    """Cats lead, also in a frame five minutes after midnight."""
    stage.count("*", {"Cats": 200, "Dogs": 130, "a/b": 2})
    stage.count_hour(NOW, "*", {"Cats": 20})
    at = datetime(TODAY.year, TODAY.month, TODAY.day, 0, 5, tzinfo=UTC)
    stage.record(Frame(at, "*", 100, [FramePlace("cats", "Cats", 60), FramePlace("dogs", "Dogs", 40)]))
    stage.show_quiet()


def asked(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.read().decode()


def test_everything_works_under_a_path(served, cats, stage, page):
    server, address = served
    server.paths.clear()
    page.goto(f"{address}/")
    expect(page.locator("#connection-text")).to_have_text("live")
    stage.count("*", {"Cats": 200, "Dogs": 300})
    expect(page.locator("#rows bdi").first).to_have_text("#Dogs")
    page.locator("#rows a").first.click()
    page.wait_for_url(f"{address}/hashtags/dogs/**")
    page.get_by_role("combobox", name="Find a hashtag").or_(page.locator("#search-box")).first.fill("ca")
    page.locator("#search-suggestions").get_by_role("option").first.click()
    page.wait_for_url(f"{address}/hashtags/cats/**")
    page.goto(f"{address}/days/{TODAY}/")
    expect(page.locator("#rows bdi").first).to_have_text("#Dogs")
    page.get_by_role("slider", name="Moment of the day").press("Home")
    page.get_by_role("slider", name="Moment of the day").press("ArrowRight")
    expect(page.locator("#rows bdi")).to_have_text(["#Cats", "#Dogs"])
    page.wait_for_url("**/?at=00:05")
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Languages").click()
    page.wait_for_url(f"{address}/languages/")
    page.goto(f"{address}/languages/changes/")
    page.wait_for_url(f"{address}/login/?next={PREFIX}/languages/changes/")
    log_in(page, f"{address}/languages/changes/", "ada", PASSWORD)
    page.wait_for_url(f"{address}/languages/changes/")
    assert {cookie["path"] for cookie in page.context.cookies()} == {f"{PREFIX}/"}
    page.goto(f"{address}/admin/")
    page.locator("#history-day").get_by_role("link", name="Past days", exact=True).click()
    page.wait_for_url(f"{address}/admin/history/day/")
    page.goto(f"{address}/embed/")
    expect(page.locator("#rows bdi").first).to_have_text("#Dogs")
    page.goto(f"{address}/api/")
    page.get_by_role("link", name="/api/v1/status").click()
    page.wait_for_url(f"{address}/api/v1/status")
    page.goto(f"{address}/")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log out", include_hidden=True)).to_have_count(0)
    # The board names its choice in the address as soon as its scripts run.
    expect(page).to_have_url(re.compile(re.escape(f"{address}/") + r"(\?window=day)?$"))
    # A browser asks there by itself for the icon of an answer that names none, such as JSON.
    assert {path for path in server.paths if not path.startswith(f"{PREFIX}/")} <= {"/favicon.ico"}


def test_what_programs_read_leads_to_the_path_too(served, cats):
    server, address = served
    links = set(re.findall(r"(?:<link>|href=\")([^<\"]+)", asked(f"{address}/feeds/all/day.rss")))
    assert f"{address}/feeds/all/day.rss" in links
    assert all(link.startswith(f"{address}/") for link in links)
    assert json.loads(asked(f"{address}/api/v1/openapi.json"))["servers"] == [{"url": address}]
    assert f"src=&quot;{address}/embed/" in asked(f"{address}/")
    with pytest.raises(urllib.error.HTTPError, match="503"):
        # Who asks for health is on this machine and knows no path.
        asked(f"http://127.0.0.1:{server.site_port}/readyz")
