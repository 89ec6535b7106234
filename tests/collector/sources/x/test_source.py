"""The X source against a stand-in with the recorded wire format."""

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import takewhile
from time import monotonic
from urllib.parse import parse_qs

import pytest
import redis.asyncio

from collector.intake.ingest import Ingest
from collector.languages import LanguageFollower
from collector.log.spool import Spool
from collector.sources import PostBatch
from collector.sources.x.client import XClient
from collector.sources.x.rules import rules_for
from collector.sources.x.source import XSource
from contract.redis_names import TRACKED_LANGUAGES
from tests.collector.made_up import HASH_AUTHOR, NOON
from tests.standins.x import TOKEN, TOO_MANY, XStandIn, stream_line

MOMENT = NOON.isoformat()
PATIENCE_SECONDS = 120
SPENT = {"received_in": {"2026-03": 5}, "received_on": {"2026-03-04": 2}}


@pytest.fixture
def stand_in() -> Iterator[XStandIn]:
    with XStandIn() as server:
        yield server


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch):
    monkeypatch.setattr("collector.sources.x.source.at_least", lambda seconds, _: min(seconds, 0.05))
    monkeypatch.setattr("collector.sources.x.rules.at_least", lambda seconds, _: min(seconds, 0.05))


@contextlib.contextmanager
def running(source: XSource, cursor=None) -> Iterator[Iterator[PostBatch]]:
    stop = threading.Event()
    try:
        yield source.batches(cursor, stop)
    finally:
        stop.set()
        source._client.session.close()


@contextlib.contextmanager
def following(languages: LanguageFollower, url: str) -> Iterator[None]:
    """Follow the tracked languages in Redis in a thread, as the collector's process does beside its source."""
    stop = threading.Event()

    async def follow() -> None:
        async with redis.asyncio.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            task = asyncio.create_task(languages.follow(client))
            await asyncio.to_thread(stop.wait)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    thread = threading.Thread(target=asyncio.run, args=(follow(),))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def source_at(
    stand_in: XStandIn, tracked: Callable = lambda: ["en"], budget: int = 1_000, token: str = TOKEN
) -> XSource:
    return XSource(
        partial(XClient, token, stand_in.url), budget, lambda: rules_for(tracked(), {}), HASH_AUTHOR, lambda: NOON
    )


def until(batches: Iterator[PostBatch], condition: Callable[[list, dict], bool]) -> tuple[list, dict]:
    """Process batches until the posts and drops are as expected."""
    posts, dropped = [], {}
    for batch in with_patience(batches):
        posts += batch.posts
        for reason, count in batch.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + count
        if condition(posts, dropped):
            return posts, dropped
    raise AssertionError(f"it did not come to that: {posts} {dropped}")


def with_patience(batches: Iterator[PostBatch]) -> Iterator[PostBatch]:
    """Yield batches for two minutes."""
    end = monotonic() + PATIENCE_SECONDS
    return takewhile(lambda _: monotonic() < end, batches)


def test_posts_are_received_and_bad_lines_are_counted(stand_in):
    long_line = b'{"data":{"text":"' + b"x" * 2**20 + b'"}}\r\n'
    stand_in.send(stream_line(1, MOMENT, author_id="7"), b"{broken\r\n", b"\r\n", long_line, stream_line(2, MOMENT))
    source = source_at(stand_in)
    with running(source) as batches:
        posts, dropped = until(batches, lambda posts, _: len(posts) == 2)
        assert source.state.state == "connected"
    assert [post.id for post in posts] == ["x:1", "x:2"]
    assert [post.author for post in posts] == [HASH_AUTHOR("7", posts[0].created_at), None]
    assert dropped == {"malformed": 1, "too_long": 1}
    asked = parse_qs(stand_in.requests[0].partition("?")[2])
    assert asked["expansions"] == ["referenced_tweets.id"]
    assert set(asked["tweet.fields"][0].split(",")) == {
        "author_id",
        "created_at",
        "edit_history_tweet_ids",
        "entities",
        "lang",
        "note_tweet",
        "referenced_tweets",
        "text",
    }


