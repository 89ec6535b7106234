"""The clock of live sources as they run: X over a real socket, and the simulator under a clock that leaps."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from pathlib import Path
from time import monotonic

import pytest

from collector.intake.ingest import Ingest
from collector.log.spool import Spool
from collector.sources import PostSource
from collector.sources.simulator.source import SimulatorSource
from collector.sources.x.client import XClient
from collector.sources.x.rules import rules_for
from collector.sources.x.source import XSource
from tests.collector.log.test_spool import open_spool
from tests.collector.made_up import HASH_AUTHOR, NOON
from tests.standins.x import TOKEN, XStandIn, stream_line

HOUR = timedelta(hours=1)
PATIENCE_SECONDS = 120
MIDNIGHT = NOON + timedelta(hours=12)


class Running:
    """An ingest whose batches a test processes one by one. Each is committed."""

    def __init__(self, source: PostSource, folder: Path) -> None:
        self.spool: Spool = open_spool(folder)
        self.ingest = Ingest(source, self.spool, HOUR, lambda: None, lambda: None)
        self.stop = threading.Event()
        self._batches = source.batches(self.spool.committed.cursor, self.stop)

    def until(self, condition: Callable[[], bool]) -> None:
        """Process batches until the condition holds."""
        end = monotonic() + PATIENCE_SECONDS
        for batch in takewhile(lambda _: monotonic() < end, self._batches):
            self.ingest.process(batch)
            self.ingest.commit(self.stop)
            if condition():
                return
        raise AssertionError(f"it did not come to that: {self.spool.committed}")

    @property
    def dropped(self) -> dict[str, int]:
        return self.spool.committed.counts.dropped

    @property
    def posts(self) -> int:
        return self.spool.committed.counts.posts


def line(number: int, moment: datetime) -> bytes:
    return stream_line(number, moment.isoformat())


def test_posts_of_2038_over_a_socket_move_nothing_and_a_quiet_night_without_x_closes_the_day(tmp_path, monkeypatch):
    monkeypatch.setattr("collector.sources.x.source.at_least", lambda seconds, _: min(seconds, 0.05))
    now = [MIDNIGHT - HOUR]
    with XStandIn() as stand_in:
        client = partial(XClient, TOKEN, stand_in.url)
        running = Running(XSource(client, 1_000, lambda: rules_for(["en"], {}), HASH_AUTHOR, lambda: now[0]), tmp_path)
        stand_in.send(
            line(1, now[0]), *(line(100 + i, datetime.fromisoformat("2038-01-19T03:14:07Z")) for i in range(50))
        )
        running.until(lambda: running.dropped == {"future": 50})
        stand_in.send(line(2, now[0]), line(3, NOON - timedelta(days=1)))
        running.until(lambda: running.dropped == {"future": 50, "late": 1})
        assert (running.posts, running.ingest.clock_problem(now[0], "touch a file")) == (2, "")
        stand_in.hang_up()
    # X is away now, and the source retries.
    monkeypatch.setattr("collector.intake.event_time.QUIET_SECONDS", 0.0)
    now[0] = MIDNIGHT + HOUR
    running.until(lambda: running.spool.committed.days[NOON.date()].closed_offset is not None)
    running.stop.set()
    assert running.spool.committed.days == {NOON.date(): running.spool.status().days[NOON.date()]}
    assert running.spool.committed.clock == now[0]


@pytest.mark.parametrize("hours", [-2, -30, 2, 80])
def test_the_simulator_goes_on_under_a_clock_that_leaps_and_loses_no_post(tmp_path: Path, hours: int):
    now = [NOON]

    def running_clock() -> datetime:
        now[0] += timedelta(milliseconds=50)
        return now[0]

    running = Running(SimulatorSource(1, 2_000, running_clock), tmp_path)
    running.until(lambda: running.posts > 300)
    now[0] += timedelta(hours=hours)
    running.until(lambda: running.posts > 900)
    assert not {"future", "late"} & running.dropped.keys()
    problem = running.ingest.clock_problem(now[0], "touch a file")
    assert bool(problem) == (hours < 0)
