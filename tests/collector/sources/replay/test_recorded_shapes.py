"""Recorded data of networks -> posts, by their shape."""

import json
from collections import Counter
from pathlib import Path

import pytest

from collector.sources.replay.posts import fault_of, read_posts
from contract.post import MAX_LINE_BYTES
from tests.collector.made_up import HASH_AUTHOR, NOON, recorded

V1_TIME = "Wed Mar 04 12:00:00 +0000 2026"
V2_TIME = "2026-03-04T12:00:00.000Z"


def read(value: object) -> tuple[list, dict[str, int]]:
    dropped: Counter[str] = Counter()
    line = value if isinstance(value, bytes) else json.dumps(value).encode()
    return list(read_posts(line, HASH_AUTHOR, dropped)), dict(+dropped)


def one(value: object):
    posts, dropped = read(value)
    assert (len(posts), dropped) == (1, {})
    assert posts[0].created_at == NOON
    return posts[0]


def v1(**fields: object) -> dict:
    return {
        "created_at": V1_TIME,
        "id": 1860,
        "id_str": "1860",
        "text": "#Tea",
        "truncated": False,
        "user": {"id_str": "7"},
        "lang": "en",
        "entities": {"hashtags": [{"text": "Tea", "indices": [0, 4]}]},
    } | fields


def v2(**fields: object) -> dict:
    entities = {"hashtags": [{"start": 0, "end": 4, "tag": "Tea"}]}
    return {"id": "1860", "created_at": V2_TIME, "text": "#Tea", "lang": "en", "entities": entities} | fields


def jetstream(**fields: object) -> dict:
    record = {"$type": "app.bsky.feed.post", "langs": ["en"], "tags": ["Tea"], "text": "#Tea"}
    commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k", "record": record}
    return {"did": "did:plc:a", "time_us": int(NOON.timestamp() * 1e6), "kind": "commit", "commit": commit | fields}


def jetstream_v2() -> dict:
    kind = "network.bsky.jetstream.subscribeEvents#commit"
    payload = {"$type": kind, "seq": 1, "did": "did:plc:a", "time": V2_TIME} | jetstream()["commit"]
    return {"$type": "message", "payload": payload}


def mastodon(**fields: object) -> dict:
    return {
        "id": "1",
        "uri": "https://m.example/1",
        "created_at": V2_TIME,
        "language": "en",
        "visibility": "public",
        "account": {"url": "https://m.example/@a"},
        "tags": [{"name": "tea"}],
    } | fields


