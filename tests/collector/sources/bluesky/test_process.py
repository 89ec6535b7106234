"""The collector's process against the worst hour of Jetstream, 200 times as fast; and killed in the middle of it."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import pytest

from tests.collector.sources.collector_process import CollectorProcess, made_up_shape, shape
from tests.standins.jetstream import (
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

SPEED = 200
POSTS_PER_SECOND = 10
MIB_FOR_IDS = 15
"""The ids of the latest posts are in memory: a growth that has a bound of its own."""
MOST_CALMS = 60
"""A failure is logged again after the stream was calm for ten minutes. On a busy machine the hour takes longer."""
HURRIED = f"""
from collector.sources.bluesky import source
from contract.backoff import Backoff

source.TIMING = source.Timing(
    answer=1.5, silence=1.5, steady=10 / {SPEED}, calm=600 / {SPEED}, backoff=Backoff(1 / {SPEED}, 60 / {SPEED})
)
from collector.__main__ import main

main()
"""
"""The collector as it is, but as impatient as the script is fast."""

LOSSES = ((Withhold(400),), (Send(50, 5), Close(), TooOld(700)))
FLAPPING = (*[Close()] * 12, *[unavailable()] * 12, Meanwhile(80))
FAILURES = (
    (Close(),),
    (Abort(), Meanwhile(300)),
    (HalfLine(), unavailable()),
    (CutInCharacter(), too_many()),
    (CloseMidChunk(), Refuse(502, b"<html>bad gateway</html>")),
    (Duplicates(300), Disorder(40), Garbage(), Others(), Garbage(b"\xff\xfe")),
    (Trickle(3, 40, 1),),
    (Silence(400), Meanwhile(200)),
    (TooSlow(), Meanwhile(50)),
    (NewDictionary(), Close()),
    (ForeignDictionary(30), Silence(5)),
    (OtherInstance(12_345), Close(), Meanwhile(20), Send(20)),
    (Close(), Hang(), Meanwhile(100)),
    (Send(2_000),),
)


@pytest.fixture(autouse=True, scope="module")
def dictionaries():
    for number in (*range(4_711, 4_711 + 12), 99):
        trained_dictionary(number)


def worst_hour(seed: int, with_losses: bool) -> list[object]:
    """Return an hour of steps: every failure at least twice, between minutes in which the stream flows."""
    ways = [*FAILURES, *(LOSSES if with_losses else ())] * 2 + [FLAPPING]
    random.Random(seed).shuffle(ways)
    flow = 3_600 / len(ways)
    minutes = ((Send(int(flow * POSTS_PER_SECOND), flow), *way) for way in ways)
    return [*chain.from_iterable(minutes), Send(100)]


def standins(steps: list[object]) -> tuple[JetstreamStandIn, JetstreamStandIn]:
    """Return a server with these steps, and another one, which is down all the time."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=70)
    first = JetstreamStandIn(steps, supply(start, timedelta(seconds=1 / POSTS_PER_SECOND)), speed=SPEED)
    return first, JetstreamStandIn([unavailable()] * 1_000, first.record.make)


def collector_of(data_dir: Path, *standins: JetstreamStandIn) -> CollectorProcess:
    urls = ",".join(standin.url for standin in standins)
    # With the default grace, the first posts are of a closed day from 01:00 to 01:10 UTC.
    return CollectorProcess(data_dir, "bluesky", ("-c", HURRIED), JETSTREAM_URL=urls, DAY_GRACE="43200")


def wait_for_posts_or_the_end(collector: CollectorProcess, count: int, standin: JetstreamStandIn) -> None:
    collector.wait_until(lambda: collector.committed_posts() >= count or standin.script.finished.is_set())


def test_the_worst_hour_is_counted_exactly(tmp_path: Path) -> None:
    first, second = standins(worst_hour(seed=1, with_losses=True))
    with first, second, collector_of(tmp_path / "data", first, second) as collector:
        collector.wait_for_posts(10_000)
        early = collector.memory_mib()
        collector.wait_until(first.script.finished.is_set)
        collector.wait_for_posts(len(first.record.sent))
        grown = collector.memory_mib() - early
        posts, commit = collector.end()
    assert Counter(map(shape, posts)) == Counter(map(made_up_shape, first.record.sent))
    assert len({post.id for post in posts}) == len(posts)
    assert set(commit.counts.dropped) <= {"duplicate", "malformed", "not_a_post", "not_new"}
    for number in first.record.withheld:
        moment = first.record.happened[number].moment.replace(microsecond=0)
        assert any(gap.start <= moment <= gap.end for gap in commit.gaps), (moment, commit.gaps)
    assert grown < MIB_FOR_IDS
    assert len(first.requests) + len(second.requests) < 1_000
    assert max(Counter(collector.warnings).values()) <= MOST_CALMS


def test_a_collector_that_is_killed_again_and_again_counts_exactly(tmp_path: Path) -> None:
    first, second = standins(worst_hour(seed=2, with_losses=False))
    moments = random.Random(3)
    data_dir = tmp_path / "data"
    with first, second:
        while not first.script.finished.is_set():
            collector = collector_of(data_dir, first)
            more = collector.committed_posts() + moments.randrange(1_000, 9_000)
            wait_for_posts_or_the_end(collector, more, first)
            collector.kill()
        with collector_of(data_dir, first) as last:
            last.wait_for_posts(len(first.record.sent))
            posts, commit = last.end()
    assert Counter(map(shape, posts)) == Counter(map(made_up_shape, first.record.sent))
    assert commit.gaps == ()
