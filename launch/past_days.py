"""``python -m launch.past_days``: simulates the days before the simulator's first start, once, when the board shows it.

The collector invents the posts, streaming counts them into closed days, and the archive archives these as any others.
All of it has the lowest priority. If it is killed, the next start does the rest.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from contract.environment import Environment
from contract.files import write_atomically
from contract.logs import print_as_logged
from contract.past_days import DONE, PROGRESS, past_days_folder
from launch.health import Health, health_check
from launch.process_environment import ROOT, wants_past_days

_CHECK_SECONDS = 1.0
_LOWEST_PRIORITY = 19
_STEPS = ("collector.past_days", "streaming.jobs.past_days")


class StepFailedError(RuntimeError):
    """A program of another part failed. Its output says why."""


def simulate(data_dir: Path, run: Callable[[str, Path], str]) -> None:
    """Run all steps; ``run`` runs a module with a folder and returns the last line of its output.

    Raises:
        StepFailedError: a step failed.
        OSError: the disk is full or broken.
    """
    folder = past_days_folder(data_dir)
    posts = folder / "posts"
    shutil.rmtree(posts, ignore_errors=True)
    posts.mkdir(parents=True)
    summary = ""
    for module in _STEPS:
        summary = run(module, posts)
    shutil.rmtree(posts)
    write_atomically(folder / DONE, summary.encode())
    (folder / PROGRESS).unlink(missing_ok=True)


def run_step(module: str, folder: Path) -> str:
    """Run a module; its lines go to our output, and the last one into PROGRESS. Return the last line.

    Raises:
        StepFailedError: it failed.
    """
    last = ""
    command = [sys.executable, "-m", module, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=_lower) as process:
        for line in process.stdout or ():
            last = line.strip()
            print(last, flush=True)
            (folder.parent / PROGRESS).write_text(last)
    if process.returncode:
        raise StepFailedError(f"{module} ended with exit code {process.returncode}")
    return last


def _lower() -> None:
    os.nice(_LOWEST_PRIORITY)


def wait_for_ranking(check: Callable[[], Health], stop: threading.Event) -> bool:
    """Return whether the board has its first ranking; false if ``stop`` is set before."""
    while not stop.wait(_CHECK_SECONDS):
        if check().has_ranking:
            return True
    return False


def main() -> None:
    """Wait for the first ranking, then simulate the days."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    settings = Environment(os.environ)
    print_as_logged("past-days", settings)
    if not wants_past_days(settings):
        return
    if not wait_for_ranking(health_check(settings), stop):
        return
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        simulate(settings.data_dir(), run_step)
    except (StepFailedError, OSError) as error:
        with contextlib.suppress(OSError):
            (past_days_folder(settings.data_dir()) / PROGRESS).unlink(missing_ok=True)
        sys.exit(f"past days: {error}; the next start tries again")


if __name__ == "__main__":
    main()
