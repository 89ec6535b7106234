"""The pages of alerts in a browser: a watch is made and fires, nothing is cut, and axe-core finds nothing."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Page, expect

from tests.trendsite.moments import reload_until
from tests.trendsite.site import Site, log_in
from tests.trendsite.stage import Stage

pytestmark = pytest.mark.database

SHOTS = os.environ.get("SHOTS", "")

PEOPLE = """
from datetime import UTC, datetime, time, timedelta
from django.contrib.auth.models import User
from trendsite.watches.models import Alert, Delivery, Preferences, Receiver, Watch
now = datetime.now(UTC)
ada = User.objects.create_user("ada", "ada@example.org", "x")
desk = Receiver.objects.create(user=ada, kind="webhook", name="Newsroom desk", address="https://hooks.example.org/T0/B1")
chat = Receiver.objects.create(
    user=ada, kind="apprise", name="Chat", address="ntfys://topic", failures=3, retry_at=now + timedelta(hours=1)
)
Preferences.objects.create(user=ada, time_zone="Europe/Berlin", quiet_from=time(22), quiet_until=time(7), digest_hour=8)
for key in ("cats", "averyveryveryverylonghashtagthatnobodywouldeverwritebutsomebodydoes", "انتخابات"):
    Watch.objects.create(user=ada, key=key, languages="en,es").receivers.set([desk, chat])
Watch.objects.create(user=ada, subject="pattern", key="vote*", condition="count", threshold=2_000, is_on=False)
Watch.objects.create(user=ada, subject="newcomers", languages="ja", networks="bluesky,x")
alert = Alert.objects.create(user=ada, at=now, key="cats", text="#Cats is now number 1 of today, with 60 posts.")
at = now.isoformat(timespec="seconds")
sent = [[at, "answered %(status)s", {"status": 503}], [at, "sent", {}]]
when = {"made_at": now, "due_at": now + timedelta(days=1)}
Delivery.objects.create(receiver=desk, alert=alert, subject="x", text="x", state="sent", attempts=sent, **when)
Delivery.objects.create(receiver=chat, alert=alert, subject="x", text="x", attempts=sent[:1], **when)
Delivery.objects.create(
    receiver=desk, kind="test", subject="Test", text="x", state="dropped", attempts=sent[:1], **when
)
"""

PAGES = (
    *("/alerts/", "/alerts/new/", "/alerts/receivers/new/", "/alerts/receivers/1/", "/alerts/receivers/1/delete/"),
    *("/alerts/preferences/", "/alerts/log/", "/"),
)


@pytest.fixture(scope="module")
def site(own_site: Site) -> Site:
    own_site.run(PEOPLE)
    return own_site


@pytest.fixture
def reader(site: Site, stage: Stage, page: Page) -> Page:
    stage.show_quiet()
    stage.count("*", {f"other{number}": 900 - number for number in range(300)} | {"Cats": 60})
    log_in(page, f"{site.address}/login/?next=/alerts/", "ada", "x")
    expect(page.get_by_role("heading", name="Alerts", level=1)).to_be_visible()
    return page


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_nothing_is_cut_and_axe_finds_nothing(
    site: Site, reader: Page, axe: Callable[[Page], list[str]], width: int, scheme: str
) -> None:
    reader.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    reader.set_viewport_size({"width": width, "height": 900})
    for address in PAGES:
        reader.goto(f"{site.address}{address}")
        assert reader.evaluate("document.documentElement.scrollWidth") <= width, address
        assert axe(reader) == [], address
        shoot(reader, f"{address.strip('/').replace('/', '-') or 'board'}-{width}")


def test_from_right_to_left_nothing_is_cut(site: Site, reader: Page) -> None:
    reader.set_viewport_size({"width": 320, "height": 900})
    for address in PAGES[:-1]:
        reader.goto(f"{site.address}{address}?lang=ar")
        assert reader.locator("html").get_attribute("dir") == "rtl"
        assert reader.locator("main").evaluate("main => main.scrollWidth") <= 320, address
        shoot(reader, f"{address.strip('/').replace('/', '-')}-rtl")


def test_an_alert_is_made_by_hand_and_appears_in_the_log(
    site: Site, reader: Page, stage: Stage, redis_client: redis.Redis
) -> None:
    reader.goto(f"{site.address}/hashtags/other299/")
    reader.get_by_role("link", name="Alert me").click()
    expect(reader.get_by_label("Hashtag or pattern")).to_have_value("other299")
    reader.get_by_role("spinbutton", name="It enters the top of today").fill("1")
    reader.get_by_role("button", name="Save").click()
    row = reader.get_by_role("listitem").filter(has=reader.get_by_role("link", name="#other299", exact=True))
    expect(row).to_contain_text("Is number one of today")
    reload_until(row.get_by_text("Not true now"))
    stage.count("*", {"Cats": 60, "other299": 70})
    reader.goto(f"{site.address}/alerts/log/")
    reload_until(reader.get_by_role("link", name="#other299 is now number 1 of today"))
    reader.goto(f"{site.address}/")
    watched = reader.get_by_role("region", name="Your hashtags today")
    expect(watched).to_contain_text("#cats")
