"""Bluesky live against a Jetstream on loopback that fails by a script."""

import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from collector.sources import Cursor
from collector.sources.bluesky.position import NOT_RESENT, TOO_OLD
from collector.sources.bluesky.post import to_post
from collector.sources.bluesky.source import BlueskySource, Timing
from contract.backoff import Backoff
from contract.gap import Gap
from contract.post import Post
from tests.collector.made_up import HASH_AUTHOR
from tests.collector.sources.bluesky.test_post import (
    RECORDED_EVENTS,
    RECORDED_POSTS,
    as_version_2,
    recorded_events,
)
from tests.standins.jetstream import (
    VERSION_1,
    VERSION_2,
    ForeignDictionary,
    JetstreamStandIn,
    NewDictionary,
    OtherInstance,
    Others,
    TooOld,
    TooSlow,
)
from tests.standins.jetstream_wire import trained_dictionary
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
    supply,
    too_many,
    unavailable,
)

QUICK = Timing(answer=60, silence=60, steady=60, calm=600, backoff=Backoff(first=0.01, longest=0.05))
LEAVES_SOON = replace(QUICK, answer=3, silence=1.5)
"""For servers that hang or are silent. Others would only be left because the machine is busy."""
START = datetime.now(UTC).replace(microsecond=123_456) - timedelta(minutes=50)
PATIENCE_SECONDS = 120


@pytest.fixture(autouse=True, scope="module")
def dictionaries():
    """Trained before any test, since this takes longer than a client waits."""
    for number in (4_711, 4_712, 99):
        trained_dictionary(number)


@dataclass
class Collected:
    posts: list[Post] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    gaps: list[Gap] = field(default_factory=list)
    cursor: Cursor = None
    batches: int = 0

    @property
    def unique(self) -> dict[str, Post]:
        return {post.id: post for post in self.posts}


def read(source: BlueskySource, standins: list[JetstreamStandIn], into: Collected, until: int | None = None) -> None:
    """Collect until every post that was sent is there, or so many."""
    stop, began = threading.Event(), monotonic()
    for batch in source.batches(into.cursor, stop):
        into.batches += 1
        into.posts += batch.posts
        into.dropped.update(batch.dropped)
        into.gaps += batch.gaps
        into.cursor = batch.cursor
        is_finished = all(standin.script.finished.is_set() for standin in standins)
        if len(into.unique) >= (until or len(standins[0].record.sent)) and (until or is_finished):
            stop.set()
        assert monotonic() - began < PATIENCE_SECONDS, (len(into.unique), source.state)


def standin_of(*steps: object, **options) -> JetstreamStandIn:
    return JetstreamStandIn(list(steps), supply(START, timedelta(seconds=1)), speed=100, **options)


def source_of(*standins: JetstreamStandIn, version: int | None = None, timing: Timing = QUICK) -> BlueskySource:
    return BlueskySource([standin.url for standin in standins], version, HASH_AUTHOR, timing)


def collected(*steps: object, version: int | None = None, **options) -> tuple[Collected, JetstreamStandIn]:
    into = Collected()
    timing = LEAVES_SOON if any(isinstance(step, Silence | Hang) for step in steps) else QUICK
    with standin_of(*steps, **options) as standin:
        read(source_of(standin, version=version, timing=timing), [standin], into)
    return into, standin


def moments(posts: list[Post] | list[MadeUpPost]) -> list[datetime]:
    return sorted(post.created_at if isinstance(post, Post) else post.moment for post in posts)


def assert_exact(into: Collected, standin: JetstreamStandIn) -> None:
    """Each post that was sent is there, with its hashtags and its language."""
    expected = {post.moment: post for post in standin.record.sent}
    assert moments(list(into.unique.values())) == sorted(expected)
    for post in into.unique.values():
        made_up = expected[post.created_at]
        assert sorted(post.spellings or post.hashtags) == sorted(made_up.hashtags)
        assert post.lang == (made_up.language or "und")


@pytest.mark.parametrize("version", [1, 2])
def test_every_post_arrives_as_it_is(version):
    into, standin = collected(Send(40), Others(), Send(10), version=version)
    assert_exact(into, standin)
    assert into.dropped["not_a_post"] == (5 if version == 1 else 3)
    assert into.dropped["not_new"] == 1
    assert into.gaps == []
    assert into.cursor["version"] == version
    assert [path for path in standin.requests if path.startswith((VERSION_1, VERSION_2))] == [standin.requests[-1]]


