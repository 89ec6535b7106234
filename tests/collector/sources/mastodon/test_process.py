"""The collector's process on stand-ins for Mastodon: an hour of failures in seconds, and kill -9."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.sources.mastodon.source import read_places
from tests.collector.sources.collector_process import CollectorProcess, Shape, made_up_shape, shape, to_the_millisecond
from tests.collector.sources.mastodon.hurried_collector import SPEED
from tests.standins.mastodon import MastodonStandIn
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

TOKEN = "t0ken-s3cret"
WORST_TEN_MINUTES = [
    Send(30, 60),
    Close(),
    Send(500),
    Abort(),
    *[unavailable()] * 3,
    Send(30, 60),
    HalfLine(),
    too_many(),
    Duplicates(200),
    Disorder(50),
    CutInCharacter(),
    Refuse(401, b'{"error":"Invalid access token"}'),
    Send(20, 40),
    CloseMidChunk(),
    Meanwhile(10),
    Trickle(3, 11, 0.2),
    Garbage(),
    Garbage(b"\xff\xfe"),
    Withhold(10),
    Send(3_000),
    Abort(),
    Refuse(404, b"<html>"),
    Hang(),
    Send(20, 40),
    Silence(1_000),
]
FAILURES_IN_TEN_MINUTES = 14
KILLS = 3
ON_THE_WAY = timedelta(seconds=1)
"""A post happens before it arrives. A gap begins this long before the last thing that arrived."""


def collector_of(data_dir: Path, *standins: MastodonStandIn, is_hurried: bool = False) -> CollectorProcess:
    module = "tests.collector.sources.mastodon.hurried_collector" if is_hurried else "collector"
    settings = {
        "MASTODON_URL": ",".join(standin.url for standin in standins),
        "MASTODON_TOKEN": ",".join(f"{standin.name}={TOKEN}" for standin in standins),
    }
    return CollectorProcess(data_dir, "mastodon", ("-m", module), **settings)


def shape_on_mastodon(post: MadeUpPost) -> Shape:
    return to_the_millisecond(made_up_shape(post))


def test_an_hour_of_the_worst_script_counts_what_was_sent_minus_what_was_withheld(tmp_path: Path) -> None:
    make = supply(datetime.now(UTC), timedelta(milliseconds=1))
    hour = WORST_TEN_MINUTES * 6
    with (
        MastodonStandIn(hour, speed=SPEED, make=make, token=TOKEN, noise=True) as one,
        MastodonStandIn(hour[9:] + hour[:9], speed=SPEED, make=make, token=TOKEN, noise=True) as other,
        collector_of(tmp_path / "data", one, other, is_hurried=True) as collector,
    ):
        both = (one, other)
        collector.wait_until(lambda: len(one.record.happened) > 5_000)
        early = collector.memory_mib()
        collector.wait_until(lambda: all(standin.script.finished.is_set() for standin in both))
        late = collector.memory_mib()
        sent = {shape_on_mastodon(post) for standin in both for post in standin.record.sent}
        collector.wait_for_posts(len(sent))
        posts, commit = collector.end()
    assert Counter(map(shape, posts)) == Counter(sent)
    assert commit.counts.dropped["bot"] > 0
    assert late - early < 30
    # A busy machine may add a silence; a collector that gives up or hammers is far from this.
    for standin in both:
        assert 6 * FAILURES_IN_TEN_MINUTES < standin.connections < 9 * FAILURES_IN_TEN_MINUTES
    assert len(collector.warnings) <= sum(standin.connections for standin in both)
    assert TOKEN not in collector.log
    assert commit.gaps


def test_a_killed_collector_misses_only_posts_of_the_gaps_that_it_records(tmp_path: Path) -> None:
    def make(number: int) -> MadeUpPost:
        return MadeUpPost(number, datetime.now(UTC), "tea", "en", ("Tea", f"n{number}"))

    endless = Send(10_000_000, 5_000)
    data_dir = tmp_path / "data"
    with MastodonStandIn([endless], make=make, token=TOKEN) as server:
        for _ in range(KILLS):
            collector = collector_of(data_dir, server)
            collector.wait_for_posts(collector.committed_posts() + 1_500)
            collector.kill()
            server.wait_for_silence()
            server.script.steps.insert(0, endless)
        with collector_of(data_dir, server) as collector:
            collector.wait_for_posts(collector.committed_posts() + 3_000)
            posts, commit = collector.end()
    counted = Counter(map(shape, posts))
    assert max(counted.values()) == 1
    until = read_places(commit.cursor)[server.name].until - ON_THE_WAY
    missing = [p for p in server.record.happened if p.moment < until and shape_on_mastodon(p) not in counted]
    assert [gap.reason for gap in commit.gaps] == ["the collector was not running"] * KILLS
    for post in missing:
        assert any(gap.start <= post.moment <= gap.end for gap in commit.gaps), post
