"""A collector's process on stand-ins of a network, and how the posts in its spool compare with those made up."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from collector.log import Commit
from collector.log.commit_log import read_commits
from collector.log.spool import Spool
from contract.files import spool_folder
from contract.post import Post
from tests.parallel import find_free_port
from tests.standins.script import MadeUpPost

Shape = tuple[datetime, str, tuple[str, ...]]

_PATIENCE_SECONDS = 300


class CollectorProcess:
    """A running collector of one network, with its log in a file beside ``data_dir``. Leaving it ends the process."""

    def __init__(self, data_dir: Path, source: str, command: tuple[str, ...] = ("-m", "collector"), **settings: str):
        environment = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(data_dir),
            "COLLECTOR_ADDRESS": f"127.0.0.1:{find_free_port()}",
            "REDIS_URL": f"unix://{data_dir}/absent.sock",
            "SOURCE": source,
            **settings,
        }
        self._source = source
        self._spool = spool_folder(data_dir, source)
        self._log = data_dir.with_suffix(".log")
        with self._log.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, *command], env=environment, stderr=log)

    def __enter__(self) -> "CollectorProcess":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self._stop(signal.SIGTERM)

    @property
    def log(self) -> str:
        """What was logged so far, also by the processes before this one."""
        return self._log.read_text()

    @property
    def warnings(self) -> list[str]:
        """The warnings in the log, without their times."""
        return [line.split(" ", 2)[2] for line in self.log.splitlines() if " WARNING " in line]

    def memory_mib(self) -> float:
        """Return the resident memory."""
        fields = Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGESIZE") / 2**20

    def committed(self) -> Commit:
        """Return the last commit. A killed process may leave more than it says, which the next one drops."""
        commits = [commit for path in sorted(self._spool.glob("*.commits")) for commit in read_commits(path)[0]]
        return commits[-1] if commits else Commit()

    def committed_posts(self) -> int:
        """Return the number of posts at the last commit."""
        return self.committed().counts.posts

    def wait_for_posts(self, count: int) -> None:
        """Wait until so many posts are committed."""
        self.wait_until(lambda: self.committed_posts() >= count)

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition while the process runs."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while not condition():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < end, (self.committed_posts(), self.log)
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill the process as kill -9 does."""
        self._stop(signal.SIGKILL)

    def end(self) -> tuple[list[Post], Commit]:
        """Stop the process. Return the posts in its spool, and the last commit."""
        self._stop(signal.SIGTERM)
        spool = Spool(self._spool, self._source, 2**40)
        data = b"".join(spool.read(spool.first_offset, spool.committed.end))
        spool.close()
        return msgspec.json.Decoder(Post).decode_lines(data), spool.committed

    def _stop(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.wait(60)


def shape(post: Post) -> Shape:
    """Return what a post must have kept: its moment, its language and its hashtags as they were written."""
    return post.created_at, post.lang, tuple(sorted(post.spellings or post.hashtags))


def made_up_shape(post: MadeUpPost) -> Shape:
    """Return the shape of a post as a stand-in made it up."""
    return post.moment, post.language or "und", tuple(sorted(post.hashtags))


def to_the_millisecond(wanted: Shape) -> Shape:
    """Return a shape as networks have it whose times have milliseconds."""
    moment, *rest = wanted
    return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000), *rest