@pytest.mark.parametrize("version", [1, 2])
def test_recorded_events_arrive_as_their_posts(shared_data, version):
    recorded = list(recorded_events(shared_data))
    sent = [raw.encode() if version == 1 else as_version_2(raw, seq) for seq, raw in enumerate(recorded)]
    into, posts = Collected(), [to_post(raw.encode(), HASH_AUTHOR, Counter()) for raw in recorded]
    expected = {post.id: post for post in posts if post}  # two of them are in both files
    with standin_of(*map(Garbage, sent)) as standin:
        read(source_of(standin, version=version), [standin], into, until=len(expected))
    assert into.unique == expected
    assert into.dropped["not_a_post"] <= RECORDED_EVENTS - len(RECORDED_POSTS)


def test_version_2_is_compressed_and_can_do_without():
    compressed, with_dictionary = collected(Send(20))
    plain, without = collected(Send(20), has_dictionary=False)
    assert_exact(compressed, with_dictionary)
    assert_exact(plain, without)
    assert "zstdDictionary=4711" in with_dictionary.requests[-1]
    assert "zstdDictionary" not in without.requests[-1]


def test_a_server_without_version_2_is_read_in_version_1():
    into, standin = collected(Send(20), Close(), Send(20), versions=(1,))
    assert_exact(into, standin)
    assert [path.partition("?")[0] for path in standin.requests if "Dictionary" not in path] == [
        VERSION_2,
        VERSION_1,
        VERSION_1,
    ]


def test_a_version_that_is_set_is_kept():
    with standin_of(Send(5), versions=(1,)) as standin:
        source = source_of(standin, version=2)
        batches = source.batches(None, threading.Event())
        while "404" not in source.state.detail:
            next(batches)
        batches.close()
    assert not any(path.startswith(VERSION_1) for path in standin.requests)


INTERRUPTIONS = [
    Close(),
    Abort(),
    HalfLine(),
    CutInCharacter(),
    CloseMidChunk(),
    Silence(300),
    TooSlow(),
    NewDictionary(),
]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("interruption", INTERRUPTIONS, ids=lambda step: type(step).__name__)
def test_an_interruption_loses_nothing_and_is_no_gap(interruption, version):
    steps = [Send(30), interruption, Close(), Meanwhile(20), Send(10)]
    into, standin = collected(*steps, version=version)
    assert_exact(into, standin)
    assert into.gaps == []


@pytest.mark.parametrize(
    "refusal",
    [unavailable(), too_many(), Hang(), Refuse(401), Refuse(502, b"<html>"), Refuse(302), Refuse(200)],
    ids=repr,
)
def test_a_refusal_is_asked_again(refusal):
    into, standin = collected(Send(5), Close(), refusal, Meanwhile(5), Send(5), version=1)
    assert_exact(into, standin)
    assert into.gaps == []


def test_a_server_that_says_when_is_not_asked_before():
    with standin_of(too_many(datetime.now(UTC) + timedelta(minutes=5)), Send(5)) as standin:
        source = source_of(standin, version=1)
        batches = source.batches(None, threading.Event())
        while "429" not in source.state.detail:
            next(batches)
        batches.close()
        assert 250 < float(source.state.detail.split()[-2]) < 400
    assert standin.connections == 0


def test_duplicates_disorder_and_garbage_are_no_failure():
    into, standin = collected(Send(30), Duplicates(9), Garbage(), Disorder(5), Garbage(b"\xff\x00"), Trickle(3))
    assert_exact(into, standin)
    assert into.dropped["malformed"] == 2
    assert len(into.posts) == 38 + 9
    assert standin.connections == 1


def test_messages_of_another_dictionary_are_read_at_the_next_try_and_then_uncompressed():
    twice = [ForeignDictionary(3), Silence(200), Send(5)] * 2
    into, standin = collected(Send(5), *twice)
    assert_exact(into, standin)
    assert "zstdDictionary" not in standin.requests[-1]
    assert into.gaps == []


def test_posts_that_the_server_no_longer_has_are_a_gap():
    into, standin = collected(Send(30), Close(), TooOld(40), Send(30))
    assert_exact(into, standin)
    last, first = standin.record.happened[29].moment, standin.record.happened[70].moment
    assert into.gaps == [Gap(last, first, TOO_OLD)]


