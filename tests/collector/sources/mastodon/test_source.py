"""The Mastodon source against a stand-in with the recorded wire format."""

import contextlib
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from collector.mastodon_servers import Server
from collector.sources import PostBatch
from collector.sources.fields import MAX_POST_BYTES
from collector.sources.mastodon.client import Patience
from collector.sources.mastodon.source import MastodonSource, read_places
from contract.gap import Gap
from contract.post import Post
from tests.collector.made_up import HASH_AUTHOR
from tests.standins.mastodon import MastodonStandIn, event, status_of
from tests.standins.script import (
    Abort,
    Close,
    CloseMidChunk,
    CutInCharacter,
    Disorder,
    Duplicates,
    Garbage,
    HalfLine,
    Hang,
    MadeUpPost,
    Meanwhile,
    Refuse,
    Send,
    Silence,
    Trickle,
    Withhold,
    too_many,
    unavailable,
)

QUICK = Patience(connect=60.0, silence=60.0, steady=60.0, delays=0.01)
LEAVES_SOON = replace(QUICK, silence=2.0)
"""For servers that hang or are silent. Others send a heartbeat every 15 s, divided by the speed of their script."""
PATIENCE_SECONDS = 120
ON_THE_WAY = timedelta(seconds=1)
START = datetime(2026, 3, 4, 12, tzinfo=UTC)


class Reading:
    """A source that runs, and what came from it."""

    def __init__(self, source: MastodonSource, cursor=None) -> None:
        self.source = source
        self.stop = threading.Event()
        self.posts: list[Post] = []
        self.dropped: Counter[str] = Counter()
        self.gaps: list[Gap] = []
        self.cursor = cursor
        self._batches: Iterator[PostBatch] = source.batches(cursor, self.stop)

    def until(self, condition: Callable[[], object]) -> None:
        """Read on until a condition holds."""
        deadline = monotonic() + PATIENCE_SECONDS
        for batch in self._batches:
            self.posts += batch.posts
            self.dropped.update(batch.dropped)
            self.gaps += batch.gaps
            self.cursor = batch.cursor
            if condition():
                return
            assert monotonic() < deadline, (self.source.state, self.dropped, self.gaps)

    def until_posts(self, *stand_ins: MastodonStandIn) -> None:
        """Read on until everything has come that the stand-ins' scripts send, and compare it."""
        self.until(
            lambda: (
                all(stand_in.script.finished.is_set() for stand_in in stand_ins)
                and len(self.unique) >= len(expected(*stand_ins))
            )
        )
        assert self.unique == expected(*stand_ins)

    @property
    def unique(self) -> dict[str, Post]:
        return {post.id: post for post in self.posts}


def expected(*stand_ins: MastodonStandIn) -> dict[str, Post]:
    return {made.id: made for stand_in in stand_ins for made in (expected_post(post) for post in stand_in.record.sent)}


