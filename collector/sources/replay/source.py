"""Replay: a recorded file -> posts, at its own pace, faster, or as fast as possible."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from collector.sources import TICK_SECONDS, Cursor, PostBatch, SourceState
from collector.sources.fields import AuthorHash, utc
from collector.sources.replay.posts import fault_of, read_lines, read_posts
from collector.sources.replay.recording import (
    BLOCK_BYTES,
    PROGRESS_SECONDS,
    Block,
    Recording,
    RecordingError,
    recording_name,
)
from contract.post import Post

_BATCH_POSTS = 20_000
_BYTES_AT_ONCE = 2 * BLOCK_BYTES
_LONGEST_PAUSE = timedelta(days=1)

NO_READABLE_POSTS = "The recording contains no readable posts"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clocks:
    """``now`` is the machine's time, which may leap. ``steady`` is the monotonic clock in seconds."""

    now: Callable[[], datetime]
    steady: Callable[[], float]


MACHINE_CLOCKS = Clocks(lambda: datetime.now(UTC), monotonic)


class ReplaySource:
    """Replays one file once.

    Its cursor has the offset of a line, the number of posts done of that line (it may be a page of posts), the number
    of all posts so far, and the shift in seconds.
    """

    kind = "replay"
    is_live = False
    repeats = True

    def __init__(
        self,
        path: Path,
        speed: float,
        shift_to_now: bool,
        hash_author: AuthorHash,
        clocks: Clocks = MACHINE_CLOCKS,
    ) -> None:
        """Replay ``path``, ``speed`` seconds in one (0: without pauses), its times shifted to now or not.

        Raises:
            OSError: the file cannot be read.
        """
        self.name = f"replay-{recording_name(path)}" + ("-now" if shift_to_now else "")
        self._path = path
        self._speed = speed
        self._shift_to_now = shift_to_now
        self._hash_author = hash_author
        self._clocks = clocks
        self._state = SourceState("connecting", f"opening {path.name}")
        self._posts = 0
        self._done_of_line = 0
        self._shift = timedelta(0)

    @property
    def state(self) -> SourceState:
        """``connected`` while there is more to replay."""
        return self._state

    def batches(self, cursor: Cursor, stop: threading.Event) -> Iterator[PostBatch]:
        """Yield the rest of the file, then one final batch, then empty ones."""
        place = cursor or self._begin()
        self._posts = place["posts"]
        self._done_of_line = place.get("done_of_line", 0)
        self._shift = timedelta(seconds=place["shift"])
        yield PostBatch([], place)
        can_resume = False
        try:
            with Recording(self._path, place["offset"]) as recording:
                for batch in self._replay(recording, stop):
                    place = batch.cursor or place
                    yield batch
            ending = f"end of {self._path.name}, {self._posts} posts"
        except RecordingError as error:
            ending = f"{error}; {self._posts} posts"
            can_resume = is_temporary(error)
        except OSError as error:
            ending = f"{self._path.name} cannot be read: {error.strerror}; {self._posts} posts"
            can_resume = True
        if not stop.is_set():
            self._state = self._ended(ending)
            yield PostBatch([], place, final=True, can_resume=can_resume)
        while not stop.wait(TICK_SECONDS):
            yield PostBatch([], place)

    def _ended(self, ending: str) -> SourceState:
        """Return the state after the last post. Without posts it is ``blocked``: a person must give another file."""
        if self._posts:
            log.info("%s", ending)
            return SourceState("ended", ending)
        problem = f"{NO_READABLE_POSTS}: {why_unreadable(self._path)}"
        log.error("%s", problem)
        return SourceState("blocked", problem)

    def _begin(self) -> dict[str, Any]:
        first = self._first_post() if self._shift_to_now else None
        shift = (self._clocks.now() - first.created_at).total_seconds() if first else 0.0
        return {"offset": 0, "posts": 0, "shift": shift}

    def _first_post(self) -> Post | None:
        try:
            with Recording(self._path) as recording:
                lines = (line for block in recording.blocks() for line in block.lines)
                posts = (post for line in lines for post in read_posts(line, self._hashed, Counter()))
                return next(posts, None)
        except (OSError, RecordingError):
            return None

    def _hashed(self, account: str, moment: datetime) -> str:
        """Return the hash of an account for the day in which its post counts."""
        return self._hash_author(account, moment + self._shift)

    def _replay(self, recording: Recording, stop: threading.Event) -> Iterator[PostBatch]:
        self._state = SourceState("connected", f"replaying {self._path.name}")
        pace = _Pace(self._speed, self._clocks.steady) if self._speed else None
        report = _ProgressReport(self._path.name, self._posts)
        for block in recording.blocks():
            if pace is None and block.end - block.start <= _BYTES_AT_ONCE:
                yield self._block_batch(block)
            else:
                yield from self._batches(block, pace, stop)
            report.update(self._posts, recording.percent)
            if stop.is_set():
                return

    def _block_batch(self, block: Block) -> PostBatch:
        """Return all posts of a block in one batch. This is fastest, and a normal block has few enough."""
        dropped: Counter[str] = Counter()
        if self._shift or self._done_of_line:
            posts = [post for line in block.lines for post in self._posts_of(line, dropped)]
        else:
            posts = list(read_lines(block.lines, self._hash_author, dropped))
        return self._batch(posts, dropped, block.end)

    def _batches(self, block: Block, pace: "_Pace | None", stop: threading.Event) -> Iterator[PostBatch]:
        posts: list[Post] = []
        dropped: Counter[str] = Counter()
        start = block.start
        for line, end in zip(block.lines, block.line_ends, strict=True):
            done = self._done_of_line
            for post in self._posts_of(line, dropped):
                while (pace and pace.must_wait(post.created_at)) or len(posts) >= _BATCH_POSTS:
                    yield self._batch(posts, dropped, start, done)
                    posts = []
                    if pace and stop.wait(pace.seconds_to_wait):
                        return
                posts.append(post)
                done += 1
            start = end
        yield self._batch(posts, dropped, block.end)

    def _batch(self, posts: list[Post], dropped: Counter[str], offset: int, done_of_line: int = 0) -> PostBatch:
        """Return a batch up to a place, and clear ``dropped``: the reader of a line goes on counting in it."""
        self._posts += len(posts)
        place = {"offset": offset, "posts": self._posts, "shift": self._shift.total_seconds()}
        if done_of_line:
            place["done_of_line"] = done_of_line
        batch = PostBatch(posts, place, Counter(dropped))
        dropped.clear()
        return batch

    def _posts_of(self, line: bytes, dropped: Counter[str]) -> Iterable[Post]:
        """Return the posts of a line. Of the first line after a start, skip those that were done before."""
        if not line:
            return ()
        posts = read_posts(line, self._hashed, dropped)
        if self._shift:
            posts = _all_shifted(posts, self._shift, dropped)
        if self._done_of_line:
            posts = iter(posts)
            for _ in range(self._done_of_line):
                next(posts, None)
            self._done_of_line = 0
            dropped.clear()
        return posts


