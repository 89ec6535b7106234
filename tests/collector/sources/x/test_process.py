"""The collector's process on the stand-in for X: an hour of failures in seconds, and kill -9."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.log import Commit
from tests.collector.sources.collector_process import CollectorProcess, Shape, made_up_shape, shape, to_the_millisecond
from tests.collector.sources.x.hurried_collector import SPEED
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
from tests.standins.x import DISCONNECT, TOKEN, XStandIn

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
    Refuse(401, b'{"title":"Unauthorized","detail":"Unauthorized"}'),
    Refuse(403, b"<html>"),
    Send(20, 40),
    CloseMidChunk(),
    Meanwhile(10),
    Trickle(3, 11, 0.2),
    Garbage(),
    Garbage(b"\xff\xfe"),
    Garbage(b'{"errors":[{"title":"Not Found Error","type":"https://api.x.com/2/problems/resource-not-found"}]}'),
    Withhold(10),
    Send(3_000),
    Garbage(DISCONNECT),
    Close(),
    Refuse(404, b"<html>"),
    Hang(),
    Send(20, 40),
    Silence(1_000),
]
STREAMS_IN_TEN_MINUTES = 7
FAILURES_IN_TEN_MINUTES = 13
"""Three answers of 503 in a row are one: each failure is logged once."""
KILLS = 3


def collector_of(data_dir: Path, standin: XStandIn, budget: int, is_hurried: bool = False) -> CollectorProcess:
    module = "tests.collector.sources.x.hurried_collector" if is_hurried else "collector"
    settings = {"X_API_URL": standin.url, "X_BEARER_TOKEN": TOKEN, "X_MONTHLY_POST_BUDGET": str(budget)}
    return CollectorProcess(data_dir, "x", ("-m", module), **settings)


def shape_on_x(post: MadeUpPost) -> Shape:
    return to_the_millisecond(made_up_shape(post))


def received(commit: Commit) -> int:
    return sum(commit.cursor["received_in"].values())


def test_an_hour_of_the_worst_script_counts_what_was_sent_minus_what_was_withheld(tmp_path: Path) -> None:
    make = supply(datetime.now(UTC), timedelta(milliseconds=1))
    with (
        XStandIn(WORST_TEN_MINUTES * 6, speed=SPEED, make=make) as x,
        collector_of(tmp_path / "data", x, 3_000_000, is_hurried=True) as collector,
    ):
        collector.wait_until(lambda: len(x.record.happened) > 5_000)
        early = collector.memory_mib()
        collector.wait_until(x.script.finished.is_set)
        late = collector.memory_mib()
        collector.wait_for_posts(len(x.record.sent))
        posts, commit = collector.end()
    assert Counter(map(shape, posts)) == Counter(map(shape_on_x, x.record.sent))
    assert received(commit) == x.charged
    assert commit.counts.dropped["malformed"] == x.unreadable + 12
    assert late - early < 30
    # A busy machine may add a silence; a collector that gives up or hammers is far from this.
    assert 6 * STREAMS_IN_TEN_MINUTES < x.connections < 9 * STREAMS_IN_TEN_MINUTES
    assert len(collector.warnings) <= 6 * FAILURES_IN_TEN_MINUTES + x.connections, collector.log
    assert commit.gaps
    assert TOKEN not in collector.log


def test_a_killed_collector_misses_only_posts_of_the_gaps_that_it_records(tmp_path: Path) -> None:
    def make(number: int) -> MadeUpPost:
        return MadeUpPost(number, datetime.now(UTC), "account7", "en", ("Tea", f"n{number}"))

    endless = Send(10_000_000, 5_000)
    data_dir = tmp_path / "data"
    with XStandIn([endless], make=make) as x:
        for _ in range(KILLS):
            collector = collector_of(data_dir, x, 3_000_000)
            collector.wait_for_posts(collector.committed_posts() + 1_500)
            collector.kill()
            x.wait_for_silence()
            x.script.steps.insert(0, endless)
        happened, written = len(x.record.happened), collector.committed_posts()
        with collector_of(data_dir, x, 3_000_000) as collector:
            collector.wait_for_posts(written + 200)
            x.script.closing.set()
            x.wait_for_silence()
            collector.wait_for_posts(written + len(x.record.happened) - happened)
            posts, commit = collector.end()
    counted = Counter(map(shape, posts))
    assert max(counted.values()) == 1
    gaps = [gap for gap in commit.gaps if gap.reason == "the collector was not running"]
    assert len(gaps) == KILLS
    for post in x.record.happened:
        if shape_on_x(post) not in counted:
            assert any(gap.start <= post.moment <= gap.end for gap in gaps), post


def test_at_the_budget_the_collector_disconnects_and_the_pause_is_a_gap(tmp_path: Path) -> None:
    make = supply(datetime.now(UTC), timedelta(milliseconds=1))
    with (
        XStandIn([Send(50, 1), Send(2_000)], make=make) as x,
        collector_of(tmp_path / "data", x, 60) as collector,
    ):
        collector.wait_until(lambda: "resumes on" in collector.log and collector.committed().gaps)
        posts, commit = collector.end()
    assert len(posts) == received(commit) == 60
    assert x.connections == 1
    assert {gap.reason for gap in commit.gaps} == {"the budget of posts is spent"}
    assert collector.log.count("the monthly budget of 60 posts is spent") == 1
