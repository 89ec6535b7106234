"""``python -m trendsite.history.watch``: has each day archived once it is closed, for as long as supervisor runs it.

And again, when somebody asks for it (trendsite.history.asked).

It lives beside everything else and does nothing for a day, so it looks at the closed folders only,
and loads neither Django nor Arrow: what archives is ``manage.py archive`` in a process of its own,
whose memory goes when it is done.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Event

from contract.closed_day import closed_days
from contract.environment import Environment
from trendsite.history.asked import calls

CHECK_SECONDS = 5.0
FIRST_RETRY_SECONDS = 30.0
LAST_RETRY_SECONDS = 3_600.0

_TICK_SECONDS = 0.2
_MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


def watch(
    find: Callable[[], frozenset[Path]],
    archive: Callable[[], bool],
    wait: Callable[[float], bool],
    monotonic: Callable[[], float],
    random: Callable[[], float],
) -> None:
    """Call ``archive`` at each new path, a closed folder or a call, until ``wait``, an Event's, returns true.

    ``archive`` says whether all closed days are now archived. If not, it is called again later:
    first soon, then less and less often. ``monotonic`` gives seconds, ``random`` a number in [0, 1).
    """
    seen: frozenset[Path] = frozenset()
    failures = 0
    retry_at = 0.0
    stopped = False
    while not stopped:
        found = find()
        if found - seen or (failures and monotonic() >= retry_at):
            failures = 0 if archive() else failures + 1
            retry_at = monotonic() + retry_delay(failures, random())
        seen = found
        stopped = wait(CHECK_SECONDS)


def retry_delay(failures: int, random: float) -> float:
    """Return the seconds to wait after so many failures in a row: doubling, bounded, half of it random in [0, 1)."""
    longest = min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(failures - 1, 16))
    return longest * (0.5 + random / 2)


def run(command: Sequence[str], stop: Event) -> bool:
    """Run a command that may be ended at any moment, until it ends or ``stop`` is set; return whether it succeeded."""
    with subprocess.Popen(command) as process:  # noqa: S603 - our own command
        while process.poll() is None:
            if stop.wait(_TICK_SECONDS):
                process.terminate()
                process.wait()
        return process.returncode == 0


def main() -> None:
    """Watch DATA_DIR until SIGTERM or SIGINT; the arguments go to ``manage.py archive`` as they are."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    data_dir = Environment(os.environ).data_dir()
    command = [sys.executable, str(_MANAGE), "archive", *sys.argv[1:]]
    watch(
        find=lambda: frozenset(folder for _, _, folder in closed_days(data_dir)) | calls(data_dir),
        archive=partial(run, command, stop),
        wait=stop.wait,
        monotonic=time.monotonic,
        random=random.random,
    )


if __name__ == "__main__":
    main()
