"""One run: a recording through a Trendsite under torture, then the comparison with what was expected."""

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from collector.sources.replay.recording import recording_name
from contract import redis_names
from contract.closed_day import closed_days
from tests.conftest import SHARED_DATA
from tests.end_to_end.whole_trendsite import wait_until
from tests.torture.comparison import wrong_counts
from tests.torture.expected import Expected, expect, read_lines
from tests.torture.pairs import wrong_pairs
from tests.torture.plan import Ambush, Moment, Plan
from tests.torture.recording import write_recording
from tests.torture.subscriber import Subscriber
from tests.torture.tortured import Tortured
from tests.torture.tortured_kafka import TorturedKafka

RECORDED = {
    "covid": "covid_2021-12-30.ndjson.gz",
    "sample": "sample_2019-07-03.ndjson.gz",
    "ep2014": "ep2014.ndjson.gz",
}
MADE_UP = "made-up"
_MADE_UP_POSTS_PER_SECOND = 300

PATIENCE_SECONDS = 240.0
"""A run fails after this time without progress. Starting Spark on a slow, busy machine takes a third of it."""

LONGEST_SILENCE_SECONDS = 180.0
"""So long no fault may keep rankings away. Most of it is Spark's start, on a slow, busy machine."""

_LOOK_SECONDS = 0.005
_FOLDERS: dict[Moment, str] = {"writing": "closed/*/.*.unfinished", "written": "closed/*/*"}
_RECORDS = "counts/*/done.json"


class StuckError(RuntimeError):
    """There was no progress for PATIENCE_SECONDS."""


@dataclass
class Outcome:
    """The result of one run.

    ``rebuilds`` are those of Redis by the last streaming process, ``silence`` is the subscriber's longest in seconds.
    """

    seed: int
    data: str
    steps: int = 0
    posts: int = 0
    days: int = 0
    rebuilds: int = 0
    silence: float = 0.0
    seconds: float = 0.0
    errors: list[str] = field(default_factory=list)


def torture(
    plan: Plan, data: str, seconds: float, write: Callable[[str], None], networks: Sequence[str] = ()
) -> Outcome:
    """Run ``plan`` against the recording ``data``, replayed in about ``seconds``; ``write`` a line for each action.

    With ``networks``, each of them replays a recording at the same time: the first has ``data``, the others have made
    up ones.
    """
    began = time.monotonic()
    outcome = Outcome(plan.seed, data)

    def log(line: str) -> None:
        write(f"seed {plan.seed}, {time.monotonic() - began:5.1f} s: {line}")

    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        recordings = _recordings(networks, data, plan.seed, seconds, Path(folder))
        expected = {source: expect(read_lines(recording)) for source, recording in recordings.items()}
        for source, of_source in expected.items():
            counts = f"{of_source.posts:,} posts of {len(of_source.days)} days"
            log(f"{source}: {counts}, dropped are {dict(of_source.dropped)}")
        span = max(map(_span_seconds, expected.values()))
        kind = TorturedKafka if plan.setup.broker_count else Tortured
        with kind(recordings, span / seconds, plan.seed, plan.setup) as trendsite:
            try:
                _run(trendsite, plan, expected, outcome, log)
            finally:
                outcome.seconds = time.monotonic() - began
            if outcome.errors:
                trendsite.print_logs()
    return outcome


def _recordings(networks: Sequence[str], data: str, seed: int, seconds: float, folder: Path) -> dict[str, Path]:
    """Return the recording of each source."""
    first = recording_of(data, seed, seconds, folder)
    if not networks:
        return {f"replay-{recording_name(first)}": first}
    recordings = {networks[0]: first}
    for number, network in enumerate(networks[1:], 1):
        own = folder / network
        own.mkdir()
        recordings[network] = recording_of(MADE_UP, seed + number, seconds, own)
    return recordings


def recording_of(data: str, seed: int, seconds: float, folder: Path) -> Path:
    """Return the recording called ``data``; write it first if it is made up."""
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


def _run(
    trendsite: Tortured, plan: Plan, expected: Mapping[str, Expected], outcome: Outcome, log: Callable[[str], None]
) -> None:
    posts = sum(of_source.posts for of_source in expected.values())
    networks = trendsite.sources if len(trendsite.sources) > 1 else []
    subscribers = [Subscriber(trendsite.address.removeprefix("http://"), log, name) for name in ["", *networks]]
    over = threading.Event()
    ambush = threading.Thread(target=_lie_in_wait, args=(trendsite, plan.ambushes, log, over), daemon=True)
    _wait(lambda: trendsite.posts() > 0, trendsite.posts, "the first post is there")
    for subscriber in subscribers:
        subscriber.start()
    ambush.start()
    try:
        _do_steps(trendsite, plan, posts, subscribers, log)
        trendsite.end_faults()
        log("all steps are done")
        _wait(lambda: _are_done(trendsite, expected), lambda: _progress(trendsite), "everything is counted")
    finally:
        over.set()
        ambush.join()
        for subscriber in subscribers:
            subscriber.stop()
    # The last fault may have been the site's.
    wait_until(lambda: trendsite.ask("/healthz"), "the site answers")
    log("everything is counted, the counts are compared")
    outcome.steps = len(plan.steps) + len(plan.ambushes)
    outcome.posts, outcome.days = posts, sum(len(of_source.days) for of_source in expected.values())
    outcome.rebuilds = sum(status.get("rebuilds", 0) for status in _streaming_statuses(trendsite))
    outcome.silence = max(subscriber.longest_silence for subscriber in subscribers)
    outcome.errors = [error for subscriber in subscribers for error in subscriber.errors]
    for source, of_source in expected.items():
        outcome.errors += wrong_counts(trendsite, source, of_source.days)
        wrong = wrong_pairs(trendsite.data_dir, trendsite.redis, source, of_source.pairs)
        outcome.errors += [f"{source}: {line}" for line in wrong]
    if outcome.silence > LONGEST_SILENCE_SECONDS:
        outcome.errors.append(f"for {outcome.silence:.0f} s a subscriber got no ranking")


