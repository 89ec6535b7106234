"""What a server says about itself, and its refusals in words."""

import json

import pytest

from collector.mastodon_servers import Server
from collector.sources.mastodon.instance import Instance, closed_feeds, left_out, moved, read_instance, refusal

SERVER = Server("a.example", "https://a.example")
WITH_TOKEN = Server("a.example", "https://a.example", "t0ken")
LOCAL = Server("127.0.0.1:4000", "http://127.0.0.1:4000")
STREAM = "/api/v1/streaming/public"


def version_2(streaming: object = "wss://stream.a.example", **live_feeds: str) -> bytes:
    configuration = {"urls": {"streaming": streaming}, "timelines_access": {"live_feeds": live_feeds}}
    return json.dumps({"domain": "a.example", "version": "4.5.0", "configuration": configuration}).encode()


def test_the_stream_may_have_a_host_of_its_own():
    assert read_instance(version_2(), SERVER) == Instance("https://stream.a.example" + STREAM)


def test_older_versions_have_the_address_elsewhere_and_no_word_of_access():
    version_1 = b'{"uri":"a.example","version":"3.5.3","urls":{"streaming_api":"wss://a.example:4443"}}'
    assert read_instance(version_1, SERVER) == Instance("https://a.example:4443" + STREAM)


@pytest.mark.parametrize(
    "address", [None, 5, "", "ws://stream.a.example", "http://a.example", "file:///etc", "wss://", "wss://[", "nowhere"]
)
def test_an_address_that_is_none_or_not_encrypted_never_gets_the_token(address):
    assert read_instance(version_2(address), WITH_TOKEN).stream_url == "https://a.example" + STREAM


@pytest.mark.parametrize("path", ["", "/", "/api/v1/streaming", "/api/v1/streaming/"])
def test_a_server_on_this_machine_needs_no_encryption(path):
    assert read_instance(version_2(f"ws://127.0.0.1:5000{path}"), LOCAL).stream_url == "http://127.0.0.1:5000" + STREAM


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"{}", b'{"error":"no"}', b'{"configuration":[]}', b"\xff"])
def test_another_answer_is_of_no_instance(answer):
    assert read_instance(answer, SERVER) is None


@pytest.mark.parametrize(
    ("local", "remote", "token", "closed", "partly"),
    [
        ("public", "public", False, "", ""),
        ("authenticated", "authenticated", True, "", ""),
        ("authenticated", "authenticated", False, "only to its accounts", ""),
        ("disabled", "disabled", False, "switched its live feeds off", ""),
        ("disabled", "disabled", True, "switched its live feeds off", ""),
        ("public", "disabled", True, "", "only posts of its own accounts"),
        ("disabled", "authenticated", True, "", "without posts of its own accounts"),
        ("disabled", "authenticated", False, "only to its accounts", ""),
        ("unheard of", "public", True, "", ""),
    ],
)
def test_access_to_the_live_feeds_is_explained(local, remote, token, closed, partly):
    server = WITH_TOKEN if token else SERVER
    instance = read_instance(version_2(local=local, remote=remote), server)
    words = closed_feeds(instance, server)
    assert (closed in words) == bool(words or not closed)
    assert bool(words) == bool(closed)
    assert left_out(instance, server) == partly


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 418, 451])
@pytest.mark.parametrize("server", [SERVER, WITH_TOKEN])
@pytest.mark.parametrize("is_known", [True, False])
def test_every_refusal_is_one_line_that_names_the_server_and_no_token(status, server, is_known):
    words = refusal(status, "the reason", server, Instance("", is_known=is_known))
    assert words.startswith("a.example ")
    assert "\n" not in words
    assert "t0ken" not in words


def test_a_server_that_has_neither_a_description_nor_a_stream_is_none_of_mastodon():
    assert "correct MASTODON_URL" in refusal(404, "", SERVER, Instance("", is_known=False))


@pytest.mark.parametrize("target", ["", "/login", "javascript:alert(1)", "https://[", "https://\u202e.example/x"])
def test_a_strange_redirect_is_not_repeated(target):
    assert moved(SERVER, target) == "a.example refers to another address: set MASTODON_URL to the server's own address"
