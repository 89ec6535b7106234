"""The first paint of the board, before any script runs."""

import re

import pytest

from tests.trendsite.stage import NOW


async def page(async_client, address="/"):
    response = await async_client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def rows(html):
    return re.findall(r'<bdi>#(.+?)</bdi>.*?<span class="posts">([\d,]+)</span>', html, re.DOTALL)


async def test_the_first_paint_shows_the_current_ranking(stage, async_client):
    stage.count("*", {"WorldCup": 12_345, "cats": 2}, posts=99_999)
    stage.show()
    html = await page(async_client)
    assert rows(html) == [("WorldCup", "12,345"), ("cats", "2")]
    assert "Sunday 22 November 2026" in html
    assert ">99,999<" in html
    assert re.findall(r'<rect .*?width="([\d.]+)%"', html)[:2] == ["100", "0"]
    assert 'href="/hashtags/worldcup/"' in html


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
    assert "Top hashtags of the last hour</h1>" in html
    assert re.search(r"Posts in the last hour</span> <b[^>]*>30</b>", html)
    html = await page(async_client, "/?languages=es")
    assert rows(html) == [("gatos", "9")]
    assert "Top hashtags today</h1>" in html
    assert re.search(r"Posts this day</span> <b[^>]*>90</b>", html)


async def test_the_links_of_a_switch_change_one_thing_and_keep_the_others(stage, async_client):
    html = await page(async_client, "/?languages=es,en&window=hour&top=25")
    links = re.findall(r'<a href="([^"]*)"\s+data-(window|top)="(\w+)"\s+(aria-current="page")?>', html)
    assert links == [
        ("/?languages=es,en&amp;window=day&amp;top=25", "window", "day", ""),
        ("/?languages=es,en&amp;window=hour&amp;top=25", "window", "hour", 'aria-current="page"'),
        ("/?languages=es,en&amp;window=rising&amp;top=25", "window", "rising", ""),
        ("/?languages=es,en&amp;window=hour", "top", "10", ""),
        ("/?languages=es,en&amp;window=hour&amp;top=25", "top", "25", 'aria-current="page"'),
        ("/?languages=es,en&amp;window=hour&amp;top=50", "top", "50", ""),
    ]
    assert '<input type="hidden" name="window" value="hour">' in html
    assert '<input type="hidden" name="top" value="25">' in html
    assert 'href="/api/v1/top?languages=es,en&amp;window=hour&amp;limit=25"' in html
    assert html.count('href="/feeds/en,es/hour.rss"') == 2


async def test_the_number_of_places_in_the_address_is_shown(stage, async_client):
    stage.count("*", {f"tag{number}": 100 - number for number in range(60)})
    stage.show()
    assert [len(rows(await page(async_client, f"/?top={top}"))) for top in (10, 25, 50)] == [10, 25, 50]


async def test_an_address_that_nobody_can_choose_shows_everything(stage, async_client):
    stage.count("*", {"cats": 2})
    stage.show()
    for query in ("?window=year", "?languages=klingon", "?top=11", "?top=x"):
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
    assert "<img src=x" not in html
    assert "</script><b>" not in html


async def test_without_posts_the_page_says_what_it_waits_for(stage, async_client):
    html = await page(async_client)
    assert "Waiting for posts" in html
    assert "The collector does not report" in html


async def test_without_redis_the_page_is_there_and_says_so(async_client):
    assert "Redis is away" in await page(async_client)


@pytest.mark.parametrize("kind", ["simulated", "replay", "live"])
async def test_invented_and_recorded_posts_are_called_so_at_once(stage, async_client, kind):
    stage.source = {"simulated": "simulator", "replay": "replay-a-0123abcd", "live": "x"}[kind]
    stage.show()
    stage.report_collector()
    badge = re.search(r'<p class="kind"\s+id="kind"\s+(hidden)?>(\w*)</p>', await page(async_client))
    assert badge
    assert (badge[1] is None, badge[2]) == {
        "simulated": (True, "Simulated"),
        "replay": (True, "Replay"),
        "live": (False, badge[2]),
    }[kind]


async def test_only_the_embed_may_be_framed(stage, async_client):
    embed, board = await async_client.get("/embed/"), await async_client.get("/")
    assert "frame-ancestors *" in embed["Content-Security-Policy"]
    assert "X-Frame-Options" not in embed
    assert "frame-ancestors 'none'" in board["Content-Security-Policy"]
    assert board["X-Frame-Options"] == "DENY"


async def test_the_embed_shows_what_its_address_says_and_leads_to_the_same_board(stage, async_client):
    stage.count_hour(NOW, "es", {"perros": 3})
    stage.show()
    html = await page(async_client, "/embed/?languages=es&window=hour&top=25&theme=dark")
    assert rows(html) == [("perros", "3")]
    assert 'data-theme="dark">' in html
    assert 'href="/?languages=es&amp;window=hour&amp;top=25"' in html


@pytest.mark.parametrize("theme", ["", "?theme=", "?theme=pink", '?theme="><script>'])
async def test_an_embed_without_a_theme_of_ours_follows_the_system(stage, async_client, theme):
    assert "data-theme" not in await page(async_client, f"/embed/{theme}")


@pytest.mark.parametrize("address", ["/", "/embed/"])
async def test_nothing_may_run_inline(stage, async_client, address):
    response = await async_client.get(address)
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|style=|<script(?![^>]*(src=|application/json))| on\w+=", response.content.decode())
