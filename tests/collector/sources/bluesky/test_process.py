"""The collector's process against the worst hour of Jetstream, 200 times as fast; and killed in the middle of it."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import msgspec
import pytest

from collector.log import Commit
from collector.log.spool import Spool
from contract.files import spool_folder
from contract.post import Post
from tests.parallel import find_free_port
from tests.standins.jetstream import (
    ForeignDictionary,
    JetstreamStandIn,
    NewDictionary,
    OtherInstance,
    Others,
    TooOld,
    TooSlow,
    trained_dictionary,
)
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
    Record,
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
PATIENCE_SECONDS = 200
MIB_FOR_IDS = 15
"""The ids of the latest posts are in memory: a growth that has a bound of its own."""
MOST_CALMS = 12
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


class Collector:
    """A collector of Bluesky in a folder of its own."""

    def __init__(self, data_dir: Path, *urls: str) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "SOURCE": "bluesky",
            "JETSTREAM_URL": ",".join(urls),
            "DATA_DIR": str(data_dir),
            "COLLECTOR_ADDRESS": f"127.0.0.1:{find_free_port()}",
            "REDIS_URL": f"unix://{data_dir}/absent.sock",
        }
        self._folder = spool_folder(data_dir, "bluesky")
        self._log = (data_dir / "log.txt").open("ab")
        self.process = subprocess.Popen([sys.executable, "-c", HURRIED], env=environment, stderr=self._log)

    def __enter__(self) -> "Collector":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self, number: int = signal.SIGTERM) -> str:
        """Send a signal; return everything that was logged so far."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(30)
        self._log.close()
        return Path(self._log.name).read_text()

    @property
    def memory(self) -> int:
        """The resident memory, in bytes."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    @property
    def cpu_seconds(self) -> float:
        """The time on a processor since the start."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_for_posts(self, count: int, or_event: Event | None = None) -> None:
        """Wait until so many posts are committed, or an event."""
        self.wait_until(lambda: self.committed_posts() >= count or (or_event is not None and or_event.is_set()))

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition while the process runs."""
        until = monotonic() + PATIENCE_SECONDS
        while not condition():
            assert self.process.poll() is None, self.end()
            assert monotonic() < until, self.committed_posts()
            sleep(0.1)

    def committed_posts(self) -> int:
        """The number of lines in the spool's files."""
        return sum(path.read_bytes().count(b"\n") for path in self._folder.glob("*.ndjson"))


@contextmanager
def spooled(data_dir: Path) -> Iterator[tuple[list[Post], Commit]]:
    spool = Spool(spool_folder(data_dir, "bluesky"), "bluesky", 2**30)
    lines = b"".join(spool.read(spool.first_offset, spool.committed.end)).splitlines()
    yield [msgspec.json.decode(line, type=Post) for line in lines], spool.committed
    spool.close()


def assert_exact(posts: list[Post], record: Record) -> None:
    """Each post that was sent is in the stream once, with its moment, its language and its hashtags."""
    sent = {post.moment: post for post in record.sent}
    assert len(posts) == len({post.id for post in posts}) == len(sent)
    wrong = 0
    for post in posts:
        made_up = sent[post.created_at]
        written = sorted(post.spellings or post.hashtags)
        wrong += (post.lang, written) != (made_up.language or "und", sorted(made_up.hashtags))
    assert wrong == 0


def standins(steps: list[object]) -> tuple[JetstreamStandIn, JetstreamStandIn]:
    """Return a server with these steps, and another one, which is down all the time."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=70)
    first = JetstreamStandIn(steps, supply(start, timedelta(seconds=1 / POSTS_PER_SECOND)), speed=SPEED)
    return first, JetstreamStandIn([unavailable()] * 1_000, first.record.make)


def test_the_worst_hour_is_counted_exactly(tmp_path: Path) -> None:
    first, second = standins(worst_hour(seed=1, with_losses=True))
    with first, second, Collector(tmp_path, first.url, second.url) as collector:
        collector.wait_for_posts(10_000)
        early = collector.memory
        collector.wait_until(first.script.finished.is_set)
        collector.wait_for_posts(len(first.record.sent))
        grown, seconds = collector.memory - early, collector.cpu_seconds
    log = collector.end()
    with spooled(tmp_path) as (posts, commit):
        assert_exact(posts, first.record)
        assert set(commit.counts.dropped) <= {"duplicate", "malformed", "not_a_post", "not_new"}
        gaps = [(gap.start, gap.end) for gap in commit.gaps]
    for number in first.record.withheld:
        moment = first.record.happened[number].moment.replace(microsecond=0)
        assert any(start <= moment <= end for start, end in gaps), (moment, gaps)
    assert grown < MIB_FOR_IDS * 2**20
    assert seconds < 30
    assert len(first.requests) + len(second.requests) < 300
    lines = Counter(line.split(" ", 2)[2] for line in log.splitlines() if "WARNING" in line)
    assert max(lines.values()) <= MOST_CALMS, lines


def test_a_collector_that_is_killed_again_and_again_counts_exactly(tmp_path: Path) -> None:
    first, second = standins(worst_hour(seed=2, with_losses=False))
    moments = random.Random(3)
    with first, second:
        while not first.script.finished.is_set():
            collector = Collector(tmp_path, first.url)
            more = collector.committed_posts() + moments.randrange(1_000, 9_000)
            collector.wait_for_posts(more, first.script.finished)
            collector.end(signal.SIGKILL)
        with Collector(tmp_path, first.url) as last:
            last.wait_for_posts(len(first.record.sent))
    with spooled(tmp_path) as (posts, commit):
        assert_exact(posts, first.record)
        assert commit.gaps == ()
