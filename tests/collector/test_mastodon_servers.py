"""The settings MASTODON_URL and MASTODON_TOKEN."""

import pytest

from collector.mastodon_servers import Server, read_servers
from contract.environment import SettingError


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("mastodon.example", Server("mastodon.example", "https://mastodon.example")),
        ("https://Mastodon.Example/", Server("mastodon.example", "https://mastodon.example")),
        ("https://mastodon.example:443", Server("mastodon.example", "https://mastodon.example:443")),
        ("https://mastodon.example:8443", Server("mastodon.example:8443", "https://mastodon.example:8443")),
        ("http://127.0.0.1:4000", Server("127.0.0.1:4000", "http://127.0.0.1:4000")),
        ("http://[::1]:4000", Server("[::1]:4000", "http://[::1]:4000")),
        ("http://localhost", Server("localhost", "http://localhost")),
    ],
)
def test_a_server_is_given_by_its_host_or_address(url, server):
    assert read_servers([url], []) == (server,)


def test_one_token_is_for_the_only_server_and_pairs_are_for_several():
    assert read_servers(["a.example"], ["t0k-en_="]) == (Server("a.example", "https://a.example", "t0k-en_="),)
    servers = read_servers(
        ["a.example", "https://b.example:8443", "https://fedi.buzz", "a.example"],
        ["b.example:8443=two=", "https://a.example = one"],
    )
    assert [(server.name, server.token) for server in servers] == [
        ("a.example", "one"),
        ("b.example:8443", "two="),
        ("fedi.buzz", ""),
    ]


@pytest.mark.parametrize(
    ("urls", "tokens", "words"),
    [
        ([], [], "MASTODON_URL is not set.*fedi.buzz"),
        (["ftp://a.example"], [], "is no server"),
        (["https://"], [], "is no server"),
        (["*.example"], [], "is no server"),
        (["a.example:99999"], [], "is no server"),
        (["https://a.example/api/v1"], [], "give only the server"),
        (["https://a.example?access_token=s3cret"], [], "give only the server"),
        (["http://a.example"], [], "not encrypted: give https://a.example"),
        ([f"a{i}.example" for i in range(21)], [], "at most 20"),
        (["a.example", "b.example"], ["s3cret"], "without a server.*a.example=..."),
        (["a.example"], ["s3cret.s3cret=s3cret"], "is not in MASTODON_URL"),
        (["a.example"], ["b.example=s3cret"], "is not in MASTODON_URL \\(a.example\\)"),
        (["a.example"], ["a.example=s3cret", "a.example=s3cret"], "give one"),
        (["a.example"], ["s3cret", "s3cret2"], "give one"),
        (["a.example"], ["s3cret token"], "of a.example is not usable"),
        (["a.example"], ["a.example="], "of a.example is not usable"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(urls, tokens, words):
    with pytest.raises(SettingError, match=words) as refusal:
        read_servers(urls, tokens)
    assert "\n" not in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:s3cret@a.example",
        "https://user:#s3cret@a.example",
        "https://user:pa?s3cret@a.example",
        "https://user:s3cret",
        "user:s3cret/@a.example",
        "ftp://a.example?token=x@s3cret",
    ],
)
def test_a_password_in_an_address_is_not_shown(url):
    with pytest.raises(SettingError, match="MASTODON_URL") as refusal:
        read_servers([url], [])
    assert "s3cret" not in str(refusal.value)


def test_a_token_is_not_shown():
    assert "s3cret" not in repr(read_servers(["a.example"], ["s3cret"]))
