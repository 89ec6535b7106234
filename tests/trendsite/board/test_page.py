"""The first paint of the board, before any script runs."""

import re


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


async def test_markup_in_a_hashtag_stays_text(stage, async_client):
    stage.count("*", {"<img src=x onerror=alert(1)>": 2, "</script><b>": 1})
    stage.show()
    html = await page(async_client)
    assert rows(html)[0][0] == "&lt;img src=x onerror=alert(1)&gt;"
    assert "<img" not in html
    assert "</script><b>" not in html


async def test_without_posts_the_page_says_what_it_waits_for(stage, async_client):
    html = await page(async_client)
    assert "Waiting for the first posts" in html
    assert "The collector does not report" in html


async def test_without_redis_the_page_is_there_and_says_so(async_client):
    assert "Redis is away" in await page(async_client)


async def test_nothing_may_run_inline(stage, async_client):
    response = await async_client.get("/")
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|style=|<script(?![^>]*(src=|application/json))| on\w+=", response.content.decode())
