"""A made-up file of good posts and rubbish: the good ones are counted, closed and archived, the rest is dropped."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.whole_trendsite import Trendsite, wait_until

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY, NEXT_DAY = "2026-03-01", "2026-03-02"
HOSTILE = "<img src=x onerror=alert(1)>".replace(" ", "/")
FORMULA = "=HYPERLINK(1)"


def line(number: int, at: datetime, hashtags: list[str], lang: str | None = "en") -> str:
    return json.dumps({"id": f"m:{number}", "created_at": at.isoformat(), "lang": lang, "hashtags": hashtags})


def recording() -> str:
    steady = [line(number, NOON + timedelta(seconds=number), ["Tea"]) for number in range(100)]
    rubbish = [
        "{ broken",
        "\\x00\\xff not text",
        '{"id": "m:1000"}',
        "x" * 2**20,
        line(1001, NOON, ["Tea"], lang="klingon-standard-variant"),
        line(1002, NOON, ["Tea"], lang=None),
        line(1003, NOON, [f"many{number}" for number in range(300)]),
        '{"id": "m:1004", "created_at": "2026-03-01T12:00:00Z", "lang": "en", "hashtags": ["\\ud800"]}',
        line(1007, NOON, ["\u3164", "\ufe0f\u20e3", "\u0301", "x" * 101, "so\u00adft"]),
        line(1008, NOON, ["soft", "❤\ufe0f"]),
        line(1005, datetime(1970, 1, 1, tzinfo=UTC), ["Old"]),
        line(1006, datetime(2099, 1, 1, tzinfo=UTC), ["Future"]),
        *[line(1010 + number, NOON, [HOSTILE, FORMULA]) for number in range(3)],
    ]
    next_day = [line(2000 + number, NOON + timedelta(days=1, seconds=number), ["Milk"]) for number in range(50)]
    last_moment = '{"id": 1009, "created_at": "2026-03-01T23:59:59.9999999Z", "lang": "jpn", "hashtags": null}'
    return "\n".join([*steady, *rubbish, *steady[-1:], last_moment, *next_day]) + "\n"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "made-up.ndjson"
    file.write_text(recording())
    return {"SOURCE": "replay", "REPLAY_FILE": str(file), "REPLAY_SPEED": "0", "REPLAY_SHIFT": "none"}


def test_rubbish_is_dropped_and_counted_and_good_posts_reach_the_admin(settings, page: Page):
    with Trendsite(**settings) as trendsite:
        wait_until(lambda: trendsite.top(f"?day={NEXT_DAY}").get("milk") == 50, "the next day is counted")
        # The collector reports once a second, so a report may be older than what is counted.
        wait_until(lambda: trendsite.report("collector").get("state") == "ended", "the end is reported")
        dropped = trendsite.reported("collector")["dropped"]
        assert dropped["malformed"] >= 3
        assert [dropped[reason] for reason in ("too_long", "future", "late", "duplicate")] == [1, 1, 1, 1]
        assert (dropped["excess_hashtags"], dropped["unusable_hashtag"]) == (300 - 64, 5)

        closed = trendsite.data_dir / "closed"
        wait_until(lambda: list(closed.glob(f"*/{DAY}")), "the first day is closed")
        trendsite.archive()
        ranking = trendsite.ask(f"/api/v1/top?day={DAY}")
        assert ranking["final"]
        assert [place["posts"] for place in ranking["top"][:2]] == [102, 3]
        top = trendsite.top(f"?day={DAY}&limit=100")
        assert {HOSTILE, FORMULA.casefold(), "❤"} <= set(top)
        assert (top["soft"], [key for key in top if not key.isprintable() or key.isspace()]) == (2, [])
        assert trendsite.ask(f"/api/v1/top?day={DAY}&languages=ja")["posts"] == 1
        (csv,) = (trendsite.data_dir / "archive").glob(f"_extra/day={DAY}/*/counts.csv")
        assert FORMULA in csv.read_text()
        assert not any(
            cell.strip('"').startswith("=") for row in csv.read_text().splitlines() for cell in row.split(",")
        )

        look_at_the_admin(trendsite, page)


def look_at_the_admin(trendsite: Trendsite, page: Page) -> None:
    password = "of the tests alone"
    trendsite.manage("createsuperuser", "--noinput", "--username=t", "--email=", DJANGO_SUPERUSER_PASSWORD=password)
    page.goto(f"{trendsite.address}/admin/history/daycount/?q=img")
    page.locator("[name=username]").fill("t")
    page.locator("[name=password]").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.goto(f"{trendsite.address}/admin/history/daycount/?q=%3Cimg")
    expect(page.locator("#result_list")).to_contain_text(HOSTILE)
    assert page.locator("#result_list img[src=x]").count() == 0
