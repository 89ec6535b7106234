"""What is drawn on every page with a chart: bars, their labels, curves, and the same numbers in the table."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from playwright.sync_api import Locator, Page, expect

from contract import redis_names
from contract.closed_day import closed_day_folder
from contract.race import Frame, FramePlace, append_frames, race_file
from contract.ranking import highest_counts
from tests.trendsite.archive.conftest import Row, row, write_part
from tests.trendsite.charts import assert_draws, assert_says_numbers, note_drawn_texts
from tests.trendsite.moments import stop_clock
from tests.trendsite.site import Site, log_in
from tests.trendsite.stage import NOW, TODAY, Stage

Counts = Mapping[str, int]

LANGUAGES: dict[str, Counts] = {
    "en": {"Cats": 1_234_567_890, "Dogs": 1_000_000, "Mice": 1},
    "ar": {"كأس_العالم": 40, "עברית": 30, "فارسی": 20, "mixed_خلط": 10},
    "fr": {"Seul": 1},
    "es": {f"tag{number:02}": 300 - 7 * number for number in range(30)},
}
"""Large beside small, from right to left, one alone, and more than there is room for."""
ZEROS: dict[str, Counts] = {"pt": {"Um": 5, "Zero": 0}, "fo": {"Zero": 0}}
PASSWORD = "of the tests alone"
BOSS = f"from django.contrib.auth.models import User\nUser.objects.create_superuser('boss', password={PASSWORD!r})"
FULL_DAY = date(2026, 11, 18)
LATE_DAY = date(2026, 11, 20)
MORNING = 7 * 60


@pytest.fixture(scope="module")
def site(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with two archived days: one without a recorded race, one that began in the morning and was recorded."""
    site = Site(tmp_path_factory.mktemp("site"), redis_url)
    close(site, FULL_DAY, hour=12)
    close(site, LATE_DAY, hour=7)
    record(site.folder, LATE_DAY, "en", LANGUAGES["en"], MORNING + 5, 8 * 60)
    record(site.folder, LATE_DAY, "*", {}, MORNING + 5, 8 * 60)
    site.manage("archive")
    site.run(BOSS)
    site.start()
    yield site
    site.stop()


def close(site: Site, day: date, hour: int) -> None:
    """Leave a closed day all of whose posts came in one hour."""
    counted: dict[str, Counts] = {
        "*": {hashtag: posts for counts in LANGUAGES.values() for hashtag, posts in counts.items()},
        **LANGUAGES,
    }
    rows: list[Row] = []
    for language, counts in sorted(counted.items()):
        rows.append(row(language, "", "", sum(counts.values()), hour=hour))
        keys = {hashtag.casefold(): hashtag for hashtag in counts}
        ranked = highest_counts(((key, counts[hashtag]) for key, hashtag in keys.items()), len(keys))
        rows += [row(language, key, keys[key], posts, hour=hour) for key, posts in ranked]
    minutes = [(hour * 60 + minute, 1) for minute in range(1, 60)]
    rows[0] = (*rows[0][:6], [*minutes[:-1], (hour * 60 + 59, rows[0][3] - 58)], None)
    folder = closed_day_folder(site.folder, "simulator", day)
    folder.mkdir(parents=True)
    write_part(folder / "part-00000.parquet", rows)


def record(folder: Path, day: date, language: str, counts: Counts, *minutes: int) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    places = [FramePlace(hashtag.casefold(), hashtag, posts) for hashtag, posts in counts.items()]
    frames = [
        Frame(midnight + timedelta(minutes=minute), language, max(1, sum(counts.values())) + at, places)
        for at, minute in enumerate(minutes)
    ]
    append_frames(race_file(folder, "simulator", day), frames)


@pytest.fixture
def page(page: Page) -> Page:
    note_drawn_texts(page)
    return page


@pytest.fixture
def counted(redis_url: str, redis_client: redis.Redis, site: Site) -> Stage:
    """Today's counts and those of the last hour in each language, shown, with authors."""
    stage = Stage(redis_client)
    for language, counts in (LANGUAGES | ZEROS).items():
        stage.count(language, counts)
        stage.count_hour(NOW, language, counts)
        stage.publish("hour", language, counts)
        authors = {hashtag.casefold(): posts for hashtag, posts in counts.items()}
        redis_client.zadd(redis_names.authors(stage.source, TODAY, language), authors)
    stage.count("*", {"Cats": 9, "Dogs": 4})
    stage.count_hour(NOW, "*", {"Cats": 9, "Dogs": 4})
    stage.show_quiet()
    stage.show(NOW + timedelta(minutes=59))
    return stage


