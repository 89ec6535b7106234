"""The first paint of the board, before any script runs."""

import re

from tests.trendsite.conftest import NOW


async def page(async_client, address="/"):
    response = await async_client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def rows(html):
    return re.findall(r"<bdi>#(.*?)</bdi></th>\s*<td>([\d,]+)</td>", html)


async def test_the_first_paint_shows_the_current_ranking(stage, async_client):
    stage.count("*", {"WorldCup": 12_345, "cats": 2}, posts=99_999)
    stage.show()
    html = await page(async_client)
    assert rows(html) == [("WorldCup", "12,345"), ("cats", "2")]
    assert "Sunday 22 November 2026" in html
    assert ">99,999<" in html


async def test_the_languages_in_the_address_are_shown(stage, async_client):
    stage.count("en", {"cats": 2})
    stage.count("es", {"gatos": 3})
    stage.show()
    html = await page(async_client, "/?languages=es")
    assert rows(html) == [("gatos", "3")]
    assert "Español" in html
    assert re.search(r'value="es"\s+checked', html)
    assert rows(await page(async_client, "/?languages=es&languages=en")) == [("gatos", "3"), ("cats", "2")]


async def test_the_window_in_the_address_is_shown_and_named(stage, async_client):
    stage.count("es", {"gatos": 9}, posts=90)
    stage.count_hour(NOW, "es", {"perros": 3}, posts=30)
    stage.show()
    html = await page(async_client, "/?languages=es&window=hour")
    assert rows(html) == [("perros", "3")]
    assert "<h1>Top hashtags of the last hour</h1>" in html
    assert re.search(r"<dt>Posts in the last hour</dt><dd[^>]*>30</dd>", html)
    html = await page(async_client, "/?languages=es")
    assert rows(html) == [("gatos", "9")]
    assert "<h1>Top hashtags today</h1>" in html
    assert re.search(r"<dt>Posts this day</dt><dd[^>]*>90</dd>", html)


async def test_the_links_to_the_windows_keep_the_languages_and_the_picker_keeps_the_window(stage, async_client):
    html = await page(async_client, "/?languages=es,en&window=hour")
    links = re.findall(r'<a href="([^"]*)"\s+data-window="(\w+)"\s+(aria-current="page")?>', html)
    assert links == [
        ("/?languages=en,es", "day", ""),
        ("/?languages=en,es&amp;window=hour", "hour", 'aria-current="page"'),
    ]
    assert '<input type="hidden" name="window" value="hour">' in html
    assert 'href="/api/v1/top?languages=en,es&amp;window=hour"' in html
    assert 'name="window"' not in await page(async_client, "/")


async def test_an_address_that_nobody_can_choose_shows_everything(stage, async_client):
    stage.count("*", {"cats": 2})
    stage.show()
    for query in ("?window=year", "?languages=klingon"):
        assert rows(await page(async_client, f"/{query}")) == [("cats", "2")]


async def test_an_hour_without_hashtags_says_so(stage, async_client):
    stage.count("*", {"cats": 2})
    stage.show()
    stage.report_collector()
    stage.report_streaming()
    assert "No hashtag in these languages in the last hour." in await page(async_client, "/?window=hour")


async def test_markup_in_a_hashtag_stays_text(stage, async_client):
    stage.count("*", {"<img src=x onerror=alert(1)>": 2, "</script><b>": 1})
    stage.show()
    html = await page(async_client)
    assert rows(html)[0][0] == "&lt;img src=x onerror=alert(1)&gt;"
    assert "<img" not in html
    assert "</script><b>" not in html


async def test_without_posts_the_page_says_what_it_waits_for(stage, async_client):
    html = await page(async_client)
    assert "Waiting for posts" in html
    assert "The collector does not report" in html


async def test_without_redis_the_page_is_there_and_says_so(async_client):
    assert "Redis is away" in await page(async_client)


async def test_nothing_may_run_inline(stage, async_client):
    response = await async_client.get("/")
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|style=|<script(?![^>]*(src=|application/json))| on\w+=", response.content.decode())
