"""The site as an app, the preview of a link to it, and its address as a QR code."""

import re

from trendsite.security import CONTENT_SECURITY_POLICY


async def test_the_manifest_has_what_a_phone_needs(async_client):
    answer = await async_client.get("/manifest.webmanifest")
    manifest = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    assert "manifest-src 'self'" in CONTENT_SECURITY_POLICY


async def test_the_worker_keeps_the_page_for_when_there_is_no_network(async_client):
    worker = await async_client.get("/service-worker.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert '"/offline/"' in worker.content.decode()
    page = (await async_client.get("/offline/")).content.decode()
    assert "<h1>No network</h1>" in page
    assert "<script" not in page


async def test_another_language_brings_another_worker_which_keeps_the_page_in_that_language(async_client):
    english = await async_client.get("/service-worker.js", headers={"accept-language": "en"})
    arabic = await async_client.get("/service-worker.js", headers={"accept-language": "ar"})
    assert english.content != arabic.content
    assert 'startsWith("trendsite-offline-")' in arabic.content.decode()
    assert "Accept-Language" in arabic["Vary"]


async def test_a_link_to_the_board_shows_who_leads(stage, async_client):
    stage.count("*", {"cats": 12_000, "dogs": 900, "<b>": 80, "tea": 7})
    stage.show()
    html = (await async_client.get("/")).content.decode()
    previews = dict(re.findall(r'<meta property="og:(\w+)"\s+content="([^"]*)"', html))
    assert previews["title"] == "Top hashtags today · Trendsite"
    assert previews["description"] == "1. #cats 12,000 · 2. #dogs 900 · 3. #&lt;b&gt; 80"
    assert previews["image"].startswith("http://testserver/static/site/icon-512")


async def test_the_qr_code_is_a_picture(async_client):
    answer = await async_client.get("/board-code.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")
