"""The leaping clock, as a process sees it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.torture.clock import LeapingClock

HOUR = 3_600


def test_a_process_sees_the_clock_leap_and_steady_clocks_stay(tmp_path: Path) -> None:
    clock = LeapingClock(tmp_path)
    if clock.missing:
        pytest.skip(clock.missing)
    program = "import time\nwhile input() == 'ask': print(time.time(), time.monotonic(), flush=True)"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=clock.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask() -> tuple[float, float]:
        process.stdin.write("ask\n")
        process.stdin.flush()
        wall, steady = map(float, process.stdout.readline().split())
        return wall - time.time(), steady - time.monotonic()

    before, steady_before = ask()
    clock.leap(80 * HOUR)
    ahead, steady_ahead = ask()
    clock.leap(-100 * HOUR)
    behind, _ = ask()
    process.communicate("end\n", timeout=10)
    assert [round(seconds / HOUR) for seconds in (before, ahead, behind)] == [0, 80, -20]
    assert round(steady_ahead - steady_before) == 0
