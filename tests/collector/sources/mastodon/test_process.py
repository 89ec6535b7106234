"""The collector's process on stand-ins for Mastodon: an hour of failures in seconds, and kill -9."""

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
import pytest

from collector.log import Commit
from collector.log.spool import Spool
from collector.sources.mastodon.source import read_places
from contract.post import Post
from tests.collector.sources.mastodon.hurried_collector import SPEED
from tests.parallel import find_free_port
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
    Silence(400),
]
FAILURES_IN_TEN_MINUTES = 14


class Collector:
    """A running collector of Mastodon, with its log in a file."""

    def __init__(self, data_dir: Path, *stand_ins: MastodonStandIn, module: str = "collector") -> None:
        settings = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(data_dir),
            "COLLECTOR_ADDRESS": f"127.0.0.1:{find_free_port()}",
            "COLLECTOR_SECRET": SECRET,
            "REDIS_URL": f"unix://{data_dir}/absent.sock",
            "SOURCE": "mastodon",
            "MASTODON_URL": ",".join(stand_in.url for stand_in in stand_ins),
            "MASTODON_TOKEN": ",".join(f"{stand_in.name}={TOKEN}" for stand_in in stand_ins),
        }
        self.log_path = data_dir.with_suffix(".log")
        self._spool = data_dir / "spool" / "mastodon"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", module], env=settings, stderr=log)

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def memory_mib(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGESIZE") / 2**20

    def lines_on_disk(self) -> int:
        return sum(path.read_bytes().count(b"\n") for path in self._spool.glob("*.ndjson"))

    def wait_until(self, condition: Callable[[], bool], seconds: float = 300) -> None:
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
        spool = Spool(self._spool, "mastodon", 2**40)
        data = b"".join(spool.read(spool.first_offset, spool.committed.end))
        spool.close()
        return msgspec.json.Decoder(Post).decode_lines(data), spool.committed


def shape(post: Post) -> tuple[datetime, str, tuple[str, ...]]:
    return post.created_at, post.lang, tuple(post.spellings or post.hashtags)


def made_up_shape(post: MadeUpPost) -> tuple[datetime, str, tuple[str, ...]]:
    moment = post.moment.replace(microsecond=post.moment.microsecond // 1_000 * 1_000)
    return moment, post.language or "und", post.hashtags


def test_an_hour_of_the_worst_script_counts_what_was_sent_minus_what_was_withheld(tmp_path):
    make = supply(datetime.now(UTC), timedelta(milliseconds=1))
    hour = WORST_TEN_MINUTES * 6
    with (
        MastodonStandIn(hour, speed=SPEED, make=make, token=TOKEN, noise=True) as one,
        MastodonStandIn(hour[9:] + hour[:9], speed=SPEED, make=make, token=TOKEN, noise=True) as other,
    ):
        module = "tests.collector.sources.mastodon.hurried_collector"
        collector = Collector(tmp_path / "data", one, other, module=module)
        collector.wait_until(lambda: len(one.record.happened) > 5_000)
        early = collector.memory_mib()
        both = (one, other)
        collector.wait_until(lambda: all(stand_in.script.finished.is_set() for stand_in in both))
        late = collector.memory_mib()
        sent = {made_up_shape(post) for stand_in in both for post in stand_in.record.sent}
        collector.wait_until(lambda: collector.lines_on_disk() >= len(sent))
        posts, commit = collector.end()
    assert Counter(map(shape, posts)) == Counter(sent)
    assert commit.counts.dropped["bot"] > 0
    assert late - early < 30
    for stand_in in both:
        assert stand_in.connections == 6 * FAILURES_IN_TEN_MINUTES + 1
    warnings = [line for line in collector.log.splitlines() if " WARNING " in line]
    assert len(warnings) <= 2 * 6 * FAILURES_IN_TEN_MINUTES
    assert TOKEN not in collector.log
    assert commit.gaps


@pytest.mark.parametrize("kills", [3])
def test_a_killed_collector_misses_only_posts_of_the_gaps_that_it_records(tmp_path, kills):
    def make(number: int) -> MadeUpPost:
        return MadeUpPost(number, datetime.now(UTC), "tea", "en", ("Tea", f"n{number}"))

    with MastodonStandIn([Send(10_000_000, 5_000)], make=make, token=TOKEN) as server:
        for _ in range(kills):
            begun = len(server.record.happened)
            collector = Collector(tmp_path / "data", server)
            collector.wait_until(lambda begun=begun: len(server.record.happened) > begun + 1_500)
            collector.end(signal.SIGKILL)
            server.script.steps.insert(0, Send(10_000_000, 5_000))
        opened = server.opened
        collector = Collector(tmp_path / "data", server)
        server.wait_until(lambda: server.opened > opened, 60)
        happened = len(server.record.happened)
        collector.wait_until(lambda: len(server.record.happened) > happened + 200)
        posts, commit = collector.end()
    counted = Counter(map(shape, posts))
    assert max(counted.values()) == 1
    until = read_places(commit.cursor)[server.name].until
    missing = [post for post in server.record.happened if post.moment < until and made_up_shape(post) not in counted]
    assert [gap.reason for gap in commit.gaps] == ["the collector was not running"] * kills
    for post in missing:
        assert any(gap.start <= post.moment <= gap.end for gap in commit.gaps), post
