"""The collector's process on the stand-in for X: an hour of failures in seconds, and kill -9."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from collector.log import Commit
from collector.log.spool import Spool
from contract.post import Post
from tests.collector.sources.x.hurried_collector import SPEED
from tests.parallel import find_free_port
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

SECRET = "9f1c4b7e2a6d8035c1e4f7092b5d8a63"
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
    Silence(400),
]
STREAMS_IN_TEN_MINUTES = 7
FAILURES_IN_TEN_MINUTES = 13
"""Three answers of 503 in a row are one: each failure is logged once."""


class Collector:
    """A running collector of X, with its log in a file."""

    def __init__(self, data_dir: Path, stand_in: XStandIn, budget: int, module: str = "collector") -> None:
        settings = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(data_dir),
            "COLLECTOR_ADDRESS": f"127.0.0.1:{find_free_port()}",
            "COLLECTOR_SECRET": SECRET,
            "REDIS_URL": f"unix://{data_dir}/absent.sock",
            "SOURCE": "x",
            "X_API_URL": stand_in.url,
            "X_BEARER_TOKEN": TOKEN,
            "X_MONTHLY_POST_BUDGET": str(budget),
        }
        self.log_path = data_dir.with_suffix(".log")
        self._spool = data_dir / "spool" / "x"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", module], env=settings, stderr=log)

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def memory_mib(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGESIZE") / 2**20

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_until(self, condition: Callable[[], bool], seconds: float = 120) -> None:
        for _ in range(int(seconds / 0.05)):
            assert self.process.poll() is None, self.log
            if condition():
                return
            time.sleep(0.05)
        raise TimeoutError(self.log)

    def end(self, number: int = signal.SIGTERM) -> tuple[list[Post], Commit]:
        """Send a signal. Return the posts in the spool, and its last commit."""
        self.process.send_signal(number)
        self.process.wait(30)
        spool = Spool(self._spool, "x", 2**40)
        data = b"".join(spool.read(spool.first_offset, spool.committed.end))
        spool.close()
        return msgspec.json.Decoder(Post).decode_lines(data), spool.committed


def shape(post: Post) -> tuple[datetime, str, tuple[str, ...]]:
    return post.created_at, post.lang, tuple(post.spellings or post.hashtags)


def made_up_shape(post: MadeUpPost) -> tuple[datetime, str, tuple[str, ...]]:
    moment = post.moment.replace(microsecond=post.moment.microsecond // 1_000 * 1_000)
    return moment, post.language or "und", post.hashtags


def received(commit: Commit) -> int:
    return sum(commit.cursor["received_in"].values())


def test_an_hour_of_the_worst_script_counts_what_was_sent_minus_what_was_withheld(tmp_path):
    make = supply(datetime.now(UTC), timedelta(milliseconds=1))
    with XStandIn(WORST_TEN_MINUTES * 6, speed=SPEED, make=make) as x:
        collector = Collector(tmp_path / "data", x, 3_000_000, module="tests.collector.sources.x.hurried_collector")
        collector.wait_until(lambda: len(x.record.happened) > 5_000)
        early, cpu, began = collector.memory_mib(), collector.cpu_seconds(), time.monotonic()
        collector.wait_until(x.script.finished.is_set)
        late, busy = collector.memory_mib(), (collector.cpu_seconds() - cpu) / (time.monotonic() - began)
        time.sleep(1)
        posts, commit = collector.end()
    assert Counter(map(shape, posts)) == Counter(map(made_up_shape, x.record.sent))
    assert received(commit) == x.charged
    assert commit.counts.dropped["malformed"] == x.unreadable + 12
    assert late - early < 30
    assert busy < 0.5
    assert x.connections == 6 * STREAMS_IN_TEN_MINUTES + 1
    warnings = [line for line in collector.log.splitlines() if " WARNING " in line]
    assert len(warnings) <= 6 * FAILURES_IN_TEN_MINUTES + 3, collector.log
    assert commit.gaps
    assert TOKEN not in collector.log


def test_a_killed_collector_misses_only_posts_of_the_gaps_that_it_records(tmp_path):
    def make(number: int) -> MadeUpPost:
        return MadeUpPost(number, datetime.now(UTC), "account7", "en", ("Tea", f"n{number}"))

    endless = Send(10_000_000, 5_000)
    with XStandIn([endless], make=make) as x:
        for _ in range(3):
            begun = len(x.record.happened)
            collector = Collector(tmp_path / "data", x, 3_000_000)
            collector.wait_until(lambda begun=begun: len(x.record.happened) > begun + 1_500)
            collector.end(signal.SIGKILL)
            x.script.steps.insert(0, endless)
        collector = Collector(tmp_path / "data", x, 3_000_000)
        connections = x.connections
        x.wait_until(lambda: x.connections > connections)
        happened = len(x.record.happened)
        collector.wait_until(lambda: len(x.record.happened) > happened + 200)
        x.script.closing.set()
        time.sleep(1)
        posts, commit = collector.end()
    counted = Counter(map(shape, posts))
    assert max(counted.values()) == 1
    gaps = [gap for gap in commit.gaps if gap.reason == "the collector was not running"]
    assert len(gaps) == 3
    for post in x.record.happened:
        if made_up_shape(post) not in counted:
            assert any(gap.start <= post.moment <= gap.end for gap in gaps), post


def test_at_the_budget_the_collector_disconnects_and_the_pause_is_a_gap(tmp_path):
    make = supply(datetime.now(UTC), timedelta(milliseconds=1))
    with XStandIn([Send(50, 1), Send(2_000)], make=make) as x:
        collector = Collector(tmp_path / "data", x, 60)
        collector.wait_until(lambda: "resumes on" in collector.log)
        posts, commit = collector.end()
    assert len(posts) == received(commit) == 60
    assert x.connections == 1
    assert {gap.reason for gap in commit.gaps} == {"the budget of posts is spent"}
    assert collector.log.count("the monthly budget of 60 posts is spent") == 1
