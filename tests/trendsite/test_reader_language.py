"""Pages speak the reader's language; what programs read stays English."""

import re

import pytest
from django.test import Client

from tests.trendsite.stage import NOW, Stage

pytestmark = pytest.mark.django_db


def language_of(response) -> str:
    return response.content.decode().partition('<html lang="')[2][:2]


def test_the_browser_chooses_the_language(client: Client) -> None:
    response = client.get("/login/", headers={"accept-language": "pt-BR,pt;q=0.9,en;q=0.8"})
    assert language_of(response) == "pt"
    assert response["Content-Language"] == "pt"
    assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))


def test_a_language_without_a_translation_is_english(client: Client) -> None:
    assert language_of(client.get("/login/", headers={"accept-language": "xx"})) == "en"
    assert language_of(client.get("/login/", headers={"accept-language": "\\x00;q=;" * 200})) == "en"


def test_the_picker_is_remembered_and_returns_to_the_same_view(client: Client) -> None:
    chosen = client.post("/language/", {"language": "fr", "next": "/search/?q=cats"})
    assert chosen["Location"] == "/search/?q=cats"
    cookie = chosen.cookies["django_language"]
    assert (cookie.value, cookie["max-age"], cookie["path"], cookie["samesite"]) == ("fr", 365 * 86_400, "/", "Lax")
    assert language_of(client.get("/login/", headers={"accept-language": "de"})) == "fr"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_picker_leads_to_no_other_site(client: Client, elsewhere: str) -> None:
    assert client.post("/language/", {"language": "fr", "next": elsewhere})["Location"] == "/"


def test_the_picker_knows_no_other_language_and_needs_a_form(client: Client) -> None:
    assert "django_language" not in client.post("/language/", {"language": "xx"}).cookies
    assert client.get("/language/").status_code == 405


def test_an_address_can_name_the_language_and_the_picker_forgets_it(client: Client) -> None:
    response = client.get("/search/?q=cats&lang=ar", headers={"accept-language": "de"})
    html = response.content.decode()
    assert re.search(r'<html lang="ar"\s+dir="rtl">', html)
    assert re.search(r'name="next"\s+value="/search/\?q=cats"', html)
    assert language_of(client.get("/login/?lang=xx", headers={"accept-language": "de"})) == "de"


@pytest.mark.parametrize("path", ["/api/v1/languages", "/feeds/all/day.rss", "/healthz"])
def test_what_programs_read_is_english_for_every_reader(client: Client, path: str) -> None:
    english, german = client.get(path), client.get(path, headers={"accept-language": "de"})
    assert "Content-Language" not in german.headers
    assert "Accept-Language" not in german.get("Vary", "")
    if path != "/healthz":  # it has the age of the process
        assert german.content == english.content


def test_a_page_links_the_texts_of_its_scripts_and_english_needs_none(client: Client) -> None:
    german = client.get("/login/", headers={"accept-language": "de"}).content.decode()
    assert '<link rel="modulepreload" id="translation-catalog" href="/static/site/messages/de.js">' in german
    assert "translation-catalog" not in client.get("/login/").content.decode()


def test_shapes_are_drawn_with_decimal_points_in_every_language(client: Client, stage: Stage) -> None:
    stage.count("*", {"cats": 7, "dogs": 3})
    for hour, posts in enumerate((3, 7, 4)):
        stage.count_hour(NOW.replace(hour=hour), "*", {"cats": posts})
    stage.show()
    for path in ("/hashtags/cats/", f"/days/{stage.day}/", "/compare/?hashtags=cats,dogs", "/"):
        html = client.get(path, headers={"accept-language": "de"}).content.decode()
        assert re.findall(r' (?:x|y|x1|x2|y1|y2|width|height|viewBox)="[^"]*\d,\d[^"]*"', html) == []
