"""``python -m trendsite.archive.tasks.watch`` archives each day once it is closed, and does tasks when they come.

It is idle nearly all day, so it loads neither Django nor Arrow and looks only at files and at one key in Redis. For
each run it starts ``manage.py archive`` in a process of its own, whose memory is freed at its end. Beside that it
reports the archive's status (trendsite.archive.tasks.report).
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, Thread

from contract.backoff import Backoff
from contract.closed_day import closed_days
from contract.environment import Environment, SettingError
from contract.error_reports import start_error_reports
from contract.logs import print_as_logged, start_logging
from contract.past_days import are_being_simulated
from trendsite.archive.tasks.report import Outcome, Reporter, check_redis, connect, read_outcomes
from trendsite.archive.tasks.wakeup import Wakeups

CHECK_SECONDS = 5.0
BACKOFF = Backoff(first=30.0, longest=900.0)

BUSY = 75
"""Exit code of a run that found another process archiving."""

PATIENCE_SECONDS = 30.0
"""How long a run may pass no sign of life. With CHECK_SECONDS, an unanswered night is known within a minute."""

FIRST_COPY_SECONDS = 600.0

_TICK_SECONDS = 0.2
_MANAGE = Path(__file__).resolve().parents[3] / "manage.py"


def closed_folders(data_dir: Path, now: float) -> frozenset[str]:
    """Return the folders of the closed days that streaming left, none while the past days are simulated.

    These are then archived in one run, and a small machine does not need the memory for both at once. ``now`` is in
    seconds since 1970.
    """
    if are_being_simulated(data_dir, now):
        return frozenset()
    return frozenset(str(folder) for _, _, folder in closed_days(data_dir))


def nightly(now: datetime, uptime: float) -> frozenset[str]:
    """Return a text that is new each day (UTC), for the copy of the site's data on days when no day closes.

    ``uptime`` are the seconds since the start. The first minutes belong to the other parts, which all start then.
    """
    return frozenset([f"copy-of-{now.date()}"] if uptime >= FIRST_COPY_SECONDS else [])


def watch(
    find: Callable[[], frozenset[str]],
    archive: Callable[[], bool],
    wait: Callable[[float], bool],
    monotonic: Callable[[], float],
    random: Callable[[], float],
) -> None:
    """Call ``archive`` at each new text, of a closed folder or a wake-up, until ``wait``, an Event's, returns true.

    ``archive`` returns whether all closed days are now archived. If not, it is called again, first soon, then less and
    less often. ``monotonic`` returns seconds, ``random`` a number in [0, 1).
    """
    seen: frozenset[str] = frozenset()
    failures = 0
    retry_at = 0.0
    stopped = False
    while not stopped:
        found = find()
        if found - seen or (failures and monotonic() >= retry_at):
            failures = 0 if archive() else failures + 1
            retry_at = monotonic() + BACKOFF.delay(failures, random())
        seen = found
        stopped = wait(CHECK_SECONDS)


def run(
    command: Sequence[str],
    stop: Event,
    set_outcome: Callable[[Outcome], None],
    patience: float = PATIENCE_SECONDS,
) -> bool:
    """Run a command until it ends or ``stop`` is set; return whether it succeeded. It must be safe to kill.

    The command gets the option ``--outcome-pipe`` with a pipe. Its outcomes go to ``set_outcome`` as they come. So does
    a failure when the command has passed nothing for ``patience`` seconds; it goes on, and its outcome follows.
    """
    reading, writing = os.pipe()
    try:
        with subprocess.Popen([*command, "--outcome-pipe", str(writing)], pass_fds=[writing]) as process:  # noqa: S603 - our own command
            follower = _Follower(reading, set_outcome, patience)
            while process.poll() is None:
                follower.step(time.monotonic())
                if stop.wait(_TICK_SECONDS):
                    process.terminate()
                    process.wait()
        if not stop.is_set() and process.returncode != BUSY:
            follower.end(process.returncode)
        return process.returncode == 0
    finally:
        os.close(reading)
        os.close(writing)


class _Follower:
    """What one run passes through its pipe."""

    def __init__(self, pipe: int, set_outcome: Callable[[Outcome], None], patience: float) -> None:
        self._pipe = pipe
        self._set_outcome = set_outcome
        self._patience = patience
        self._latest: Outcome | None = None
        self._heard_at = time.monotonic()
        self._is_stuck = False

    def step(self, now: float) -> None:
        """Take what came; report a run that has passed nothing for too long, once."""
        if self._take():
            self._heard_at = now
            if self._is_stuck:
                self._is_stuck = False
                self._set_outcome(self._latest or Outcome())
        elif now - self._heard_at > self._patience and not self._is_stuck:
            self._is_stuck = True
            self._set_outcome(Outcome(f"storage or the database has not answered for {self._patience:.0f} s"))

    def end(self, code: int) -> None:
        """Report how the run ended."""
        self._take()
        if self._latest is None or (code and not self._latest.error):
            self._set_outcome(_outcome_of_code(code))
        elif self._is_stuck:
            self._set_outcome(self._latest)

    def _take(self) -> bool:
        lines = read_outcomes(self._pipe)
        for outcome in lines or ():
            if outcome:
                self._latest = outcome
                self._set_outcome(outcome)
        return lines is not None


def _outcome_of_code(code: int) -> Outcome:
    """Return the outcome of a run that ended without passing one."""
    return Outcome(f"a run ended with exit code {code}; the archive's log says why" if code else "")


def main() -> None:
    """Watch DATA_DIR until SIGTERM or SIGINT. The arguments go to ``manage.py archive`` unchanged."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = Environment(os.environ)
    start_logging("archive", settings)
    print_as_logged("archive", settings)
    start_error_reports("archive", settings)
    data_dir = settings.data_dir()
    try:
        client = connect(settings.redis_url())
        check_redis(client)
    except SettingError as error:
        sys.exit(f"archive: {error}")
    reporter, wakeups = Reporter(client, partial(datetime.now, UTC)), Wakeups(client)
    if not closed_days(data_dir):
        # No day waits, so there is no first run that would report this.
        reporter.set_outcome(Outcome(waiting_days=0))
    reporting = Thread(target=reporter.run, args=[stop], name="report")
    reporting.start()
    command = [sys.executable, str(_MANAGE), "archive", *sys.argv[1:]]
    copies_site = settings.flag("ARCHIVE_ACCOUNTS", default=True)
    started = time.monotonic()

    def find() -> frozenset[str]:
        due = nightly(datetime.now(UTC), time.monotonic() - started) if copies_site else frozenset[str]()
        return closed_folders(data_dir, time.time()) | wakeups.read() | due

    try:
        watch(
            find=find,
            archive=partial(run, command, stop, reporter.set_outcome),
            wait=stop.wait,
            monotonic=time.monotonic,
            random=random.random,
        )
    finally:
        stop.set()
        reporting.join()


if __name__ == "__main__":
    main()
