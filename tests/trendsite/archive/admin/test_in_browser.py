"""Past days in the admin of a running site, for viewers, for users who may request tasks, and for others."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from contract.closed_day import closed_day_folder
from tests.trendsite.archive.conftest import DAY, ROWS, Row, row, write_part
from tests.trendsite.site import Site
from tests.trendsite.site import log_in as log_in_at

pytestmark = pytest.mark.database

HOSTILE = "<img src=x onerror=alert(1)>"
FORMULA = "=HYPERLINK(1)"
PASSWORD = "of the tests alone"
MAKE_USERS = f"""
from django.contrib.auth.models import Permission, User
viewer = User.objects.create_user("viewer", password={PASSWORD!r}, is_staff=True)
viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_day"))
User.objects.create_superuser("boss", password={PASSWORD!r})
User.objects.create_user("nobody", password={PASSWORD!r})
"""


def hostile_day() -> list[Row]:
    return [ROWS[0], row("*", HOSTILE, HOSTILE, 60), row("*", FORMULA.casefold(), FORMULA, 50), *ROWS[1:]]


@pytest.fixture(scope="module")
def archived(own_site: Site) -> Site:
    """The site with two archived days."""
    for ago, rows in ((0, hostile_day()), (1, ROWS)):
        folder = closed_day_folder(own_site.folder, "simulator", DAY - timedelta(days=ago))
        folder.mkdir(parents=True)
        write_part(folder / "part-00000.parquet", rows)
    own_site.manage("archive")
    own_site.manage("shell", "-c", MAKE_USERS)
    return own_site


@pytest.fixture
def refusals(page: Page) -> list[str]:
    """What the page's policy refused: the admin must do without inline scripts and styles as well."""
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    return refused


def log_in(page: Page, site: Site, name: str) -> None:
    log_in_at(page, f"{site.address}/admin/", name, PASSWORD)


def open_newest_day(page: Page) -> None:
    page.get_by_role("link", name="Past days", exact=True).first.click()
    page.locator("#result_list").get_by_role("link", name="2026-11-20").click()


def test_a_list_has_the_look_of_the_site_and_fits_without_scrolling_sideways(
    archived: Site, page: Page, axe: Callable[[Page], list[str]]
) -> None:
    page.goto(archived.address)
    page.evaluate("localStorage.setItem('trendsite.theme', 'dark')")
    log_in(page, archived, "boss")
    page.get_by_role("link", name="Top hashtags", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Top hashtags")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 19, 23)"
    wide = "(element) => element.scrollWidth - element.clientWidth"
    assert page.locator(".results").evaluate(wide) <= 0
    assert axe(page) == []
    page.set_viewport_size({"width": 768, "height": 900})
    assert page.locator("html").evaluate(wide) <= 0
    page.get_by_role("link", name="Trendsite").click()
    expect(page.locator("#headline")).to_be_visible()


def test_a_viewer_opens_a_day_with_its_chart_and_pages_through_its_ranking(
    archived: Site, page: Page, refusals: list[str]
) -> None:
    log_in(page, archived, "viewer")
    open_newest_day(page)
    expect(page.locator("#chart-heading")).to_have_text("Top hashtags: All languages (*)")
    page.wait_for_function(
        """() => {
          const canvas = document.getElementById("chart");
          return new Set(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data).size > 9;
        }"""
    )
    expect(page.locator("#ranking")).to_contain_text(HOSTILE)
    assert page.locator("img[src=x]").count() == 0
    expect(page.locator(".field-gaps")).to_contain_text("01:01 to 20:00")
    page.get_by_role("link", name="Show Spanish (es)").click()
    expect(page.locator("#chart-heading")).to_have_text("Top hashtags: Spanish (es)")
    assert page.locator("[name=_save], .deletelink").count() == 0
    assert refusals == []


def test_a_search_for_a_hashtag_shows_its_curve(archived: Site, page: Page, refusals: list[str]) -> None:
    log_in(page, archived, "viewer")
    page.get_by_role("link", name="Top hashtags", exact=True).first.click()
    page.locator("#searchbar").fill("#worldcup")
    page.locator("#searchbar").press("Enter")
    expect(page.locator("figure.curve")).to_contain_text("80 in all, on the 2 days")
    assert page.locator("figure.curve path").evaluate("path => path.getBBox().width") == 2
    page.goto(f"{archived.address}/admin/history/daycount/?q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E")
    expect(page.locator("figure.curve")).to_contain_text(f"#{HOSTILE}")
    assert page.locator("img[src=x]").count() == 0
    assert refusals == []


def test_selected_days_are_downloaded(archived: Site, page: Page) -> None:
    log_in(page, archived, "viewer")
    page.get_by_role("link", name="Past days", exact=True).first.click()
    page.locator("#action-toggle").check()
    for action, begins in (("Download as CSV", b'"day","source","language"'), ("Download as Parquet", b"PAR1")):
        page.locator("select[name=action]").select_option(label=action)
        with page.expect_download() as download:
            page.get_by_role("button", name="Go").click()
        content = download.value.path().read_bytes()
        assert content.startswith(begins)
        if action == "Download as CSV":
            assert f"'{FORMULA}".encode() in content
            assert content.count(b"\n") == 1 + 2 * len(ROWS) + 2


def test_a_user_with_the_permission_requests_a_task(archived: Site, page: Page, refusals: list[str]) -> None:
    log_in(page, archived, "boss")
    page.get_by_role("link", name="Past days", exact=True).first.click()
    page.locator("#result_list [name=_selected_action]").first.check()
    page.locator("select[name=action]").select_option(label="Restore from storage: replace database rows")
    page.get_by_role("button", name="Go").click()
    expect(page.locator(".messagelist")).to_contain_text("Requested: restore from storage. New tasks: 1.")
    expect(page.locator("#result_list .field-archive_state").first).to_contain_text("task open")
    archived.manage("archive")
    page.locator(".messagelist").get_by_role("link", name="Archive tasks").click()
    expect(page.locator("#result_list .field-state")).to_have_text("done")
    page.get_by_role("link", name="Past days", exact=True).first.click()
    page.get_by_role("button", name="Restore all missing days").click()
    expect(page.locator(".messagelist")).to_contain_text(
        "Requested: restore all days that only storage has. New tasks: 1."
    )
    assert refusals == []


@pytest.mark.parametrize("name", [None, "nobody"])
def test_a_user_who_is_not_staff_sees_no_day(archived: Site, browser: Browser, name: str | None) -> None:
    page = browser.new_page()
    if name:
        log_in(page, archived, name)
    for path in ("", "history/day/", "history/daycount/", "history/archivetask/"):
        page.goto(f"{archived.address}/admin/{path}")
        assert "/login/" in page.url
        assert "WorldCup" not in page.content()
    page.close()
