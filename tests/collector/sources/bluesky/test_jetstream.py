"""Jetstream's addresses, answers and compression."""

from datetime import UTC, datetime, timedelta

import pytest
import zstandard

from collector.sources.bluesky.connection import ConnectionEndedError, RefusedError
from collector.sources.bluesky.jetstream import (
    Dictionary,
    WrongDictionaryError,
    fetch_dictionary,
    refusal_of,
    subscribe_url,
    wait_seconds,
)
from collector.sources.fields import MAX_POST_BYTES
from tests.standins.jetstream import JetstreamStandIn
from tests.standins.jetstream_wire import trained_dictionary
from tests.standins.script import supply

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def test_each_version_has_its_own_parameters():
    assert subscribe_url("wss://a.example", 1, 1_783_175_888_000_000, None) == (
        "wss://a.example/subscribe?wantedCollections=app.bsky.feed.post"
        "&maxMessageSizeBytes=1048576&cursor=1783175888000000"
    )
    assert subscribe_url("ws://[::1]:6008", 2, 0, 77) == (
        "ws://[::1]:6008/xrpc/network.bsky.jetstream.subscribeEvents?kinds=commit&collections=app.bsky.feed.post"
        "&zstdDictionary=77&maxMessageSizeBytes=1048576&cursor=0"
    )


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (400, b'{"error":"CursorTooOld","message":"cursor 5 below lookback floor 9"}', "cursor_too_old"),
        (400, b'{"error":"UnknownZstdDictionary","message":"current dictionary id is 7"}', "unknown_dictionary"),
        (400, b'{"error":"InvalidRequest"}', "no_version_2"),
        (404, b"<html>", "no_version_2"),
        (501, b"", "no_version_2"),
        (200, b"a page", "no_version_2"),
        (503, b'{"error":"ServiceUnavailable"}', "other"),
        (429, b'{"error":"CursorTooOld"}', "other"),
        (500, b"[1", "other"),
    ],
)
def test_a_refusal_of_version_2_says_what_to_do(status, body, meaning):
    assert refusal_of(RefusedError(status, {}, body), 2) == meaning
    assert refusal_of(RefusedError(status, {}, body), 1) == "other"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Retry-After": "30"}, 30),
        ({"Retry-After": "Wed, 04 Mar 2026 12:01:00 GMT"}, 60),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "\u00b2"}, 0),
        ({"Retry-After": "Thu, 01 Jan 99999999999999999999 00:00:00 GMT"}, 0),
        ({"RateLimit-Reset": "\u00b2"}, 0),
        ({"Retry-After": "9" * 300}, 900),
        ({"x-rate-limit-reset": str(int((NOW + timedelta(seconds=45)).timestamp()))}, 45),
        ({"RateLimit-Reset": "12"}, 12),
        ({"RateLimit-Reset": "-5"}, 0),
        ({"x-rate-limit-reset": "1"}, 1),
    ],
)
def test_the_wait_that_a_server_asks_for_is_bounded(headers, seconds):
    assert wait_seconds(headers, NOW) == seconds


def compressed(text: bytes, dictionary: int, **options) -> bytes:
    return zstandard.ZstdCompressor(dict_data=trained_dictionary(dictionary), **options).compress(text)


DICTIONARY = Dictionary(trained_dictionary(77).as_bytes())


def test_messages_are_decompressed_with_the_servers_dictionary():
    assert DICTIONARY.id == 77
    assert DICTIONARY.text_of(compressed(b"{}", 77)) == b"{}"
    assert DICTIONARY.text_of(compressed(b"{}", 77, write_content_size=False)) == b"{}"
    assert DICTIONARY.text_of(b'{"plain":1}') == b'{"plain":1}'


def test_a_message_of_another_dictionary_is_noticed():
    with pytest.raises(WrongDictionaryError):
        DICTIONARY.text_of(compressed(b"{}", 78))


@pytest.mark.parametrize("writes_size", [True, False])
def test_a_small_message_cannot_become_a_large_one(writes_size):
    bomb = compressed(b"0" * (MAX_POST_BYTES + 1), 77, write_content_size=writes_size)
    assert len(bomb) < 1_000
    assert DICTIONARY.text_of(bomb) is None


def test_a_damaged_message_is_none():
    whole = compressed(b"made up " * 40, 77)
    assert DICTIONARY.text_of(whole[: len(whole) // 2]) is None
    assert DICTIONARY.text_of(whole[:4]) is None


@pytest.mark.parametrize("data", [b"", b"no dictionary", trained_dictionary(77).as_bytes()[8:]])
def test_what_is_no_dictionary_is_refused(data):
    with pytest.raises(ValueError, match="dictionary"):
        Dictionary(data)


def test_the_dictionary_is_fetched_or_the_reason_is_told():
    make = supply(NOW, timedelta(seconds=1))
    with JetstreamStandIn([], make) as standin:
        assert fetch_dictionary(standin.url, 5).id == 4_711
    with JetstreamStandIn([], make, has_dictionary=False) as standin, pytest.raises(RefusedError):
        fetch_dictionary(standin.url, 5)
    with pytest.raises(ConnectionEndedError):
        fetch_dictionary(standin.url, 1)
