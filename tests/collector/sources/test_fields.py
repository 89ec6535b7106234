"""For any JSON of a network, a translator returns a post that can be written, or counts the reason for none."""

import json
from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sources import own_format
from collector.sources.bluesky import post as bluesky_post
from collector.sources.mastodon import post as mastodon_post
from collector.sources.replay import posts as recorded_post
from collector.sources.x import post as x_post
from contract.post import MAX_HASHTAG_CHARACTERS, Post, fold
from tests.collector.made_up import HASH_AUTHOR


def post_of_x(payload: bytes, hash_author, dropped):
    """A post of X's API 2, with itself as the original if it is a retweet of itself."""
    return x_post.to_post(payload, x_post.Originals(b'{"tweets":[' + payload + b"]}"), hash_author, dropped)


FIELDS = {
    post_of_x: [
        "id",
        "created_at",
        "lang",
        "text",
        "entities",
        "note_tweet",
        "referenced_tweets",
        "edit_history_tweet_ids",
        "author_id",
    ],
    x_post.status_to_post: [
        "id",
        "id_str",
        "created_at",
        "lang",
        "text",
        "full_text",
        "entities",
        "extended_tweet",
        "retweeted_status",
        "user",
    ],
    own_format.to_post: ["id", "created_at", "lang", "hashtags", "spellings", "author"],
    bluesky_post.to_post: [
        "did",
        "time_us",
        "commit",
        "payload",
        "record",
        "rkey",
        "facets",
        "tags",
        "langs",
        "time",
    ],
    mastodon_post.to_post: [
        "uri",
        "created_at",
        "language",
        "tags",
        "reblog",
        "visibility",
        "account",
        "event",
        "payload",
    ],
}
GOOD = {
    post_of_x: {
        "id": "1",
        "created_at": "2026-03-04T12:00:00Z",
        "text": "RT @a: #Tea…",
        "referenced_tweets": [{"type": "retweeted", "id": "1"}],
    },
    x_post.status_to_post: {"id_str": "1", "created_at": "Wed Mar 04 12:00:00 +0000 2026", "text": "RT @a: #Tea…"},
    own_format.to_post: {"id": "1", "created_at": "2026-03-04T12:00:00Z", "hashtags": ["Tea"]},
    bluesky_post.to_post: {
        "did": "did:plc:a",
        "time_us": 1_783_175_888_172_335,
        "commit": {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "3mpt", "record": {}},
    },
    mastodon_post.to_post: {"uri": "https://a.b/1", "created_at": "2026-03-04T12:00:00Z", "visibility": "public"},
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["tag", "name", "url", "$type", "features", "facets", "hashtags", "text", "entities", "type", "id"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("to_post", list(FIELDS))
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_field_of_another_kind_stops_a_translator(to_post, data):
    changes = data.draw(st.dictionaries(st.sampled_from(FIELDS[to_post]), VALUES, max_size=4))
    dropped: Counter[str] = Counter()
    post = to_post(json.dumps(GOOD[to_post] | changes).encode(), HASH_AUTHOR, dropped)
    if post is None:
        assert dropped.total() == dropped["malformed"] + dropped["not_a_post"] == 1
        return
    assert msgspec.json.decode(msgspec.json.encode(post), type=Post) == post
    assert len(post.hashtags) == len(set(post.hashtags)) == len(post.spellings)
    assert [fold(spelling) for spelling in post.spellings] == post.hashtags
    assert all(0 < len(text) <= MAX_HASHTAG_CHARACTERS for text in (*post.hashtags, *post.spellings))


@pytest.mark.parametrize("to_post", list(FIELDS))
@settings(max_examples=300, deadline=None)
@given(line=st.binary(max_size=60))
def test_no_rubbish_stops_a_translator(to_post, line):
    dropped: Counter[str] = Counter()
    assert to_post(line, HASH_AUTHOR, dropped) is None
    assert dropped.total() == 1


@settings(max_examples=300, deadline=None)
@given(line=st.binary(max_size=60) | st.recursive(VALUES, st.lists).map(lambda value: json.dumps(value).encode()))
def test_no_line_of_a_recording_stops_it(line):
    for around in (b"%s", b"[%s]", b'{"data":%s}', b'{"data":[%s],"includes":%s}', b'{"statuses":%s}', b"data: %s"):
        dropped: Counter[str] = Counter()
        assert list(recorded_post.read_posts(around.replace(b"%s", line), HASH_AUTHOR, dropped)) == []
        assert isinstance(recorded_post.fault_of(line), str)
