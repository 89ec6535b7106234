"""X's lines -> posts."""

import json
from datetime import UTC, datetime

import pytest

from collector.sources.x_post import to_line, to_post
from tests.collector.made_up import HASHED
from tests.collector.x_stand_in import stream_line

MOMENT = "2026-03-04T12:00:00.000Z"


def post_of(payload: bytes):
    line = to_line(payload)
    return to_post(line.data, HASHED) if line else None


def test_a_post_keeps_its_hashtags_and_no_text():
    post = post_of(stream_line(1860, MOMENT, lang="iw"))
    assert (post.id, post.lang, post.hashtags, post.spellings) == ("x:1860", "he", ["tea"], ["Tea"])
    assert post.created_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert post.author is None


def test_an_account_id_is_hashed():
    assert post_of(stream_line(1, MOMENT, author_id="2244994945")).author == HASHED("2244994945")


def test_without_entities_the_text_is_searched():
    assert post_of(stream_line(1, MOMENT, entities=None, text="my #Cup #123")).hashtags == ["cup"]


def test_the_networks_own_entities_are_trusted():
    assert post_of(stream_line(1, MOMENT, entities={"urls": []}, text="not a #hashtag")).hashtags == []


@pytest.mark.parametrize(
    "payload",
    [
        b"{broken",
        b"[]",
        b"\xff",
        b'{"data":{"id":"1","text":"no time"}}',
        stream_line(1, "2026-03-04 noon"),
        stream_line(10**40, MOMENT),
        b'{"data":{"id":"1","created_at":"2026-03-04T12:00:00Z","text":"\\ud800"}}',
    ],
)
def test_a_malformed_line_is_no_post(payload):
    assert post_of(payload) is None


def test_errors_are_told_from_posts():
    line = to_line(b'{"errors":[{"title":"operational-disconnect","detail":"gone"}]}')
    assert (bytes(line.data), line.errors[0].detail) == (b"", "gone")


def test_recorded_lines_are_understood(shared_data):
    samples = [json.loads(line) for line in (shared_data / "samples" / "x.ndjson").read_text().splitlines()]
    for sample in samples:
        if sample["kind"] not in ("stream_line", "post_object"):
            continue
        data = json.loads(sample["raw"])["data"]
        post = post_of(sample["raw"].encode())
        assert (post is not None) == ("created_at" in data)
        if "hashtags" in data.get("entities", {}):
            assert post.spellings == list(
                {tag["tag"].casefold(): tag["tag"] for tag in data["entities"]["hashtags"]}.values()
            )