def first(counts: Counts, places: int) -> Counts:
    return dict(list(counts.items())[:places])


def cells(body: Locator, number: str) -> dict[str, float]:
    """The hashtags of a table with their numbers."""
    names = [name.removeprefix("#") for name in body.locator("bdi").all_text_contents()]
    numbers = [float(text.replace(",", "")) for text in body.locator(number).all_text_contents()]
    return dict(zip(names, numbers, strict=True))


@pytest.mark.parametrize("language", [*LANGUAGES, *ZEROS])
@pytest.mark.parametrize("path", ["/?window=day", "/embed/?window=hour", "/?window=day&by=authors&top=25"])
def test_the_board_draws_its_table(counted: Stage, site: Site, page: Page, path: str, language: str) -> None:
    page.goto(f"{site.address}{path}&languages={language}")
    expect(page.locator("#connection-text")).to_have_text("live")
    counts = first((LANGUAGES | ZEROS)[language], 25 if "top=25" in path else 10)
    assert_draws(page, counts)
    assert cells(page.locator("#rows"), ".posts") == counts


def test_a_narrow_board_draws_the_same(counted: Stage, site: Site, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(f"{site.address}/?languages=ar")
    assert_draws(page, LANGUAGES["ar"])


def test_the_board_draws_what_is_rising_by_its_score(counted: Stage, site: Site, page: Page) -> None:
    # What the site found for the test before is not looked at again for a moment.
    stage = Stage(counted.client, source=f"replay-{uuid4().hex[:6]}")
    stage.count("en", LANGUAGES["en"])
    stage.count_hour(NOW, "en", LANGUAGES["en"])
    for ago in range(1, 8):
        stage.count_hour(NOW - ago * timedelta(hours=1), "en", {"quiet": 60}, posts=1_000)
    stage.show_quiet()
    stage.show(NOW + timedelta(minutes=59))
    page.goto(f"{site.address}/?languages=en&window=rising")
    expect(page.locator("#rows bdi").first).to_have_text("#Cats")
    page.wait_for_selector("[data-drawn]")
    roots = page.evaluate("() => Chart.getChart('chart').data.datasets[0].data.map(({ x }) => x).filter(Boolean)")
    names = [name.removeprefix("#") for name in page.locator("#rows bdi").all_text_contents()]
    labels = page.locator("#rows .more").all_text_contents()
    assert_draws(page, dict(zip(names, sorted(roots, reverse=True), strict=True)), labels)
    found = page.request.get(f"{site.address}/api/v1/top?languages=en&window=rising").json()["top"]
    assert [place["why"]["score"] for place in found] == [
        pytest.approx(root**2, rel=0.05) for root in sorted(roots)[::-1]
    ]


@pytest.mark.parametrize("language", [*LANGUAGES, *ZEROS])
def test_todays_page_draws_its_table(counted: Stage, site: Site, page: Page, language: str) -> None:
    page.goto(f"{site.address}/days/{TODAY}/?languages={language}")
    assert_draws(page, first((LANGUAGES | ZEROS)[language], 10))
    assert cells(page.locator("#rows"), ".posts") == first((LANGUAGES | ZEROS)[language], 10)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("day", [FULL_DAY, LATE_DAY])
def test_an_archived_day_draws_its_table(counted: Stage, site: Site, page: Page, day: date, language: str) -> None:
    page.goto(f"{site.address}/days/{day}/?languages={language}&top=25")
    assert_draws(page, first(LANGUAGES[language], 25))
    assert cells(page.locator("#rows"), ".posts") == first(LANGUAGES[language], 25)
    assert page.locator(".area").get_attribute("d")


def test_a_race_draws_each_moment_and_begins_with_its_first(counted: Stage, site: Site, page: Page) -> None:
    stop_clock(page)  # otherwise the race may be hours further before the next look
    page.goto(f"{site.address}/days/{LATE_DAY}/?languages=en")
    scrubber = page.get_by_role("slider", name="Moment of the day")
    scrubber.press("Home")
    expect(page.locator("#note")).to_have_text("Nothing was collected before 07:01.")
    expect(page.locator("#none")).to_be_visible()
    expect(page.locator("#posts")).to_have_text("–")
    assert_says_numbers(page)
    page.get_by_label("Speed").select_option("1")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#rows bdi")).to_have_count(3)
    expect(page.locator("#clock")).to_have_text("07:05")
    page.get_by_role("button", name="Pause").click()
    page.clock.resume()
    expect(page.locator("#note")).to_have_text("")
    assert_draws(page, LANGUAGES["en"])


def test_the_area_of_a_day_begins_with_its_first_post(counted: Stage, site: Site, page: Page) -> None:
    page.goto(f"{site.address}/days/{LATE_DAY}/")
    area = page.locator(".area").evaluate("area => [area.getBBox().x, area.getBBox().width]")
    assert area[0] == MORNING + 1
    assert 0 < area[1] < 60
    expect(page.locator(".gaps-text")).to_contain_text("Nothing was collected before 07:01 (UTC).")
    assert_says_numbers(page)


@pytest.mark.parametrize("path", [f"/days/{FULL_DAY}/", "/days/", f"/hashtags/cats/?day={FULL_DAY}", "/hashtags/cats/"])
def test_no_page_about_the_past_draws_what_is_no_number(counted: Stage, site: Site, page: Page, path: str) -> None:
    page.goto(site.address + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_says_numbers(page)


@pytest.mark.parametrize(
    ("hashtag", "posts"), [("cats", 1_234_567_890), ("כאסעברית", None), ("seul", 1), ("עברית", 30)]
)
def test_a_hashtags_page_draws_its_hours_as_its_table_has_them(
    counted: Stage, site: Site, page: Page, hashtag: str, posts: int | None
) -> None:
    page.goto(f"{site.address}/hashtags/{hashtag}/?day={LATE_DAY}")
    if posts is None:
        expect(page.get_by_role("heading", level=1)).to_contain_text("No data for")
        return
    hours = page.locator("section", has=page.locator("#hours")).locator("tbody tr td:nth-child(2)").all_text_contents()
    assert [hour.strip() for hour in hours] == ["not known"] * 7 + [f"{posts:,}"] + ["not known"] * 16
    drawing = page.locator("section", has=page.locator("#by-the-hour"))
    bars = drawing.locator("rect.bar")
    assert [bars.nth(at).evaluate("bar => bar.getBBox().height") for at in range(bars.count())] == [100]
    shaded = drawing.locator("rect.gap").evaluate_all(
        "bands => bands.map(({ x, width }) => [x.baseVal.value, width.baseVal.value])"
    )
    assert sum(width for _, width in shaded) == 24 * 60 - 59  # all but the minutes from 07:01 to 08:00
    assert_says_numbers(page)


def test_a_day_in_the_admin_draws_its_ranking(counted: Stage, site: Site, page: Page) -> None:
    log_in(page, f"{site.address}/admin/", "boss", PASSWORD)
    page.locator("#history-day").get_by_role("link", name="Past days", exact=True).click()
    page.locator("#result_list").get_by_role("link", name="2026-11-20").click()
    page.wait_for_url("**/change/**")
    for language, counts in LANGUAGES.items():
        page.goto(f"{page.url.partition('?')[0]}?language={language}")
        assert_draws(page, first(counts, 10))
        assert first(cells(page.locator("#ranking tbody"), ".field-posts"), 10) == first(counts, 10)


@pytest.mark.parametrize(("hashtag", "posts"), [("cats", "1,234,567,890"), ("seul", "1")])
def test_a_hashtag_in_the_admin_draws_a_bar_for_each_day_that_has_it(
    counted: Stage, site: Site, page: Page, hashtag: str, posts: str
) -> None:
    log_in(page, f"{site.address}/admin/", "boss", PASSWORD)
    page.goto(f"{site.address}/admin/history/daycount/?q={hashtag}")
    expect(page.locator("figure.curve")).to_contain_text(f": {posts}.")
    curve = page.locator("figure.curve path")
    assert curve.evaluate("path => [path.getBBox().x, path.getBBox().width, path.getBBox().height]") == [0, 3, 100]
    assert (curve.get_attribute("d") or "").count("M") == 2
    assert_says_numbers(page)
