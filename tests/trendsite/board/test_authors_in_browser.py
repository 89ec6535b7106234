"""Ranking by authors and the mark of few authors, in a browser."""

import pytest
from playwright.sync_api import expect

from contract import redis_names
from contract.ranking import RankedHashtag, Ranking, encode_ranking, few_authors
from tests.trendsite.stage import NOW

COUNTS = {"BuyNow": 900, "Cats": 800, "Dogs": 30}
AUTHORS = {"buynow": 12, "cats": 700, "dogs": 29}
BARS = """() => Chart.getChart("chart").data.datasets[0].data
  .filter((bar) => bar.y <= 10 && bar.x > 0).sort((one, other) => one.y - other.y).map((bar) => bar.x)"""


@pytest.fixture
def authors(stage):
    """A day in one language, in two and in all, with authors."""
    for language in ("*", "en", "es"):
        stage.count(language, COUNTS)
        stage.client.zadd(redis_names.authors(stage.source, stage.day, language), AUTHORS)
        places = enumerate(COUNTS.items(), start=1)
        top = [
            RankedHashtag(
                rank,
                name,
                name.casefold(),
                posts,
                about := AUTHORS[name.casefold()],
                few_authors=few_authors(posts, about),
            )
            for rank, (name, posts) in places
        ]
        message = encode_ranking(Ranking(stage.day, [language], "day", NOW, False, sum(COUNTS.values()), top))
        stage.client.hset(redis_names.rankings(stage.source, stage.day, "day"), language, message)
    stage.show_quiet()


def shown(page):
    return page.locator("#rows bdi").all_inner_texts()


def test_by_authors_bars_numbers_words_and_address_follow(authors, site, page):
    page.goto(f"{site.address}/?window=day")
    expect(page.locator("#rows .posts").first).to_have_text("900")
    page.get_by_role("link", name="People", exact=True).click()
    expect(page.locator("#rows .posts")).to_have_text(["700", "29", "12"])
    assert shown(page) == ["#Cats", "#Dogs", "#BuyNow"]
    expect(page.locator("#measured")).to_have_text("People using each hashtag (estimated)")
    expect(page.locator("#column")).to_have_text("People (estimated)")
    assert page.evaluate(BARS) == [700, 29, 12]
    page.wait_for_url("**/?window=day&by=authors")
    expect(page.locator("#api")).to_have_attribute("href", f"{site.address}/api/v1/top?window=day&by=authors")
    page.get_by_role("link", name="Posts", exact=True).click()
    expect(page.locator("#rows .posts")).to_have_text(["900", "800", "30"])


def test_several_languages_by_authors_say_that_they_are_by_posts(authors, site, page, axe):
    page.goto(f"{site.address}/?languages=en,es&by=authors")
    note = page.locator("#note")
    expect(note).to_contain_text("do not add up")
    expect(page.locator("#rows .posts").first).to_have_text("1,800")
    expect(page.locator("#measured")).to_have_text("Posts with each hashtag")
    assert axe(page) == []
    page.get_by_role("link", name="Posts", exact=True).click()
    expect(note).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_few_authors_are_marked_in_words_for_every_reader(authors, site, page, axe, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site.address}/?window=day")
    row = page.locator('#rows tr[data-key="buynow"]')
    expect(row.get_by_role("link", name="#BuyNow few authors")).to_have_attribute("title", "#BuyNow · few authors")
    assert "few" not in page.locator('#rows tr[data-key="cats"]').inner_text()
    assert axe(page) == []


def test_without_scripts_the_first_paint_has_mark_order_and_note(authors, site, browser):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site.address}/?window=day")
    expect(page.get_by_text("few authors", exact=True)).to_be_visible()
    page.get_by_role("link", name="People", exact=True).click()
    expect(page.locator("#rows .posts")).to_have_text(["700", "29", "12"])
    page.goto(f"{site.address}/?languages=en,es&by=authors")
    expect(page.locator("#note")).to_contain_text("do not add up")
    page.context.close()


def test_a_hashtags_page_tells_few_authors(authors, site, page, axe):
    page.goto(f"{site.address}/hashtags/buynow/")
    expect(page.get_by_text("few authors, on average five posts or more each")).to_be_visible()
    assert axe(page) == []
    page.goto(f"{site.address}/hashtags/cats/")
    expect(page.get_by_text("few authors")).to_have_count(0)