SHAPES = {
    "ours": json.loads(recorded(1, NOON, lang="en", hashtags=["Tea"])),
    "x v1.1 status": v1(),
    "x v2 stream line": {"data": v2(), "matching_rules": []},
    "x v2 bare post": v2(),
    "jetstream v1": jetstream(),
    "jetstream v2": jetstream_v2(),
    "mastodon status": mastodon(),
    "mastodon websocket event": {"stream": ["public"], "event": "update", "payload": json.dumps(mastodon())},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_read_alone_in_an_array_and_printed_over_lines(shape):
    value = SHAPES[shape]
    post = one(value)
    assert (post.lang, [key.casefold() for key in post.hashtags]) == ("en", ["tea"])
    assert one([value]) == post
    assert one(json.dumps(value, indent=2).encode()) == post
    assert one(b"\xef\xbb\xbf" + json.dumps(value).encode() + b"\r") == post
    assert one(b"data: " + json.dumps(value).encode()) == post


def test_a_page_has_all_its_posts_and_the_originals_of_its_retweets():
    retweet = v2(id="2", entities={}, referenced_tweets=[{"type": "retweeted", "id": "5"}])
    original = v2(id="5", entities={"hashtags": [{"tag": "Whole"}]})
    page = {"data": [v2(), retweet, {"id": "3"}], "includes": {"users": [{}], "tweets": [5, original]}, "meta": {}}
    posts, dropped = read(page)
    assert [(post.id, post.hashtags) for post in posts] == [("x:1860", ["tea"]), ("x:2", ["whole"])]
    assert dropped == {"malformed": 1}
    assert [post.id for post in read({"statuses": [v1()], "search_metadata": {}})[0]] == ["x:1860"]
    assert len(read({"accounts": [], "statuses": [mastodon()], "hashtags": [{"name": "tea"}]})[0]) == 1
    assert read({"data": [], "meta": {"result_count": 0}}) == ([], {"not_a_post": 1})


def test_a_page_longer_than_our_own_lines_is_read_completely():
    page = {"data": [v2(id=str(number)) for number in range(5_000)], "meta": {}}
    assert len(json.dumps(page)) > 10 * MAX_LINE_BYTES
    assert len(read(page)[0]) == 5_000
    assert len(read(v2(text="x" * MAX_LINE_BYTES))[0]) == 1
    assert read(json.loads(recorded(1, NOON, text="x" * MAX_LINE_BYTES))) == ([], {"too_long": 1})
    assert read(v2(text="x" * 2**20)) == ([], {"too_long": 1})


def test_a_status_of_api_1_has_the_hashtags_of_its_whole_text():
    more = {"hashtags": [{"text": "Tea"}, {"text": "Cup"}]}
    assert one(v1(truncated=True, extended_tweet={"full_text": "#Tea #Cup", "entities": more})).hashtags == [
        "tea",
        "cup",
    ]
    assert one(v1(retweeted_status=v1(entities=more))).hashtags == ["tea", "cup"]
    extended = v1(truncated=True, extended_tweet={"full_text": "#Tea #Cup", "entities": more})
    assert one(v1(entities={"hashtags": []}, retweeted_status=extended)).hashtags == ["tea", "cup"]
    assert one(v1(quoted_status=v1(entities=more))).hashtags == ["tea"]
    clipped = {"hashtags": [{"text": "Tea"}, {"text": "Cu"}]}
    assert one(v1(text="RT @a: #Tea #Cu…", entities=clipped)).hashtags == ["tea"]
    assert one(v1(text="#Tea #Cu… https://t.co/a", truncated=True, entities=clipped)).hashtags == ["tea"]
    assert one(v1(text="RT @a: #Tea #Cu…", entities=None)).hashtags == ["tea"]


@pytest.mark.parametrize("clock_and_zone", ["23:59:59 +0000", "23:59:60 +0000"])
def test_a_status_of_api_1_stays_in_its_day(clock_and_zone):
    (post,), _ = read(v1(created_at=f"Sat Dec 31 {clock_and_zone} 2016"))
    assert (post.created_at.year, post.created_at.second) == (2016, 59)


def test_versions_of_an_edited_status_of_api_1_are_one_post():
    history = {"initial_tweet_id": "1860", "edit_tweet_ids": ["1860", "1861"]}
    assert one(v1(id=1861, id_str="1861", edit_history=history)).id == "x:1860"
    assert one(v1(edit_history={"initial_tweet_id": None})).id == one(v1(edit_history=[])).id == "x:1860"


def test_the_same_post_has_one_id_in_both_apis():
    first, second = one(v1(id_str=None)), one(v2(id=1860, author_id=7))
    assert (first.id, first.author) == (second.id, second.author) == ("x:1860", HASH_AUTHOR("7", first.created_at))


@pytest.mark.parametrize(
    "notice",
    [
        {"delete": {"status": {"id": 1, "id_str": "1", "user_id": 7}}},
        {"limit": {"track": 5}},
        {"errors": [{"title": "operational-disconnect"}]},
        {"title": "ConnectionException", "connection_issue": "TooManyConnections"},
        {"meta": {}},
        {"data": None, "errors": []},
        jetstream(operation="delete"),
        jetstream(collection="app.bsky.feed.like"),
        {"did": "did:plc:a", "time_us": 1, "kind": "identity", "identity": {}},
        {"$type": "message", "payload": {"$type": "network.bsky.jetstream.subscribeEvents#info"}},
        {"$type": "error", "error": "ConsumerTooSlow"},
        {"event": "delete", "payload": "1"},
        mastodon(reblog=mastodon()),
        b"data: 107214471804101576",
    ],
)
def test_other_messages_of_a_network_are_neither_posts_nor_malformed(notice):
    assert read(notice) == ([], {"not_a_post": 1})


def test_the_frame_of_a_server_sent_event_is_ignored():
    assert [read(line) for line in (b"event: update", b":thump", b"id: 5", b"", b"\r", b" ")] == [([], {})] * 6


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"id,created_at,lang", "is not JSON"),
        (b"\x00\x01\x02", "is not JSON"),
        (b'{"id":1', "is not JSON"),
        (b'{"a":' * 100_000, "is longer than 65,536 bytes"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "is not JSON"),
        (b"7", "is not a JSON object"),
        (b"[]", "is not a JSON object"),
        (b'{"id":"1","created_at":"2026-03-04T12:00:00Z","lang":"en"}', "has no key hashtags"),
        (b'{"id":"","created_at":"2026-03-04T12:00:00Z","hashtags":[]}', "without a usable id or created_at"),
        (b'{"id":"1","created_at":"2026-03-04T12:00:00","hashtags":[]}', "without a usable id or created_at"),
        (json.dumps({"data": [{"id": "1", "text": "no time"}]}).encode(), "without a usable id or created_at"),
        (b'{"limit":{"track":5}}', "is something else that a network sends"),
        (b"x" * 70_000, "is longer than 65,536 bytes"),
    ],
)
def test_a_line_without_a_post_has_a_reason(line, words):
    assert read(line)[0] == []
    assert words in fault_of(line)