def test_a_cursor_that_version_1_clamps_is_a_gap():
    into, standin = collected(Send(30), Close(), TooOld(40), Send(30), version=1)
    assert_exact(into, standin)
    assert into.gaps == [Gap(standin.record.happened[29].moment, standin.record.happened[70].moment, NOT_RESENT)]


def test_what_is_missing_without_a_word_is_a_gap():
    into, standin = collected(Send(30), Withhold(90), Send(5))
    assert_exact(into, standin)
    assert [(gap.start, gap.end) for gap in into.gaps] == [
        (standin.record.happened[29].moment, standin.record.happened[120].moment)
    ]


@pytest.mark.parametrize("offset", [500, -500, 10**9])
def test_another_instance_at_the_same_address_is_asked_by_time(offset):
    steps = [Send(100), Close(), OtherInstance(offset), Meanwhile(20), Send(20)]
    into, standin = collected(*steps)
    assert_exact(into, standin)
    assert into.gaps == []


def test_the_next_server_continues_where_the_first_one_failed():
    into, first = Collected(), standin_of(Send(100), Close(), *[unavailable()] * 50)
    with first, standin_of(Meanwhile(40), Send(40), record=first.record, offset=77) as second:
        read(source_of(first, second), [second], into)
        assert_exact(into, second)
        assert into.cursor["host"] == second.url
        assert second.connections == 1
    assert into.gaps == []


def test_a_server_that_accepts_and_stays_silent_is_left_for_the_next_one():
    quick = Timing(answer=3, silence=0.5, steady=0.1, backoff=Backoff(first=0.01, longest=0.05))
    into, first = Collected(), standin_of(Send(50), Close(), unavailable(), Send(20), Close(), unavailable(), Send(5))
    with first, standin_of(record=first.record, offset=77) as silent:
        source = BlueskySource([first.url, silent.url], None, HASH_AUTHOR, quick)
        read(source, [first], into)
        assert_exact(into, first)
        assert silent.connections >= 1
    assert into.gaps == []


def test_a_restart_continues_after_the_cursor():
    into = Collected()
    with standin_of(Send(100), Close(), Meanwhile(50), Send(10)) as standin:
        read(source_of(standin), [standin], into, until=100)
        before = len(into.posts)
        read(source_of(standin), [standin], into)
        assert_exact(into, standin)
    repeats = before + 60
    assert repeats < len(into.posts) <= repeats + 6
    assert into.gaps == []


def test_events_that_were_certainly_seen_before_are_dropped_without_a_look():
    into = Collected()
    with standin_of(Send(1_000), Close(), OtherInstance(-900), Meanwhile(1), Send(10)) as standin:
        read(source_of(standin), [standin], into)
        assert_exact(into, standin)
    assert len(into.posts) < 1_011 + 200


def test_a_server_that_closes_at_once_is_not_asked_again_and_again():
    """Each connection is accepted and closed politely. 40 of them take at least the sum of the delays."""
    slower = Timing(answer=3, silence=0.6, backoff=Backoff(first=0.02, longest=0.1))
    with standin_of(*[Close()] * 20, Send(3)) as standin:
        source, into = BlueskySource([standin.url], 1, HASH_AUTHOR, slower), Collected()
        began = monotonic()
        read(source, [standin], into)
    assert_exact(into, standin)
    assert monotonic() - began > 0.5 * (0.02 + 0.04 + 0.08 + 17 * 0.1)


def test_each_failure_is_logged_once(caplog):
    with caplog.at_level("INFO"):
        into, standin = collected(*[Close()] * 15, *[unavailable()] * 15, *[Abort()] * 15, Send(3), version=1)
    assert_exact(into, standin)
    assert {record.levelname for record in caplog.records if "connected to" in record.getMessage()} == {"INFO"}
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("collector")]
    assert len(lines) == len(set(lines))
    assert 4 <= len(lines) <= 6


def test_an_empty_server_is_waited_for_without_a_busy_loop():
    with standin_of(Send(1), Silence(3_000)) as standin:
        into = Collected()
        read(source_of(standin, version=1), [standin], into, until=1)
        batches = source_of(standin, version=1).batches(into.cursor, threading.Event())
        began = monotonic()
        count = 0
        while monotonic() - began < 0.5:
            next(batches)
            count += 1
        batches.close()
    assert count < 30
