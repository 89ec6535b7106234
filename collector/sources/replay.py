"""A recorded file -> posts, at its own pace, faster, or as fast as possible."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from collector.authors import AuthorHash
from collector.event_time import utc
from collector.sources.recorded_lines import Block, Recording, RecordingError, recording_name
from collector.sources.recorded_post import read_post, to_post
from collector.sources.source import TICK_SECONDS, Batch, Cursor, SourceState
from contract.post import Post

_PROGRESS_SECONDS = 5.0
_LONGEST_PAUSE = timedelta(days=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clocks:
    """``now`` is the time of the day, which may leap; ``steady`` counts seconds, and nobody sets it."""

    now: Callable[[], datetime]
    steady: Callable[[], float]


MACHINE_CLOCKS = Clocks(lambda: datetime.now(UTC), monotonic)


class ReplaySource:
    """Replays one file once. Its cursor holds the offset, the posts so far, and the shift in seconds."""

    kind = "replay"
    repeats = True

    def __init__(
        self,
        path: Path,
        speed: float,
        shift_to_now: bool,
        hashed: AuthorHash,
        clocks: Clocks = MACHINE_CLOCKS,
    ) -> None:
        """Replay ``path``, ``speed`` seconds in one (0: no pauses), its times moved to now or not.

        ``hashed`` makes its account ids what they are in posts.

        Raises:
            OSError: the file cannot be read.
        """
        self.name = f"replay-{recording_name(path)}" + ("-now" if shift_to_now else "")
        self._path = path
        self._speed = speed
        self._shift_to_now = shift_to_now
        self._hashed = hashed
        self._clocks = clocks
        self._state = SourceState("connecting", f"opening {path.name}")
        self._posts = 0
        self._shift = timedelta(0)

    @property
    def state(self) -> SourceState:
        """Connected while there is more to replay."""
        return self._state

    def batches(self, cursor: Cursor, stop: threading.Event) -> Iterator[Batch]:
        """Yield the rest of the file, then one final batch, then empty ones."""
        place = cursor or self._begin()
        self._posts = place["posts"]
        self._shift = timedelta(seconds=place["shift"])
        yield Batch([], place)
        try:
            with Recording(self._path, place["offset"]) as recording:
                for batch in self._replay(recording, stop):
                    place = batch.cursor or place
                    yield batch
            ending = f"end of {self._path.name}, {self._posts} posts"
        except (OSError, RecordingError) as error:
            ending = f"{error}; {self._posts} posts"
        if not stop.is_set():
            log.info("%s", ending)
            self._state = SourceState("ended", ending)
            yield Batch([], place, final=True)
        while not stop.wait(TICK_SECONDS):
            yield Batch([], place)

    def _begin(self) -> dict[str, Any]:
        first = self._first_post() if self._shift_to_now else None
        shift = (self._clocks.now() - first.created_at).total_seconds() if first else 0.0
        return {"offset": 0, "posts": 0, "shift": shift}

    def _first_post(self) -> Post | None:
        try:
            with Recording(self._path) as recording:
                posts = (to_post(line, self._hashed) for block in recording.blocks() for line in block.lines)
                return next((post for post in posts if post), None)
        except (OSError, RecordingError):
            return None

    def _replay(self, recording: Recording, stop: threading.Event) -> Iterator[Batch]:
        self._state = SourceState("connected", f"replaying {self._path.name}")
        pace = _Pace(self._speed, self._clocks.steady) if self._speed else None
        report = _ProgressReport(self._path.name, self._posts)
        for block in recording.blocks():
            if pace is None:
                yield self._whole(block)
            else:
                yield from self._paced(block, pace, stop)
            report.tell(self._posts, recording.percent)
            if stop.is_set():
                return

    def _whole(self, block: Block) -> Batch:
        dropped: Counter[str] = Counter()
        posts = [post for line in block.lines if line and (post := self._post(line, dropped))]
        self._posts += len(posts)
        return Batch(posts, self._place(block.end), dropped)

    def _paced(self, block: Block, pace: "_Pace", stop: threading.Event) -> Iterator[Batch]:
        posts: list[Post] = []
        dropped: Counter[str] = Counter()
        offset = block.start
        for line in block.lines:
            post = self._post(line, dropped) if line else None
            if post is not None:
                while pace.must_wait(post.created_at):
                    yield Batch(posts, self._place(offset), dropped)
                    posts, dropped = [], Counter()
                    if stop.wait(pace.seconds_to_wait):
                        return
                posts.append(post)
                self._posts += 1
            offset += len(line) + 1
        yield Batch(posts, self._place(block.end), dropped)

    def _post(self, line: bytes, dropped: Counter[str]) -> Post | None:
        post = read_post(line, self._hashed, dropped)
        if post is None or not self._shift:
            return post
        shifted = _shifted(post, self._shift)
        if shifted is None:
            dropped["malformed"] += 1
        return shifted

    def _place(self, offset: int) -> Cursor:
        return {"offset": offset, "posts": self._posts, "shift": self._shift.total_seconds()}


def _shifted(post: Post, shift: timedelta) -> Post | None:
    moved = utc(post.created_at + shift)
    if moved is None:
        return None
    post.created_at = moved
    return post


class _Pace:
    """When a post is due: as long after the one before as it was recorded, divided by the speed."""

    def __init__(self, speed: float, steady: Callable[[], float]) -> None:
        self._speed = speed
        self._steady = steady
        self._began_at: float | None = None
        self._first = self._previous = datetime.min.replace(tzinfo=UTC)
        self.seconds_to_wait = 0.0

    def must_wait(self, moment: datetime) -> bool:
        """Return whether a post of ``moment`` is not due yet; ``seconds_to_wait`` is then set.

        A leap of over a day, forward or back, is not waited for: more likely than a quiet day is
        a wrong time.
        """
        now = self._steady()
        if self._began_at is None or abs(moment - self._previous) > _LONGEST_PAUSE:
            self._began_at, self._first = now, moment
        self._previous = moment
        seconds = (moment - self._first).total_seconds() / self._speed - (now - self._began_at)
        self.seconds_to_wait = min(seconds, TICK_SECONDS)
        return seconds > 0


class _ProgressReport:
    """One line in the log every few seconds of a long replay."""

    def __init__(self, file: str, posts: int) -> None:
        self._file = file
        self._posts = posts
        self._told_at = monotonic()

    def tell(self, posts: int, percent: float) -> None:
        """Log how far the replay is, unless it was told a moment ago."""
        seconds = monotonic() - self._told_at
        if seconds < _PROGRESS_SECONDS:
            return
        rate = (posts - self._posts) / seconds
        log.info("replaying %s: %d posts, %.1f%% of the file, %.0f posts/s", self._file, posts, percent, rate)
        self._posts, self._told_at = posts, monotonic()
