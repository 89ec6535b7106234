"""Mastodon's statuses to posts."""

import json
from collections import Counter
from datetime import UTC, datetime

import msgspec
import pytest

from collector.sources.mastodon.events import Event, EventReader
from collector.sources.mastodon.post import event_to_post, to_post
from tests.collector.made_up import HASH_AUTHOR

PAGE = "https://fosstodon.org/@tea"
STATUS = {
    "id": "108913983692647032",
    "created_at": "2022-08-30T21:38:22.000Z",
    "visibility": "public",
    "language": "en",
    "uri": "https://fosstodon.org/users/tea/statuses/108913983628474640",
    "content": "<p>#Tea</p>",
    "reblog": None,
    "edited_at": None,
    "account": {"id": "1081104", "acct": "tea@fosstodon.org", "url": PAGE, "bot": False},
    "tags": [{"name": "Tea", "url": "https://fosstodon.org/tags/tea"}, {"name": "Café"}],
}


def bare(**changes: object) -> bytes:
    return json.dumps(STATUS | changes).encode()


def by_websocket(event: str = "update", **changes: object) -> bytes:
    return json.dumps({"stream": ["public"], "event": event, "payload": json.dumps(STATUS | changes)}).encode()


def post_of(status: bytes):
    dropped: Counter[str] = Counter()
    return to_post(status, HASH_AUTHOR, dropped), dict(dropped)


@pytest.mark.parametrize("status", [bare(), by_websocket()])
def test_a_status_is_read_alone_or_from_a_websocket_event(status):
    post, dropped = post_of(status)
    assert (post.hashtags, post.spellings, post.lang) == (["tea", "café"], ["Tea", "Café"], "en")
    assert post.created_at == datetime(2022, 8, 30, 21, 38, 22, tzinfo=UTC)
    assert post.id == f"mastodon:{HASH_AUTHOR(STATUS['uri'], post.created_at)}"
    assert (post.author, dropped) == (HASH_AUTHOR(PAGE, post.created_at), {})


def test_another_servers_copy_is_the_same_post():
    original, _ = post_of(by_websocket())
    copy, _ = post_of(bare(id="5", account={"id": "9", "acct": "tea", "url": PAGE}))
    assert (copy.id, copy.author) == (original.id, original.author)


def test_the_event_of_an_edit_is_no_post_since_its_post_counted_when_it_was_new():
    assert post_of(by_websocket("status.update", edited_at="2022-08-30T22:00:00Z")) == (None, {"not_a_post": 1})
    assert post_of(bare(edited_at="2022-08-30T22:00:00Z"))[0] is not None


def test_posts_of_bots_count_only_on_request():
    by_bot = bare(account={"url": PAGE, "bot": True})
    assert post_of(by_bot) == (None, {"bot": 1})
    dropped: Counter[str] = Counter()
    assert to_post(by_bot, HASH_AUTHOR, dropped, with_bots=True).hashtags == ["tea", "café"]
    assert not dropped


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (Event(b"update", bare()), None),
        (Event(b"update", None), "too_long"),
        (Event(b"update", b"{"), "malformed"),
        (Event(b"status.update", bare()), "not_a_post"),
        (Event(b"delete", b"107"), "not_a_post"),
        (Event(b"unheard.of", bare()), "not_a_post"),
        (Event(b"", bare()), "not_a_post"),
    ],
)
def test_only_the_event_of_a_new_status_is_a_post(event, reason):
    dropped: Counter[str] = Counter()
    assert (event_to_post(event, HASH_AUTHOR, dropped) is not None) == (reason is None)
    assert dropped == ({reason: 1} if reason else {})


def test_a_post_has_no_account_and_no_address():
    assert "fosstodon" not in msgspec.json.encode(post_of(bare())[0]).decode()


@pytest.mark.parametrize(
    "status",
    [
        bare(reblog=STATUS, tags=STATUS["tags"]),
        bare(visibility="private"),
        bare(visibility="direct"),
        b'{"stream":["public"],"event":"delete","payload":"106692867363994015"}',
        b'{"error":"Unknown stream type","status":400}',
        b'{"type":"subscribe","stream":"hashtag:local","tag":"foo"}',
    ],
)
def test_boosts_deletions_and_private_messages_are_not_posts(status):
    assert post_of(status) == (None, {"not_a_post": 1})


