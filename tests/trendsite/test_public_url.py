"""Where links in mails, feeds and pages lead: to PUBLIC_URL, or to a host that the settings allow, at our own port."""

import re

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from contract.environment import SettingError
from trendsite.public_url import parse_public_url

HOSTS = ["localhost", "127.0.0.1", "board.example", "testserver"]


@pytest.mark.parametrize(
    ("text", "origin", "host", "prefix"),
    [
        ("https://board.example", "https://board.example", "board.example", ""),
        ("https://board.example/", "https://board.example", "board.example", ""),
        ("https://board.example/trends/", "https://board.example", "board.example", "/trends"),
        ("https://Board.Example:443/a/b", "https://board.example", "board.example", "/a/b"),
        ("http://192.0.2.7:8080/trends", "http://192.0.2.7:8080", "192.0.2.7", "/trends"),
        ("http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080", "[2001:db8::1]", ""),
    ],
)
def test_a_public_url_is_taken_apart(text, origin, host, prefix):
    url = parse_public_url(text)
    assert (url.origin, url.host, url.prefix) == (origin, host, prefix)


@pytest.mark.parametrize(
    "text",
    [
        "board.example",
        "ftp://board.example",
        "https://",
        "https:///trends/",
        "https://*",
        "https://.board.example",
        "https://board example/",
        "https://board.example:0",
        "https://board.example:99999",
        "https://board.example:http",
        "https://me:secret@board.example/",
        "https://board.example/?a=b",
        "https://board.example/#a",
        "https://board.example/../trends/",
        "https://board.example//trends",
        "https://board.example/tre nds/",
        "https://board.example/api/",
        "https://[::1",
    ],
)
def test_what_is_no_public_url_is_refused_in_one_line_without_secrets(text):
    with pytest.raises(SettingError, match=r"^PUBLIC_URL=[^\n]*$") as refusal:
        parse_public_url(text)
    assert "secret" not in str(refusal.value)


@pytest.fixture
def public(settings):
    settings.PUBLIC_URL = parse_public_url("https://board.example/")
    settings.ALLOWED_HOSTS = [*HOSTS, "board.example"]


def feed_links(client, **headers):
    body = client.get("/feeds/all/day.rss", headers=headers).content.decode()
    return set(re.findall(r"https?://[^/<\"]+(?=/)", body)) - {"http://www.w3.org"}


@pytest.fixture
def cats(stage):
    stage.count("*", {"Cats": 3})
    stage.show()


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["127.0.0.1:6666", "localhost", "board.example:1"])
def test_a_feed_links_to_the_public_url_whatever_host_was_asked(client, cats, public, host):
    assert feed_links(client, host=host) == {"https://board.example"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:6666", "http://127.0.0.1:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost", "http://localhost"),
        ("[::1]:99", "http://[::1]:8000"),
    ],
)
def test_without_one_a_feed_links_to_the_allowed_host_at_our_own_port(client, cats, settings, host, origin):
    settings.ALLOWED_HOSTS = [*HOSTS, "[::1]"]
    assert feed_links(client, host=host) == {origin}
    page = client.get("/", headers={"host": host}).content.decode()
    assert f"src=&quot;{origin}/embed/" in page
    assert client.get("/api/v1/openapi.json", headers={"host": host}).json()["servers"] == [{"url": origin}]


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["127.0.0.1:6666", "testserver:1", "evil.example"])
@pytest.mark.parametrize(
    ("allowed", "origin"),
    [(["board.example"], "http://board.example:8000"), ([], "http://localhost:8000"), (None, "https://board.example")],
)
def test_no_request_chooses_where_the_link_in_a_letter_leads(
    client, settings, mailoutbox, monkeypatch, host, allowed, origin
):
    cache.clear()  # remembers whom a letter was sent to
    monkeypatch.setattr("trendsite.accounts.forms.in_background", lambda send: send())
    if allowed is None:
        settings.PUBLIC_URL = parse_public_url("https://board.example/")
    settings.ALLOWED_HOSTS = [*(allowed or []), "*"]
    User.objects.create_user("ada", "ada@example.org", "a long enough one")
    client.post("/forgotten-password/", {"email": "ada@example.org"}, headers={"host": host})
    (letter,) = mailoutbox
    assert re.findall(r"https?://[^/\s]+", letter.body) == [origin]


def test_the_origin_of_the_public_url_may_send_forms_through_a_proxy_that_names_another_host(db, settings):
    settings.PUBLIC_URL = parse_public_url("https://board.example/")
    settings.CSRF_TRUSTED_ORIGINS = ["https://board.example"]
    client = Client(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/login/").content.decode())[1]
    form = {"username": "a", "password": "b", "csrfmiddlewaretoken": token}
    headers = {"host": "127.0.0.1:8000"}
    assert client.post("/login/", form, headers={**headers, "origin": "https://board.example"}).status_code == 200
    assert client.post("/login/", form, headers={**headers, "origin": "https://evil.example"}).status_code == 403