def why_unreadable(path: Path) -> str:
    """Return in words why a recording has no readable posts."""
    try:
        with Recording(path) as recording:
            lines = (line for block in recording.blocks() for line in block.lines)
            first = next((line for line in lines if line.strip()), None)
    except RecordingError as error:
        return str(error)
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror}"
    if first is None:
        return f"{path.name} is empty"
    return f"the first line of {path.name} {fault_of(first)}"


def _all_shifted(posts: Iterable[Post], shift: timedelta, dropped: Counter[str]) -> Iterator[Post]:
    for post in posts:
        if moved := _shifted(post, shift):
            yield moved
        else:
            dropped["malformed"] += 1


def is_temporary(error: Exception) -> bool:
    """Return whether an error may go away: the system refused, as for a missing disk. Damage stays."""
    cause = error.__cause__ if isinstance(error, RecordingError) else error
    return isinstance(cause, OSError) and cause.errno is not None


def _shifted(post: Post, shift: timedelta) -> Post | None:
    moved = utc(post.created_at + shift)
    if moved is None:
        return None
    post.created_at = moved
    return post


class _Pace:
    """Paces posts by their recorded times, divided by the speed."""

    def __init__(self, speed: float, steady: Callable[[], float]) -> None:
        self._speed = speed
        self._steady = steady
        self._began_at: float | None = None
        self._first = self._previous = datetime.min.replace(tzinfo=UTC)
        self.seconds_to_wait = 0.0

    def must_wait(self, moment: datetime) -> bool:
        """Return whether a post of ``moment`` is not due yet. If so, set ``seconds_to_wait``.

        Do not wait for a leap of over a day, forward or back: a wrong time is more likely than a quiet day.
        """
        now = self._steady()
        if self._began_at is None or abs(moment - self._previous) > _LONGEST_PAUSE:
            self._began_at, self._first = now, moment
        self._previous = moment
        seconds = (moment - self._first).total_seconds() / self._speed - (now - self._began_at)
        self.seconds_to_wait = min(seconds, TICK_SECONDS)
        return seconds > 0


class _ProgressReport:
    """Logs the progress of a long replay every few seconds."""

    def __init__(self, file: str, posts: int) -> None:
        self._file = file
        self._posts = posts
        self._logged_at = monotonic()

    def update(self, posts: int, percent: float) -> None:
        """Log the progress, unless the last line is a moment ago."""
        seconds = monotonic() - self._logged_at
        if seconds < PROGRESS_SECONDS:
            return
        rate = (posts - self._posts) / seconds
        log.info("replaying %s: %d posts, %.1f%% of the file, %.0f posts/s", self._file, posts, percent, rate)
        self._posts, self._logged_at = posts, monotonic()