@pytest.mark.parametrize(
    "status",
    [
        b"OK",
        b"106692867363994015",
        b"\xff",
        bare(uri=""),
        bare(uri=" "),
        bare(uri=5),
        bare(created_at=None),
        bare(created_at="2022-08-30"),
        b'{"stream":["public"],"event":"update","payload":"{broken"}',
    ],
)
def test_a_status_without_a_usable_name_or_time_is_malformed(status):
    assert post_of(status) == (None, {"malformed": 1})


@pytest.mark.parametrize("account", [None, 5, {}, {"url": None}, {"url": 5.0}, []])
def test_a_post_without_an_account_has_no_author(account):
    assert post_of(bare(account=account))[0].author is None


@pytest.mark.parametrize(
    ("tags", "keys", "unusable"),
    [(None, [], 0), ("tea", ["tea"], 0), ([None, {}, {"name": 5}, {"name": "tea"}], ["tea"], 3), ({}, [], 0)],
)
def test_damaged_tags_lose_only_themselves(tags, keys, unusable):
    post, dropped = post_of(bare(tags=tags, language=["en"] if tags is None else None))
    assert (post.hashtags, dropped.get("unusable_hashtag", 0)) == (keys, unusable)
    assert post.lang == ("en" if tags is None else "und")


def events_of(sample: dict) -> list[Event]:
    """Return the events of a sample, as its server would send them."""
    raw = sample["raw"].encode()
    return EventReader().feed(raw) if sample["kind"].startswith("sse") else [Event(b"", raw)]


def outcome(sample: dict, event: Event) -> str:
    """Return what a recorded event becomes, after comparing a post with what was recorded."""
    dropped: Counter[str] = Counter()
    is_sse = sample["kind"].startswith("sse")
    post = (event_to_post if is_sse else lambda event, *rest: to_post(event.data, *rest))(event, HASH_AUTHOR, dropped)
    if post is None:
        assert dropped.total() == 1
        return next(iter(dropped))
    status = json.loads(event.data)
    status = json.loads(status["payload"]) if "payload" in status else status
    assert post.created_at == datetime.fromisoformat(status["created_at"])
    assert post.id == f"mastodon:{HASH_AUTHOR(status['uri'], post.created_at)}"
    assert post.author == HASH_AUTHOR(status["account"]["url"], post.created_at)
    assert post.lang == (status["language"] or "und")
    assert post.spellings == [tag["name"] for tag in status["tags"]]
    assert not dropped
    return "a post"


def test_every_recorded_line_becomes_its_post_or_is_dropped_for_a_reason(shared_data):
    lines = (shared_data / "samples" / "mastodon.ndjson").read_text().splitlines()
    samples = [json.loads(line) for line in lines]
    found = [
        (sample["kind"], [(event.name.decode(), outcome(sample, event)) for event in events_of(sample)])
        for sample in samples
    ]
    new, edited, deleted = ("update", "a post"), ("status.update", "not_a_post"), ("delete", "not_a_post")
    notified = ("notification", "not_a_post")
    assert found == [
        ("sse:update", [new]),
        ("sse:status.update", [edited]),
        ("sse:update", [new]),
        ("sse:delete", [deleted]),
        ("sse:status.update", [edited]),
        ("sse:update", [new]),
        ("sse:delete", [deleted]),
        ("sse:status.update", [edited]),
        ("sse:update", [new]),
        ("sse:delete", [deleted]),
        ("sse:status.update", [edited]),
        ("sse:status.update", [edited]),
        ("sse:heartbeat", []),
        ("http_health", [("", "malformed")]),
        ("http_400", [("", "not_a_post")]),
        ("ws_error", [("", "not_a_post")]),
        ("ws_subscribe", [("", "not_a_post")]),
        ("ws:update", [("", "a post")]),
        ("ws:delete", [("", "not_a_post")]),
        ("sse:session", [new]),
        ("sse:session", [("conversation", "not_a_post")] * 2),
        ("sse:session", [new, notified, ("update", "not_a_post"), notified, edited, deleted]),  # the second is private
    ]
