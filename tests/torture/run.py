"""One run: a recording through a Trendsite under torture, then the comparison with what was expected."""

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from contract.closed_day import closed_days
from tests.torture.ambush import lie_in_wait
from tests.torture.expected import Expected, expect, read_lines
from tests.torture.found import wrong_counts
from tests.torture.made_up import write_recording
from tests.torture.plan import Plan
from tests.torture.tortured import Tortured
from tests.torture.viewer import Viewer

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
RECORDED = {
    "covid": "covid_2021-12-30.ndjson.gz",
    "sample": "sample_2019-07-03.ndjson.gz",
    "ep2014": "ep2014.ndjson.gz",
}
MADE_UP = "made-up"
_MADE_UP_POSTS_PER_SECOND = 300

PATIENCE_SECONDS = 120.0
"""So long may nothing move; a start of Spark on a busy machine takes a fifth of that."""

LONGEST_SILENCE_SECONDS = 60.0


class StuckError(RuntimeError):
    """Nothing moved for PATIENCE_SECONDS."""


@dataclass
class Outcome:
    """What came of one run: ``rebuilds`` of Redis by the last streaming process, ``silence`` the viewer's longest."""

    seed: int
    data: str
    steps: int = 0
    posts: int = 0
    days: int = 0
    rebuilds: int = 0
    silence: float = 0.0
    seconds: float = 0.0
    wrongs: list[str] = field(default_factory=list)


def torture(plan: Plan, data: str, seconds: float, say: Callable[[str], None]) -> Outcome:
    """Run ``plan`` against the recording ``data``, replayed in about ``seconds``; ``say`` each thing that is done."""
    began = time.monotonic()
    outcome = Outcome(plan.seed, data)

    def tell(line: str) -> None:
        say(f"seed {plan.seed}, {time.monotonic() - began:5.1f} s: {line}")

    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        recording = recording_of(data, plan.seed, seconds, Path(folder))
        expected = expect(read_lines(recording))
        tell(f"{data}: {expected.posts:,} posts of {len(expected.days)} days, dropped are {dict(expected.dropped)}")
        with Tortured(recording, _span_seconds(expected) / seconds, plan.seed) as trendsite:
            try:
                _run(trendsite, plan, expected, outcome, tell)
            finally:
                outcome.seconds = time.monotonic() - began
            if outcome.wrongs:
                trendsite.print_logs()
    return outcome


def recording_of(data: str, seed: int, seconds: float, folder: Path) -> Path:
    """Return the recording that ``data`` names, made now when it is made up."""
    if data != MADE_UP:
        return SHARED_DATA / RECORDED[data]
    path = folder / "made-up.ndjson"
    write_recording(path, seed, int(seconds * _MADE_UP_POSTS_PER_SECOND))
    return path


def _span_seconds(expected: Expected) -> float:
    hours = [
        day.toordinal() * 24 + hour
        for day, counts in expected.days.items()
        for hour, posts in enumerate(counts["*", ""])
        if posts
    ]
    return (max(hours) - min(hours) + 1) * 3_600


def _run(trendsite: Tortured, plan: Plan, expected: Expected, outcome: Outcome, tell: Callable[[str], None]) -> None:
    viewer = Viewer(trendsite.address.removeprefix("http://"), tell)
    over = threading.Event()
    ambush = threading.Thread(target=lie_in_wait, args=(trendsite, plan.ambushes, tell, over), daemon=True)
    _wait(lambda: trendsite.posts() > 0, trendsite.posts, "the first post is there")
    viewer.start()
    ambush.start()
    try:
        _do_steps(trendsite, plan, expected.posts, viewer, tell)
        trendsite.relieve()
        tell("nothing more is done")
        _wait(lambda: _is_done(trendsite, expected.closed), lambda: _progress(trendsite), "everything is counted")
    finally:
        over.set()
        ambush.join()
        viewer.stop()
    tell("everything is counted, the counts are compared")
    outcome.steps = len(plan.steps) + len(plan.ambushes)
    outcome.posts, outcome.days = expected.posts, len(expected.days)
    outcome.rebuilds = trendsite.report("streaming").get("rebuilds", 0)
    outcome.silence = viewer.longest_silence
    outcome.wrongs = [*viewer.wrongs, *wrong_counts(trendsite, expected.days, expected.closed)]
    if viewer.longest_silence > LONGEST_SILENCE_SECONDS:
        outcome.wrongs.append(f"for {viewer.longest_silence:.0f} s a viewer got no ranking")


def _do_steps(trendsite: Tortured, plan: Plan, posts: int, viewer: Viewer, tell: Callable[[str], None]) -> None:
    for number, step in enumerate(plan.steps, 1):
        due = int(step.at * posts)
        _wait(lambda due=due: trendsite.posts() >= due, trendsite.posts, f"{due:,} posts are in the stream")
        at = trendsite.posts()
        tell(f"step {number} of {len(plan.steps)}: {step} at {at:,} posts")
        viewer.expect_silence()
        if reason := trendsite.do(step):
            tell(f"step {number} was left out: {reason}")


def _is_done(trendsite: Tortured, closed: set[date]) -> bool:
    collector, streaming = trendsite.report("collector"), trendsite.report("streaming")
    if collector.get("state") != "ended" or streaming.get("behind_bytes") != 0:
        return False
    archived = {path.name.removeprefix("day=") for path in trendsite.data_dir.glob("archive/day=*")}
    folders = {str(day) for _, day, _ in closed_days(trendsite.data_dir)}
    return {str(day) for day in closed} <= folders | archived and streaming.get("day") not in map(str, closed)


def _progress(trendsite: Tortured) -> tuple[object, ...]:
    streaming = trendsite.report("streaming")
    return trendsite.posts(), streaming.get("counted_offset"), streaming.get("day")


def _wait(happened: Callable[[], bool], progress: Callable[[], object], what: str) -> None:
    """Wait for as long as something moves.

    Raises:
        StuckError: nothing did for PATIENCE_SECONDS.
    """
    seen: set[object] = set()
    moved_at = time.monotonic()
    while not happened():
        now = progress()
        # Somewhere it has been already is no progress: it may go round in circles.
        if now not in seen:
            seen.add(now)
            moved_at = time.monotonic()
        if time.monotonic() - moved_at > PATIENCE_SECONDS:
            raise StuckError(f"for {PATIENCE_SECONDS:.0f} s nothing moved at {now}, and it did not happen that {what}")
        time.sleep(0.1)