def samples(folder: Path, name: str) -> list[dict]:
    return [json.loads(line) for line in (folder / "samples" / name).read_text().splitlines()]


def outcomes(folder: Path, name: str) -> list[tuple[str, int, int, str]]:
    """For each sample its kind, its number of posts and of hashtags, and the reason if there are none."""
    found = []
    for sample in samples(folder, name):
        lines = sample["raw"].encode().split(b"\n")
        results = [read(line) for line in lines if line.strip()]
        posts = [post for some, _ in results for post in some]
        reasons = sorted({reason for _, dropped in results for reason in dropped})
        found.append((sample["kind"], len(posts), sum(len(post.hashtags) for post in posts), " ".join(reasons)))
    return found


def test_every_recorded_sample_becomes_its_posts(shared_data):
    not_a_post = (0, 0, "not_a_post")
    assert outcomes(shared_data, "x.ndjson") == [
        ("stream_line", 1, 0, ""),
        ("stream_line", 1, 0, ""),
        ("stream_line", 0, 0, "malformed"),  # without a time
        ("stream_line", 0, 0, "malformed"),
        ("stream_line", 1, 0, ""),
        ("stream_line", 1, 0, ""),
        ("rules_add_response", 0, 0, "malformed"),
        ("rules_add_duplicate", *not_a_post),
        ("http_429", *not_a_post),
        ("in_stream_error", *not_a_post),
        ("keep_alive", 0, 0, ""),
        ("rules_list_response", 0, 0, "malformed"),
        ("rate_headers", 0, 0, "malformed"),
        ("post_object", 1, 2, ""),
        ("post_object", 1, 1, ""),
        ("post_object", 1, 2, ""),
        ("post_object", 1, 1, ""),
        ("post_object", 1, 1, ""),
        ("post_object", 1, 2, ""),
    ]
    bluesky = outcomes(shared_data, "bluesky.ndjson")
    assert {outcome[1:] for outcome in bluesky} == {not_a_post, (1, 0, ""), (1, 2, "")}
    assert [number for number, outcome in enumerate(bluesky) if outcome[1]] == [1, 10, 11]
    assert outcomes(shared_data, "mastodon.ndjson") == [
        ("sse:update", 1, 0, ""),
        ("sse:status.update", 1, 0, ""),
        ("sse:update", 1, 0, ""),
        ("sse:delete", *not_a_post),
        ("sse:status.update", 1, 4, ""),
        ("sse:update", 1, 0, ""),
        ("sse:delete", *not_a_post),
        ("sse:status.update", 1, 0, ""),
        ("sse:update", 1, 1, ""),
        ("sse:delete", *not_a_post),
        ("sse:status.update", 1, 1, ""),
        ("sse:status.update", 1, 0, ""),
        ("sse:heartbeat", 0, 0, ""),
        ("http_health", 0, 0, "malformed"),
        ("http_400", *not_a_post),
        ("ws_error", *not_a_post),
        ("ws_subscribe", 0, 0, "malformed"),
        ("ws:update", 1, 0, ""),
        ("ws:delete", *not_a_post),
        ("sse:session", 1, 0, ""),
        ("sse:session", 0, 0, "malformed"),  # of a private conversation
        ("sse:session", 2, 0, "malformed not_a_post"),
    ]
    corpus = (shared_data / "samples" / "jetstream_corpus_2026-07-04.jsonl").read_bytes().splitlines()
    results = [read(line) for line in corpus]
    assert sum(len(posts) for posts, _ in results) == 17
    assert sum(dropped.get("not_a_post", 0) for _, dropped in results) == 135
