"""The X source against a stand-in that speaks the recorded wire format."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import redis.asyncio

from collector.languages import Languages
from collector.sources.source import Batch
from collector.sources.x import XSource
from collector.sources.x_client import XClient
from collector.sources.x_rules import rules_for
from contract.redis_names import TRACKED_LANGUAGES
from tests.collector.made_up import HASHED, NOON
from tests.collector.x_stand_in import TOKEN, TOO_MANY, XStandIn, stream_line

MOMENT = NOON.isoformat()


@pytest.fixture
def stand_in() -> Iterator[XStandIn]:
    with XStandIn() as server:
        yield server


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch):
    monkeypatch.setattr("collector.sources.x.jittered", lambda seconds: min(seconds, 0.05))
    monkeypatch.setattr("collector.sources.x_rule_keeper.jittered", lambda seconds: min(seconds, 0.05))


@contextlib.contextmanager
def running(source: XSource, cursor=None) -> Iterator[Iterator[Batch]]:
    stop = threading.Event()
    yield source.batches(cursor, stop)
    stop.set()
    source._client.session.close()


@contextlib.contextmanager
def following(languages: Languages, url: str) -> Iterator[None]:
    """Follow what Redis says in a thread of its own, as the collector's process does beside its source."""
    stop = threading.Event()

    async def follow() -> None:
        async with redis.asyncio.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            task = asyncio.create_task(languages.follow(client))
            await asyncio.to_thread(stop.wait)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    thread = threading.Thread(target=asyncio.run, args=(follow(),))
    thread.start()
    yield
    stop.set()
    thread.join()


def source_at(
    stand_in: XStandIn, tracked: Callable = lambda: ["en"], budget: int = 1_000, token: str = TOKEN
) -> XSource:
    return XSource(
        partial(XClient, token, stand_in.url), budget, lambda: rules_for(tracked(), {}), HASHED, lambda: NOON
    )


def until(batches: Iterator[Batch], condition: Callable[[list, dict], bool]) -> tuple[list, dict]:
    """Take batches until the posts and drops so far are as they should be; at most half a minute of them."""
    posts, dropped = [], {}
    for _, batch in zip(range(600), batches, strict=False):
        posts += batch.posts
        for reason, count in batch.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + count
        if condition(posts, dropped):
            return posts, dropped
    raise AssertionError(f"it did not come to that: {posts} {dropped}")


def test_posts_come_through_and_bad_lines_are_counted(stand_in):
    long_line = b'{"data":{"text":"' + b"x" * 2**20 + b'"}}\r\n'
    stand_in.send(stream_line(1, MOMENT, author_id="7"), b"{broken\r\n", b"\r\n", long_line, stream_line(2, MOMENT))
    source = source_at(stand_in)
    with running(source) as batches:
        posts, dropped = until(batches, lambda posts, _: len(posts) == 2)
        assert source.state.state == "connected"
    assert [post.id for post in posts] == ["x:1", "x:2"]
    assert [post.author for post in posts] == [HASHED("7"), None]
    assert dropped == {"malformed": 1, "too_long": 1}
    assert "tweet.fields=author_id%2Ccreated_at%2Centities%2Clang" in stand_in.requests[0]


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


def test_other_words_reach_x_in_a_moment_without_a_new_connection(stand_in, tmp_path, redis_url, redis_client):
    languages = Languages(tmp_path / "languages.json")
    languages.hear(b'{"languages":["en"]}')
    source = XSource(
        partial(XClient, TOKEN, stand_in.url),
        1_000,
        lambda: rules_for(languages.tracked(), languages.x_terms()),
        HASHED,
        lambda: NOON,
    )
    with running(source) as batches, following(languages, redis_url):
        stand_in.send(stream_line(1, MOMENT))
        until(batches, lambda posts, _: len(posts) == 1)
        redis_client.set(TRACKED_LANGUAGES, '{"languages":["en"],"x_terms":{"en":["tea","good morning"]}}')
        changed = '(tea OR "good morning") has:hashtags lang:en'
        stand_in.wait_until(lambda: stand_in.values() == {"trendsite:en": changed}, seconds=5)
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


def test_a_refusal_is_visible_and_says_why(stand_in, caplog):
    caplog.set_level(logging.DEBUG)
    source = source_at(stand_in, token="wrong-s3cret")
    with running(source) as batches:
        until(batches, lambda *_: "401: Unauthorized" in source.state.detail)
        assert source.state.state == "blocked"
    assert "401" in caplog.text
    assert "s3cret" not in caplog.text
    assert "s3cret" not in source.state.detail


def test_a_rule_that_x_does_not_take_is_visible(stand_in):
    stand_in.rule_errors.append({"title": "Invalid\nRule", "value": "\x1b[31m(tea)"})
    source = source_at(stand_in)
    with running(source) as batches:
        until(batches, lambda *_: "Invalid?Rule" in source.state.detail and source.state.state == "connected")
    assert "\x1b" not in source.state.detail


def test_a_spent_budget_closes_the_stream_and_says_when_it_goes_on(stand_in):
    source = source_at(stand_in, budget=5)
    with running(source, {"received_in": {"2026-03": 3}}) as batches:
        stand_in.send(*(stream_line(i, MOMENT) for i in range(1, 9)))
        cursors = []
        for batch in batches:
            cursors.append(batch.cursor)
            if source.state.state == "blocked":
                break
    assert cursors[-1] == {"received_in": {"2026-03": 5}}
    assert "budget of 5 posts is spent: goes on 2026-04-01" in source.state.detail