def test_a_fault_of_ours_ends_the_process_instead_of_one_thread(stand_in, monkeypatch):
    def fault(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("collector.sources.x.source.to_plain_post", fault)
    stand_in.send(stream_line(1, MOMENT))
    with running(source_at(stand_in)) as batches, pytest.raises(ZeroDivisionError):
        until(batches, lambda posts, _: bool(posts))


def test_rules_follow_the_tracked_languages_without_a_new_connection(stand_in):
    stand_in.rules["7"] = {"id": "7", "value": "cats", "tag": "of someone else"}
    stand_in.rules["8"] = {"id": "8", "value": "old", "tag": "trendsite:fr"}
    tracked = [["en", "ja"]]
    with running(source_at(stand_in, lambda: tracked[0])) as batches:
        stand_in.send(stream_line(1, MOMENT))
        until(batches, lambda posts, _: len(posts) == 1)
        ours = {rule.tag: rule.value for rule in rules_for(["en", "ja"], {})}
        assert stand_in.values() == ours | {"of someone else": "cats"}
        tracked[0] = ["ko"]
        stand_in.wait_until(lambda: set(stand_in.values()) == {"trendsite:ko", "of someone else"})
        stand_in.send(stream_line(2, MOMENT))
        until(batches, lambda posts, _: len(posts) == 1)
    assert stand_in.connections == 1


def test_other_words_reach_x_without_a_new_connection(stand_in, tmp_path, redis_url, redis_client):
    languages = LanguageFollower(tmp_path / "languages.json")
    languages.receive(b'{"languages":["en"]}')
    source = XSource(
        partial(XClient, TOKEN, stand_in.url),
        1_000,
        lambda: rules_for(languages.tracked(), languages.x_words().terms),
        HASH_AUTHOR,
        lambda: NOON,
    )
    with running(source) as batches, following(languages, redis_url):
        stand_in.send(stream_line(1, MOMENT))
        until(batches, lambda posts, _: len(posts) == 1)
        redis_client.set(TRACKED_LANGUAGES, '{"languages":["en"],"x_terms":{"en":["tea","good morning"]}}')
        changed = '(tea OR "good morning") has:hashtags lang:en'
        stand_in.wait_until(lambda: stand_in.values() == {"trendsite:en": changed})
        stand_in.send(stream_line(2, MOMENT))
        until(batches, lambda posts, _: len(posts) == 1)
    assert stand_in.connections == 1


def test_a_polite_close_an_error_in_the_stream_and_a_429_all_lead_to_a_new_connection(stand_in):
    source = source_at(stand_in)
    with running(source) as batches:
        stand_in.send(stream_line(1, MOMENT))
        until(batches, lambda posts, _: len(posts) == 1)
        stand_in.hang_up()
        stand_in.wait_until(lambda: stand_in.connections == 2)
        stand_in.refusals.append((429, TOO_MANY, {"x-rate-limit-reset": "0"}))
        stand_in.send(b'{"errors":[{"title":"operational-disconnect","detail":"upstream is gone"}]}\r\n')
        until(batches, lambda *_: stand_in.connections == 3)
        stand_in.send(stream_line(2, MOMENT))
        until(batches, lambda posts, _: len(posts) == 1)
        stand_in.hang_up()
        stand_in.wait_until(lambda: stand_in.connections == 4)
        stand_in.send(stream_line(3, MOMENT))
        until(batches, lambda posts, _: len(posts) == 1)
    assert not stand_in.refusals


def test_a_refusal_by_x_is_visible_with_its_reason(stand_in, caplog):
    caplog.set_level(logging.DEBUG)
    source = source_at(stand_in, token="wrong-s3cret")
    with running(source) as batches:
        until(batches, lambda *_: "401: Unauthorized" in source.state.detail)
        assert source.state.state == "blocked"
    assert "401" in caplog.text
    assert "s3cret" not in caplog.text
    assert "s3cret" not in source.state.detail


def sampling(stand_in: XStandIn) -> XSource:
    return XSource(partial(XClient, TOKEN, stand_in.url), 1_000, None, HASH_AUTHOR, lambda: NOON)


def test_the_sampled_stream_needs_no_rules(stand_in):
    stand_in.send(stream_line(1, MOMENT))
    source = sampling(stand_in)
    with running(source) as batches:
        posts, _ = until(batches, lambda posts, _: len(posts) == 1)
        assert source.state.detail == "sampled stream"
    assert [post.id for post in posts] == ["x:1"]
    assert stand_in.requests[0].startswith("/2/tweets/sample/stream?")
    assert stand_in.rules == {}


def test_an_app_without_the_sampled_stream_is_told_what_to_do(stand_in):
    stand_in.refusals.append((403, {"title": "Client Forbidden", "detail": "not this level"}, {}))
    source = sampling(stand_in)
    with running(source) as batches:
        until(batches, lambda *_: "set X_STREAM=filtered" in source.state.detail and source.state.state == "blocked")


def test_failures_that_repeat_are_logged_once(stand_in, caplog):
    caplog.set_level(logging.INFO)
    stand_in.refusals.extend([(503, {"detail": "over capacity"}, {})] * 20)
    with running(source_at(stand_in)) as batches:
        until(batches, lambda *_: stand_in.connections == 1)
        for connection in range(2, 12):
            stand_in.hang_up()
            until(batches, lambda *_, number=connection: stand_in.connections == number)
    lines = [record.message for record in caplog.records if record.name.endswith((".source", ".failures"))]
    warnings = [line for line in lines if "next try" in line]
    assert len(warnings) == len(set(warnings))
    assert len(lines) <= 6
    assert any("over capacity" in line for line in lines)


def test_a_rule_that_x_rejects_is_visible(stand_in):
    stand_in.rule_errors.append({"title": "Invalid\nRule", "value": "\x1b[31m(tea)"})
    source = source_at(stand_in)
    with running(source) as batches:
        until(batches, lambda *_: "Invalid?Rule" in source.state.detail and source.state.state == "connected")
    assert "\x1b" not in source.state.detail


def test_a_spent_budget_closes_the_stream_and_reports_when_it_resumes(stand_in):
    source = source_at(stand_in, budget=5)
    with running(source, {"received_in": {"2026-03": 3}}) as batches:
        stand_in.send(*(stream_line(i, MOMENT) for i in range(1, 9)))
        cursors = []
        for batch in with_patience(batches):
            cursors.append(batch.cursor)
            if source.state.state == "blocked" and cursors[-1].get("gap"):
                break
    assert cursors[-1] == {**SPENT, "until": MOMENT, "gap": "the budget of posts is spent"}
    assert "budget of 5 posts is spent: collecting resumes on 2026-04-01" in source.state.detail


def test_only_posts_are_charged_and_only_a_disconnect_ends_the_stream(stand_in):
    not_found = b'{"errors":[{"title":"Not Found Error","type":"https://api.x.com/2/problems/resource-not-found"}]}\r\n'
    whole = {"includes": {"tweets": [{"id": "5", "entities": {"hashtags": [{"tag": "Whole"}]}}]}}
    line = json.loads(
        stream_line(9, MOMENT, entities={}, text="RT @a: ...", referenced_tweets=[{"type": "retweeted", "id": "5"}])
    )
    stand_in.send(b"{}\r\n", b"null\r\n", b'{"meta":{}}\r\n', b"7\r\n", b"[]\r\n", b" \r\n", not_found)
    stand_in.send(json.dumps(line | whole).encode() + b"\r\n")
    stand_in.send(b'{"title":"operational-disconnect","disconnect_type":"OperationalDisconnect"}\r\n')
    source = source_at(stand_in)
    cursors, posts = [], []
    with running(source) as batches:
        for batch in with_patience(batches):
            cursors.append(batch.cursor)
            posts += batch.posts
            if stand_in.connections == 2 and posts:
                break
    assert [(post.id, post.hashtags) for post in posts] == [("x:9", ["whole"])]
    assert cursors[-1]["received_in"] == {"2026-03": 1}


def test_the_last_line_before_a_clean_close_counts_without_its_newline(stand_in):
    stand_in.send(stream_line(1, MOMENT), stream_line(2, MOMENT).rstrip())
    source = source_at(stand_in)
    with running(source) as batches:
        until(batches, lambda posts, _: len(posts) == 1)
        stand_in.hang_up()
        posts, dropped = until(batches, lambda posts, _: len(posts) == 1)
    assert ([post.id for post in posts], dropped) == (["x:2"], {})


def test_versions_of_an_edited_post_count_once_and_so_they_do_after_a_restart(stand_in, tmp_path):
    spool = Spool(tmp_path / "spool", "x", 2**30)
    for connection, versions in enumerate((["100"], ["100", "101"], ["100", "101", "102"]), start=1):
        source = source_at(stand_in)
        ingest = Ingest(source, spool, timedelta(hours=1), lambda: None, lambda: None)
        with running(source) as batches:
            until(batches, lambda *_, number=connection: stand_in.connections == number)
            stand_in.send(stream_line(int(versions[-1]), MOMENT, edit_history_tweet_ids=versions))
            for batch in with_patience(batches):
                ingest.process(batch)
                if batch.posts:
                    break
        ingest.commit(threading.Event())
        assert spool.committed.counts.posts == 1
        spool.close()
        spool = Spool(tmp_path / "spool", "x", 2**30)
    assert spool.committed.counts.dropped == {"duplicate": 2}
    spool.close()


def test_a_rate_limit_after_short_connections_is_the_first_of_its_kind(stand_in, monkeypatch):
    waits = []
    monkeypatch.setattr("collector.sources.x.source.at_least", lambda seconds, _: waits.append(seconds) or 0.01)
    source = source_at(stand_in)
    with running(source) as batches:
        for connection in range(1, 5):
            until(batches, lambda *_, number=connection: stand_in.connections == number)
            if connection == 4:
                stand_in.refusals.append((429, TOO_MANY, {}))
            stand_in.hang_up()
        until(batches, lambda *_: stand_in.connections == 5)
    assert waits[:5] == [0.25, 0.5, 0.75, 1.0, 60.0]
