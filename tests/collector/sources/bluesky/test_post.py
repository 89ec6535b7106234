"""Jetstream's events, of both versions, to posts."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from collector.sources.bluesky.post import to_post
from contract.language import normalise_language
from tests.collector.made_up import HASH_AUTHOR

DID = "did:plc:tn3hni2jpphsgl6amfbb7ja6"
POSTS = "app.bsky.feed.post"


def facet(*features: object) -> dict:
    return {"index": {"byteStart": 0, "byteEnd": 4}, "features": list(features)}


def tag(name: object) -> dict:
    return {"$type": "app.bsky.richtext.facet#tag", "tag": name}


def version_1(record: object, **changes: object) -> bytes:
    commit = {"operation": "create", "collection": POSTS, "rkey": "3mptbypfywk2v", "record": record, "cid": "b"}
    event = {"did": DID, "time_us": 1783175888172335, "kind": "commit"}
    in_commit = {name: value for name, value in changes.items() if name in commit}
    return json.dumps(event | changes | {"commit": commit | in_commit}).encode()


def version_2(record: object, **changes: object) -> bytes:
    payload = {
        "$type": "network.bsky.jetstream.subscribeEvents#commit",
        "seq": 12345,
        "did": DID,
        "time": "2026-07-04T14:38:08.172335Z",
        "operation": "create",
        "collection": POSTS,
        "rkey": "3mptbypfywk2v",
        "cid": "b",
        "record": record,
    }
    return json.dumps({"$type": "message", "payload": payload | changes}).encode()


def post_of(event: bytes):
    dropped: Counter[str] = Counter()
    return to_post(event, HASH_AUTHOR, dropped), dict(dropped)


RECORD = {
    "$type": POSTS,
    "createdAt": "0000-01-01T00:00:00.00000000Z",
    "langs": ["xx", "en-US", "de"],
    "text": "#Tea #not a facet $AAPL",
    "facets": [
        facet(tag("Tea"), tag("$AAPL")),
        facet({"$type": "app.bsky.richtext.facet#link", "uri": "https://a.b"}, tag("TEA")),
        facet({"$type": "blue.other.facet#hashtag", "tag": "other"}, tag(None), "no feature"),
        "no facet",
    ],
    "tags": ["beside", "two words", 7, "$MSFT"],
}


@pytest.mark.parametrize("event", [version_1(RECORD), version_2(RECORD)])
def test_both_versions_give_the_same_post(event):
    post, dropped = post_of(event)
    assert (post.hashtags, post.spellings, post.lang) == (["tea", "beside"], ["Tea", "beside"], "en")
    assert post.created_at == datetime(2026, 7, 4, 14, 38, 8, 172335, tzinfo=UTC)
    assert (post.id, post.author) == (
        f"bluesky:{HASH_AUTHOR(DID, post.created_at)}/3mptbypfywk2v",
        HASH_AUTHOR(DID, post.created_at),
    )
    assert dropped == {"unusable_hashtag": 3}


def test_a_post_has_no_account_and_no_text():
    post, _ = post_of(version_1(RECORD))
    written = msgspec.json.encode(post).decode()
    assert "did:" not in written
    assert "facet" not in written


@pytest.mark.parametrize("make", [version_1, version_2])
@pytest.mark.parametrize(
    "changes",
    [{"operation": "update"}, {"operation": "delete", "record": None}, {"collection": "app.bsky.feed.like"}],
)
def test_only_the_creation_of_a_post_counts(make, changes):
    assert post_of(make(**{"record": RECORD} | changes)) == (None, {"not_a_post": 1})


@pytest.mark.parametrize(
    "event",
    [
        b'{"did":"did:plc:a","time_us":1,"kind":"identity","identity":{}}',
        b'{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#info","name":"x"}}',
        b'{"$type":"error","error":"ConsumerTooSlow"}',
    ],
)
def test_events_without_a_record_are_not_posts(event):
    assert post_of(event) == (None, {"not_a_post": 1})


@pytest.mark.parametrize(
    "event",
    [
        b"{broken",
        b"\xff",
        b"[]",
        version_1(RECORD, did=""),
        version_1(RECORD, did=5),
        version_1(RECORD, rkey="a b"),
        version_1(RECORD, rkey=""),
        version_1(RECORD, time_us=None),
        version_1(RECORD, time_us=True),
        version_1(RECORD, time_us=10**30),
        version_1(RECORD, time_us=-1),
        version_2(RECORD, time="2026-07-04 noon"),
        version_2(RECORD, time=1783175888172335),
    ],
)
def test_an_event_without_a_usable_name_or_time_is_malformed(event):
    assert post_of(event) == (None, {"malformed": 1})


@pytest.mark.parametrize(
    "record",
    [
        None,
        "text",
        {"facets": None, "tags": None, "langs": None},
        {"facets": "a", "tags": "b", "langs": 5},
        {"facets": [{"features": {}}, {}, None], "langs": [None, 5, ["en"]]},
    ],
)
def test_a_damaged_record_loses_only_its_damaged_fields(record):
    post, dropped = post_of(version_1(record))
    assert (post.hashtags, post.lang, dropped) == ([], "und", {})


def recorded_events(shared_data):
    samples = shared_data / "samples"
    for line in (samples / "bluesky.ndjson").read_text().splitlines():
        yield json.loads(line)["raw"]
    yield from (samples / "jetstream_corpus_2026-07-04.jsonl").read_text().splitlines()


RECORDED_EVENTS = 169
RECORDED_POSTS = {
    **{1: ("en", 0), 10: ("de", 2), 11: ("es", 2), 18: ("en", 0), 20: ("ja", 0), 42: ("ko", 0), 57: ("en", 0)},
    **{62: ("de", 2), 70: ("tr", 0), 71: ("tr", 0), 72: ("tr", 0), 104: ("en", 0), 110: ("en", 0), 126: ("en", 0)},
    **{140: ("en", 0), 147: ("en", 0), 150: ("und", 0), 157: ("en", 0), 160: ("ru", 0), 164: ("es", 2)},
}
"""The recorded events that are posts, by their place in both files together: language and number of hashtags."""


def test_every_recorded_event_is_listed_and_becomes_its_post_or_none(shared_data):
    posts = {}
    for place, raw in enumerate(recorded_events(shared_data)):
        event = json.loads(raw)
        commit = event.get("commit", {})
        post, dropped = post_of(raw.encode())
        if (commit.get("operation"), commit.get("collection")) != ("create", POSTS):
            assert (post, dropped) == (None, {"not_a_post": 1})
            continue
        posts[place] = (post.lang, len(post.hashtags))
        record = commit["record"]
        features = [feature for facet in record.get("facets", []) for feature in facet["features"]]
        tags = [feature["tag"] for feature in features if feature["$type"] == "app.bsky.richtext.facet#tag"]
        assert (post.hashtags, post.spellings) == ([written.lower() for written in tags], tags)
        assert post.id == f"bluesky:{HASH_AUTHOR(event['did'], post.created_at)}/{commit['rkey']}"
        assert int(post.created_at.timestamp()) == event["time_us"] // 1_000_000
        assert post.created_at.microsecond == event["time_us"] % 1_000_000
        assert post.lang == normalise_language(record.get("langs"))
        assert dropped == {}
    assert (place + 1, posts) == (RECORDED_EVENTS, RECORDED_POSTS)


def as_version_2(raw: str, seq: int) -> bytes:
    """A recorded event of version 1 as version 2 sends it."""
    event = json.loads(raw)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=event["time_us"])
    head = {"seq": seq, "did": event["did"], "time": f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"}
    return json.dumps({"$type": "message", "payload": head | event.get("commit", {})}).encode()


def test_a_recorded_event_is_the_same_post_in_version_2(shared_data):
    for seq, raw in enumerate(recorded_events(shared_data)):
        assert post_of(as_version_2(raw, seq)) == post_of(raw.encode())


TID_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"


def record_key(moment: datetime) -> str:
    """The record key that a client makes at a moment."""
    number = round(moment.timestamp() * 1e6) << 10
    return "".join(TID_ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


@pytest.mark.parametrize("seconds", [-2, 0.05, 3])
def test_a_post_at_midnight_has_the_same_id_on_two_servers_that_saw_it_on_two_days(seconds):
    midnight = datetime(2026, 7, 5, tzinfo=UTC)
    rkey = record_key(midnight + timedelta(seconds=seconds))
    seen = [midnight - timedelta(milliseconds=1), midnight + timedelta(seconds=9)]
    posts = [post_of(version_2(RECORD, rkey=rkey, time=f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"))[0] for moment in seen]
    assert [post.created_at.day for post in posts] == [4, 5]
    assert posts[0].id == posts[1].id
    assert posts[0].author != posts[1].author


@pytest.mark.parametrize("rkey", ["self", "2222222222222", "zzzzzzzzzzzzz", "jzzzzzzzzzzzz", "3mptbypfywk2v"])
def test_a_record_key_that_is_no_near_time_is_ignored_at_midnight(rkey):
    post, _ = post_of(version_2(RECORD, rkey=rkey, time="2026-07-05T00:00:01.000000Z"))
    assert post.id == f"bluesky:{HASH_AUTHOR(DID, post.created_at)}/{rkey}"


@pytest.mark.parametrize("make", [version_1, version_2])
@pytest.mark.parametrize(
    ("age", "is_new"),
    [
        (timedelta(minutes=-5), True),
        (timedelta(hours=23), True),
        (timedelta(hours=26), False),
        (timedelta(days=800), False),
        (timedelta(days=9_000), True),
    ],
)
def test_an_old_post_that_is_sent_as_created_is_not_new(make, age, is_new):
    """A time before all short public posts is none."""
    rkey = record_key(datetime(2026, 7, 4, 14, 38, 8, tzinfo=UTC) - age)
    post, dropped = post_of(make(RECORD, rkey=rkey))
    assert (post is not None, "not_new" in dropped) == (is_new, not is_new)