def expected_post(post: MadeUpPost) -> Post:
    """Return the post that must come of a made-up one."""
    moment = post.moment.replace(microsecond=post.moment.microsecond // 1_000 * 1_000)
    address = f"https://made-up.example/users/{post.account}/statuses/{post.number}"
    spellings = list(post.hashtags)
    keys = [tag.casefold() if tag != "🌧️" else "🌧" for tag in spellings]
    return Post(
        f"mastodon:{HASH_AUTHOR(address, moment)}",
        moment,
        post.language or "und",
        keys,
        spellings,
        HASH_AUTHOR(f"https://made-up.example/@{post.account}", moment),
    )


def source_of(*stand_ins: MastodonStandIn, token: str = "", patience: Patience = QUICK) -> MastodonSource:
    servers = [Server(stand_in.name, stand_in.url, token) for stand_in in stand_ins]
    return MastodonSource(servers, False, HASH_AUTHOR, patience=patience)


@contextlib.contextmanager
def reading(source: MastodonSource, cursor=None) -> Iterator[Reading]:
    reading = Reading(source, cursor)
    yield reading
    reading.stop.set()


@pytest.mark.parametrize("chunked", [True, False])
def test_every_post_comes_once_and_what_is_none_is_counted(chunked):
    with (
        MastodonStandIn([Send(60), Send(6, 1)], speed=20, chunked=chunked, noise=True) as server,
        reading(source_of(server)) as read,
    ):
        read.until_posts(server)
    assert len(read.posts) == 66
    assert read.dropped == {"not_a_post": 66, "bot": 11}
    assert (read.source.state.state, read.source.state.detail) == ("connected", server.name)
    assert read.gaps == []


FAILURES = [
    pytest.param(steps, reason, id=reason or str(steps[0]))
    for steps, reason in [
        ([Close()], "closed the stream"),
        ([Abort()], "lost the connection"),
        ([HalfLine()], "closed the stream"),
        ([CutInCharacter()], "closed the stream"),
        ([CloseMidChunk()], "lost the connection"),
        ([Silence(120)], "was silent for 2 s"),
        ([Close(), unavailable()], "closed the stream"),
        ([Close(), Hang()], "closed the stream"),
        ([Close(), Refuse(404, b"<html>")], "closed the stream"),
        ([Close(), too_many()], "closed the stream"),
        ([Close(), Meanwhile(5), Withhold(5)], "closed the stream"),
    ]
]


@pytest.mark.parametrize(("steps", "reason"), FAILURES)
def test_every_failure_leads_to_a_new_connection_and_one_gap(steps, reason):
    is_slow = any(isinstance(step, Silence | Hang) for step in steps)
    with (
        MastodonStandIn([Send(10), *steps, Send(10)], speed=30) as server,
        reading(source_of(server, patience=LEAVES_SOON if is_slow else QUICK)) as read,
    ):
        began = datetime.now(UTC)
        read.until_posts(server)
        ended = datetime.now(UTC)
    assert len(read.posts) == 20
    starts = {(gap.start, gap.reason) for gap in read.gaps}
    assert [reason for _, reason in starts] == [f"{server.name} {reason}"]
    assert began - ON_THE_WAY <= read.gaps[0].start <= read.gaps[-1].end <= ended + timedelta(seconds=1)
    assert read.source.state.state == "connected"


@pytest.mark.parametrize(
    "steps", [[Duplicates(5)], [Disorder(5)], [Trickle(3, 5, 0.0001)], [Withhold(5)], [Garbage(b"{")]]
)
def test_an_unruly_stream_loses_nothing(steps):
    with MastodonStandIn([Send(10), *steps, Send(10)]) as server, reading(source_of(server)) as read:
        read.until_posts(server)
    assert read.gaps == []
    assert read.dropped == ({"malformed": 1} if isinstance(steps[0], Garbage) else {})


def test_an_event_that_is_too_long_is_dropped_and_the_next_one_counts():
    long = status_of(MadeUpPost(9, START, "a", "en", ()), content="x" * MAX_POST_BYTES)
    with MastodonStandIn([Send(1), Garbage(long), Send(1)]) as server, reading(source_of(server)) as read:
        read.until_posts(server)
    assert read.dropped == {"too_long": 1}


def test_a_post_on_two_servers_comes_with_one_id_and_one_server_that_fails_leaves_the_other(caplog):
    caplog.set_level(logging.INFO)
    steps = [Send(20)]
    with (
        MastodonStandIn(steps) as one,
        MastodonStandIn([Send(20), Close(), *[unavailable()] * 50], make=one.record.make) as other,
        reading(source_of(one, other)) as read,
    ):
        read.until(lambda: len(read.posts) == 40 and "503" in read.source.state.detail)
        state = read.source.state
    assert len(read.unique) == 20
    assert state.state == "connected"
    assert state.detail.startswith(f"1 of 2 servers: {one.name}; {other.name} answered 503; next try in ")
    assert {gap.reason for gap in read.gaps} == {f"{other.name} closed the stream"}


def test_a_token_is_sent_in_a_header_and_never_in_an_address_or_a_log(caplog):
    caplog.set_level(logging.DEBUG)
    with MastodonStandIn([Send(1)], token="s3cret") as server, reading(source_of(server, token="s3cret")) as read:
        read.until_posts(server)
    assert set(server.requests) == {
        ("/api/v2/instance", "Bearer s3cret"),
        ("/api/v1/streaming/public", "Bearer s3cret"),
    }
    assert "s3cret" not in caplog.text


def test_a_collector_that_starts_again_records_the_time_in_between():
    with MastodonStandIn([Send(5)]) as server:
        with reading(source_of(server)) as read:
            read.until(lambda: len(read.posts) == 5)
        until = read_places(read.cursor)[server.name].until
        server.script.steps += [Meanwhile(5), Send(5)]
        with reading(source_of(server), read.cursor) as again:
            again.until(lambda: len(again.posts) == 5)
    assert [(gap.start, gap.reason) for gap in again.gaps] == [(until - ON_THE_WAY, "the collector was not running")]
    assert until < again.gaps[0].end <= datetime.now(UTC) + timedelta(seconds=1)
    assert read_places(again.cursor)[server.name].until > until


def test_a_gap_goes_on_after_a_start():
    gone = Server("127.0.0.1:9", "http://127.0.0.1:9")
    cursor = {gone.name: ["2026-03-04T12:00:00+00:00", "it closed the stream"], "old.example": ["x", 5]}
    with reading(MastodonSource([gone], False, HASH_AUTHOR, patience=QUICK), cursor) as read:
        read.until(lambda: read.gaps)
    assert (read.gaps[0].start, read.gaps[0].reason) == (START - ON_THE_WAY, "it closed the stream")
    assert read.gaps[0].end > START + timedelta(days=1)
    assert read.cursor == {gone.name: ["2026-03-04T12:00:00+00:00", "it closed the stream"]}
    assert "Connection refused" in read.source.state.detail


def test_the_first_start_without_a_server_is_a_gap_from_then_on():
    began = datetime.now(UTC)
    gone = Server("127.0.0.1:9", "http://127.0.0.1:9")
    with reading(MastodonSource([gone], False, HASH_AUTHOR, patience=QUICK)) as read:
        read.until(lambda: read.gaps)
    assert began - ON_THE_WAY <= read.gaps[0].start <= datetime.now(UTC)
    assert read.gaps[0].reason == "127.0.0.1:9 cannot be reached"


REFUSALS = [
    (401, b'{"error":"Missing access token"}', "", r"asks for a token \(Missing access token\).*set MASTODON_TOKEN="),
    (401, b'{"error":"Invalid access token"}', "wrong", r"does not accept the token \(Invalid access token\)"),
    (403, b'{"error":"This action is outside the authorized scopes"}', "t", "needs the scope read:statuses"),
    (404, b"<html>", "", "has no public stream"),
    (400, b'{"error":"Unknown channel requested"}', "", r"answered 400 \(Unknown channel requested\)"),
]


@pytest.mark.parametrize(("status", "body", "token", "words"), REFUSALS)
def test_a_refusal_is_explained_and_tried_again(status, body, token, words, caplog):
    with (
        MastodonStandIn([*[Refuse(status, body)] * 3, Send(1)]) as server,
        reading(source_of(server, token=token, patience=Patience(delays=0.001))) as read,
    ):
        read.until_posts(server)
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert re.search(words, warnings[0])


def test_a_redirect_is_explained_and_not_followed_since_the_token_would_go_along():
    moved = Refuse(301, b"", (("Location", "https://social.example/api/v1/streaming/public"),))
    with MastodonStandIn([moved] * 9) as server, reading(source_of(server, token="t")) as read:
        read.until(lambda: read.source.state.state == "blocked")
        assert "refers to https://social.example: set MASTODON_URL" in read.source.state.detail


@pytest.mark.parametrize(
    "headers",
    [
        (("Location", "http://[::1"),),
        (("Retry-After", "Thu, 01 Jan 99999999999999999999 00:00:00 GMT"),),
        (("Retry-After", "\u00b2"), ("X-RateLimit-Reset", "\u00b2")),
        (("Transfer-Encoding", "chunked"),),
    ],
)
@pytest.mark.parametrize("status", [200, 302, 429, 503])
def test_no_header_ends_the_process(status, headers):
    with (
        MastodonStandIn([Refuse(status, b"-5\r\n", headers), Send(3)]) as server,
        reading(source_of(server, patience=Patience(delays=0.0001))) as read,
    ):
        read.until_posts(server)


def test_a_web_page_instead_of_a_stream_is_explained():
    page = Refuse(200, b"<!doctype html>", (("Content-Type", "text/html"),))
    with MastodonStandIn([page] * 9) as server, reading(source_of(server)) as read:
        read.until(lambda: read.source.state.state == "blocked")
        assert "answered with a web page instead of a stream" in read.source.state.detail


@pytest.mark.parametrize("instance", [(404, b""), (200, b"<html>"), (200, b"[]"), (401, b"{}"), (403, b"no")])
def test_a_relay_that_does_not_describe_itself_is_read_all_the_same(instance):
    server = MastodonStandIn([Send(3)])
    server.instance = instance
    with server, reading(source_of(server)) as read:
        read.until_posts(server)


def test_feeds_that_are_only_for_accounts_are_not_even_asked_for_without_a_token():
    server = MastodonStandIn([Send(3)])
    server.instance = (200, server.describe("authenticated", "authenticated"))
    with server, reading(source_of(server)) as read:
        read.until(lambda: read.source.state.state == "blocked")
    assert "shows its live feeds only to its accounts: set MASTODON_TOKEN" in read.source.state.detail
    assert server.connections == 0


def test_a_server_with_its_feeds_off_sends_only_deletions_which_is_a_gap(caplog):
    # The first post comes after five seconds, so there is time to look at the state before it.
    server = MastodonStandIn([Garbage(b"107\n\nevent: delete\ndata: 5"), Send(60, 18_000)], speed=60)
    server.instance = (200, server.describe("disabled", "disabled"))
    with server, reading(source_of(server, token="t")) as read:
        read.until(lambda: read.gaps or read.posts)
        state = read.source.state
        read.until(lambda: read.posts)
    assert state.state == "blocked"
    assert "has switched its live feeds off" in state.detail
    assert read.source.state.state == "connected"
    assert read.gaps[0].reason == f"{server.name} shows no live feeds"
    assert caplog.text.count("live feeds off") == 1


def test_an_ended_failure_is_logged_once_however_often_it_is_tried(caplog):
    caplog.set_level(logging.INFO)
    with (
        MastodonStandIn([Send(1), Close(), *[unavailable()] * 20, Send(1)]) as server,
        reading(source_of(server, patience=Patience(delays=0.0002))) as read,
    ):
        read.until_posts(server)
        read.until(lambda: "connected" in caplog.records[-1].getMessage())
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("collector")]
    assert [message.split(";")[0] for message in messages] == [
        f"connected to {server.name}",
        f"Mastodon: {server.name} closed the stream",
        f"Mastodon: {server.name} answered 503",
        f"connected to {server.name}",
    ]


def test_a_rate_limit_waits_until_its_reset():
    reset = datetime.now(UTC) + timedelta(seconds=5)
    with MastodonStandIn([too_many(reset), Send(1)]) as server, reading(source_of(server, patience=Patience())) as read:
        read.until_posts(server)
    assert datetime.now(UTC) >= reset - timedelta(seconds=1)  # the header has whole seconds


def test_a_comment_between_posts_shows_that_nothing_is_missing():
    with MastodonStandIn([Send(1)], speed=60) as server, reading(source_of(server)) as read:
        read.until_posts(server)
        first = read_places(read.cursor)[server.name].until
        read.until(lambda: read_places(read.cursor)[server.name].until > first)
    assert event("update", b"x") == b"event: update\ndata: x\n\n"


def test_a_fault_of_ours_ends_the_process_instead_of_one_connection(monkeypatch):
    def fault(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("collector.sources.mastodon.source.event_to_post", fault)
    with MastodonStandIn([Send(1)]) as server, reading(source_of(server)) as read, pytest.raises(ZeroDivisionError):
        read.until(lambda: False)