def _do_steps(
    trendsite: Tortured, plan: Plan, posts: int, subscribers: Sequence[Subscriber], log: Callable[[str], None]
) -> None:
    for number, step in enumerate(plan.steps, 1):
        due = int(step.at * posts)
        _wait(lambda due=due: trendsite.posts() >= due, trendsite.posts, f"{due:,} posts are in the stream")
        at = trendsite.posts()
        log(f"step {number} of {len(plan.steps)}: {step} at {at:,} posts")
        for subscriber in subscribers:
            subscriber.expect_silence()
        if reason := trendsite.do(step):
            log(f"step {number} was left out: {reason}")


def _lie_in_wait(
    trendsite: Tortured, ambushes: Iterable[Ambush], log: Callable[[str], None], over: threading.Event
) -> None:
    """Carry out the ambushes in order until ``over`` is set: kill a process at the moment a day is closed."""
    for ambush in ambushes:
        known = _days_at(trendsite, ambush.moment)
        while not (new := _days_at(trendsite, ambush.moment) - known):
            if over.wait(_LOOK_SECONDS):
                log(f"left out, no day came to it: {ambush}")
                return
        missed = trendsite.kill(ambush.target)
        log(f"{ambush} of {max(new)}{f': {missed}' if missed else ''}")


def _days_at(trendsite: Tortured, moment: Moment) -> set[date]:
    days: set[date] = set()
    if moment == "recorded":
        for record in trendsite.data_dir.glob(_RECORDS):
            with contextlib.suppress(msgspec.DecodeError, OSError):
                days.update(msgspec.json.decode(record.read_bytes(), type=list[date]))
        return days
    for path in trendsite.data_dir.glob(_FOLDERS[moment]):
        with contextlib.suppress(ValueError):
            days.add(date.fromisoformat(path.name.removesuffix(".unfinished").lstrip(".")))
    return days


def _are_done(trendsite: Tortured, expected: Mapping[str, Expected]) -> bool:
    return all(_is_done(trendsite, source, set(of_source.days)) for source, of_source in expected.items())


def _is_done(trendsite: Tortured, source: str, closed: set[date]) -> bool:
    collector = trendsite.status(redis_names.collector_status, source)
    streaming = trendsite.status(redis_names.streaming_status, source)
    if collector.get("state") != "ended" or streaming.get("behind_bytes") != 0 or streaming.get("batch", -1) < 0:
        return False
    # Streaming also reports while it rebuilds a Redis that lost everything at the end.
    if trendsite.mark(source) < streaming["counted_offset"]:
        return False
    archived = {path.parent.name[len("day=") :] for path in trendsite.data_dir.glob(f"archive/day=*/source={source}")}
    folders = {str(day) for name, day, _ in closed_days(trendsite.data_dir) if name == source}
    return {str(day) for day in closed} <= folders | archived and streaming.get("day") not in map(str, closed)


def _streaming_statuses(trendsite: Tortured) -> list[dict[str, Any]]:
    return [trendsite.status(redis_names.streaming_status, source) for source in trendsite.sources]


def _progress(trendsite: Tortured) -> tuple[object, ...]:
    statuses = _streaming_statuses(trendsite)
    return trendsite.posts(), *((status.get("counted_offset"), status.get("day")) for status in statuses)


def _wait(happened: Callable[[], bool], progress: Callable[[], object], what: str) -> None:
    """Wait for ``happened`` as long as ``progress`` changes.

    Raises:
        StuckError: it did not change for PATIENCE_SECONDS.
    """
    seen: set[object] = set()
    moved_at = time.monotonic()
    while not happened():
        now = progress()
        # A value seen before is no progress: the run may go in circles.
        if now not in seen:
            seen.add(now)
            moved_at = time.monotonic()
        if time.monotonic() - moved_at > PATIENCE_SECONDS:
            raise StuckError(f"for {PATIENCE_SECONDS:.0f} s nothing moved at {now}, and it did not happen that {what}")
        time.sleep(0.1)
