"""Bytes to server-sent events."""

import random

import pytest

from collector.sources.fields import MAX_POST_BYTES
from collector.sources.mastodon.events import Event, EventReader

STREAM = (
    ':)\nevent: update\ndata: {"content":"Grüße 日本 🌧️"}\n\n:thump\n:thump\nevent: delete\ndata: 107\n\n'
    "id: 5\nretry: 10\nevent:unheard.of\ndata:first\ndata: second\ndata\n\n"
    "event: empty\n\nevent: update\ndata: last\n\n"
).encode()
EVENTS = [
    Event(b"update", '{"content":"Grüße 日本 🌧️"}'.encode()),
    Event(b"delete", b"107"),
    Event(b"unheard.of", b"first\nsecond"),
    Event(b"update", b"last"),
]


def read(*pieces: bytes) -> list[Event]:
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
def test_events_are_the_same_however_the_connection_cuts_them(end, size):
    stream = STREAM.replace(b"\n", end)
    assert read(*(stream[begun : begun + size] for begun in range(0, len(stream), size))) == EVENTS


def test_events_are_the_same_in_pieces_of_any_size():
    chance = random.Random(7)
    for _ in range(200):
        stream = STREAM.replace(b"\n", chance.choice([b"\n", b"\r\n", b"\r"]))
        cuts = sorted(chance.sample(range(len(stream)), 9))
        pieces = [stream[begun:end] for begun, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
        assert read(*pieces) == EVENTS


def test_an_unfinished_event_does_not_count():
    assert read(b"event: update\ndata: whole\n\nevent: update\ndata: half") == [Event(b"update", b"whole")]


def test_a_mark_of_byte_order_at_the_beginning_is_ignored():
    assert read(b"\xef\xbb", b"\xbfdata: 1\n\n") == [Event(b"", b"1")]


@pytest.mark.parametrize(
    "long",
    [
        b"data: " + b"x" * (MAX_POST_BYTES + 1),
        b"data: x\n" * (MAX_POST_BYTES // 2 + 1),
        b"data: " + b"x" * MAX_POST_BYTES + b"\ndata: more",
    ],
)
def test_an_event_that_is_too_long_has_no_data_and_the_next_one_is_whole(long):
    stream = b"event: update\n" + long + b"\n\nevent: update\ndata: next\n\n"
    pieces = [stream[begun : begun + 65_536] for begun in range(0, len(stream), 65_536)]
    assert read(*pieces) == [Event(b"update", None), Event(b"update", b"next")]


def test_an_endless_line_takes_no_more_memory_than_the_longest_event():
    reader = EventReader()
    for _ in range(100):
        assert reader.feed(b"x" * 65_536) == []
        assert len(reader._begun) <= MAX_POST_BYTES
    assert reader.feed(b"\n\ndata: 1\n\n") == [Event(b"", None), Event(b"", b"1")]
