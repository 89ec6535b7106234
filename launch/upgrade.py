"""``make upgrade``: another version of Trendsite on the same data, or back to the old one if it does not get well.

It needs a git checkout that has the new commit already (git fetch). A running Trendsite stops its parts and waits; it
starts again by itself, in its terminal or under systemd, with the code that is there then. If this is killed, the
waiting one starts as well, and the same command continues.
"""

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from contract.environment import Environment, SettingError
from contract.files import restrict_new_files, write_atomically
from launch import process_environment
from launch.backup import BackupError, default_path, make_backup
from launch.bundle import BundleError
from launch.database_copy import DatabaseCopyError
from launch.greeter import Terminal
from launch.health import health_check
from launch.machine import CannotStartError
from launch.parts import read_parts
from launch.pause import RUNNING_LOCK, given_environment, has_stopped, paused
from launch.process_environment import ROOT
from launch.restore import RestoreError, restore_over
from launch.supervise import find_leftovers, has_listener, supervisor_socket
from launch.upgrade_plan import Plan, UpgradeError, commit_of, make_plan, switch_back, switch_to

_STATE = "upgrade.json"
_LOCK = "upgrade.lock"
_STOP_SECONDS = 180
_HEALTH_SECONDS = 300
_CHECK_SECONDS = 1.0


class State(msgspec.Struct):
    """An upgrade that has taken its backup: its plan, and whether it is on the way back."""

    plan: Plan
    backup: str
    is_rolling_back: bool = False


def main() -> None:
    """Say what another version changes, take a backup, change, check, and roll back on failure."""
    parser = argparse.ArgumentParser(prog="make upgrade", description=main.__doc__)
    parser.add_argument("to", nargs="?", default="", help="a tag, branch or commit (default: what the branch follows)")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    arguments = parser.parse_args()
    restrict_new_files()
    process_environment.load()
    terminal = Terminal(sys.stdout, sys.stdout.isatty())
    try:
        data_dir = Environment(os.environ).data_dir()
        data_dir.mkdir(parents=True, exist_ok=True)
        with _alone(data_dir):
            use_running_environment(data_dir)
            ask = not arguments.yes and sys.stdin.isatty()
            is_done = Upgrade(dict(os.environ), terminal).run(arguments.to, ask=ask)
    except SettingError as error:
        print(f"trendsite: {error}", file=sys.stderr)
        sys.exit(2)
    except (UpgradeError, BackupError, RestoreError, BundleError, DatabaseCopyError, CannotStartError) as error:
        sys.exit(f"trendsite: {error}")
    except OSError as error:
        sys.exit(f"trendsite: the upgrade stopped: {error.filename or ''}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit("\ntrendsite: the upgrade stopped; the same command continues")
    sys.exit(0 if is_done else 1)


class Upgrade:
    """One run, on the DATA_DIR of ``environ``, which has the settings of the Trendsite that runs there."""

    def __init__(self, environ: dict[str, str], terminal: Terminal) -> None:
        """Change nothing yet."""
        self._environ = environ
        self._settings = Environment(environ)
        self._parts = read_parts(self._settings)
        self._data_dir = self._settings.data_dir()
        self._say = terminal.say
        self._terminal = terminal
        self._state_path = self._data_dir / _STATE
        self._was_running = self._runs()
        self._parent = running_pid(self._data_dir) if self._was_running else None
        self._check = health_check(self._settings)
        needed = set(self._parts.needed)
        self._well_before = needed & {self._parts.needed[0], *self._well_parts()} if self._was_running else needed
        self._child: subprocess.Popen[bytes] | None = None

    def run(self, target: str, *, ask: bool) -> bool:
        """Upgrade, or finish what a killed run began. Return whether the new version runs well."""
        state = self._read_state()
        if state is None:
            plan = make_plan(target)
            for line in plan.described():
                self._say(line)
            if ask and input("Go on? [y/N] ").strip().lower() not in ("y", "yes"):
                raise UpgradeError("nothing was changed")
        elif target and commit_of(target) != state.plan.new.commit:
            raise UpgradeError(f"the upgrade to {state.plan.new} did not finish: run `make upgrade` without TO= first")
        else:
            self._say(f"Continuing the upgrade to {state.plan.new}")
            plan = state.plan
        with self._everything_stopped():
            state = state or self._take_backup(plan)
            is_changed = not state.is_rolling_back and self._change(plan)
            if not is_changed:
                self._undo(state)
        if is_changed and self._is_well():
            self._state_path.unlink()
            self._say(f"Trendsite {plan.new} is well. The backup from before is {state.backup}")
            return True
        if is_changed:
            with self._everything_stopped():
                self._undo(state)
        self._state_path.unlink()
        words = (
            "is well again. What was wrong is above" if self._is_well() else "is back, but not well: see `make status`"
        )
        self._say(f"{plan.old} {words}, and in {self._data_dir / 'log'}")
        return False

    def _take_backup(self, plan: Plan) -> State:
        self._say("Everything has stopped. Taking a backup ...")
        path = default_path(datetime.now(UTC), f"before-{plan.new.commit[:10]}")
        # The archive holds days that are final. No start changes it.
        made = make_backup(self._settings, path, with_archive=False, terminal=self._terminal)
        if not made.about.database:
            self._say("Note: pg_dump is not installed, so the backup has no database")
        state = State(plan, str(made.path))
        self._write_state(state)
        return state

    def _change(self, plan: Plan) -> bool:
        """Check the new version out, install and migrate. Return whether it worked."""
        self._say(f"Changing to {plan.new} ...")
        switch_to(plan)
        return self._is_installed() and self._launch("--prepare")

    def _undo(self, state: State) -> None:
        """Bring the old version back, with data that it can open. May be repeated."""
        self._say(f"{state.plan.new} does not run well: going back to {state.plan.old} ...")
        state.is_rolling_back = True
        self._write_state(state)
        switch_back(state.plan)
        if state.plan.changes_data:
            self._say("The old version cannot open the changed data: restoring the backup ...")
            aside = restore_over(self._settings, Path(state.backup), self._terminal)
            self._say(f"The changed data is in {aside}; remove it when you no longer need it")
        if not self._is_installed():
            self._say("The packages of the old version could not be installed: see the output above")

    @contextmanager
    def _everything_stopped(self) -> Iterator[None]:
        """Stop a running Trendsite, which then waits, and let nothing start meanwhile."""
        with paused(self._data_dir):
            self._stop()
            yield

    def _stop(self) -> None:
        if self._child is not None:
            self._child.send_signal(signal.SIGTERM)
            self._child.wait(_STOP_SECONDS)
            self._child = None
        url = f"unix://{supervisor_socket(self._data_dir)}"
        deadline = time.monotonic() + _STOP_SECONDS
        while self._runs() or find_leftovers(url) or not has_stopped(self._data_dir):
            if time.monotonic() > deadline:
                raise UpgradeError(f"something still runs after {_STOP_SECONDS} seconds: stop it, and run this again")
            # Again and again, since what is just starting does not listen yet. Another one changes nothing.
            if self._runs():
                self._terminal.update("Stopping all parts ...")
                self._supervise("reload")
            time.sleep(_CHECK_SECONDS)

    def _supervise(self, action: str) -> int:
        """Send supervisord a request; return the exit code."""
        command = [sys.executable, "-m", "launch.supervise", action]
        done = subprocess.run(command, cwd=ROOT, env=self._environ, capture_output=True, timeout=60, check=False)
        return done.returncode

    def _is_installed(self) -> bool:
        """Install the packages of the code that is there. Return whether it worked."""
        command = [sys.executable, "-m", "launch.install", "true"]
        return subprocess.run(command, cwd=ROOT, env=self._environ, check=False).returncode == 0

    def _launch(self, *arguments: str) -> bool:
        command = [sys.executable, "-m", "launch", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self._environ, check=False).returncode == 0

    def _is_well(self) -> bool:
        """Wait until every part runs that ran before. If nothing ran before, start it for this and stop it again."""
        if not self._was_running:
            self._start()
        deadline = time.monotonic() + _HEALTH_SECONDS
        while (missing := self._well_before - self._well_parts()) and time.monotonic() < deadline:
            if self._has_ended():
                self._say("The launcher has ended: its output says why")
                break
            self._terminal.update(f"Waiting for {', '.join(sorted(missing))}")
            time.sleep(_CHECK_SECONDS)
        if missing:
            self._say(f"Not well: {', '.join(sorted(missing))}")
        elif not self._was_running:
            self._stop()
        return not missing

    def _start(self) -> None:
        with (self._data_dir / "log" / "upgrade.log").open("wb") as log:
            command = [sys.executable, "-m", "launch"]
            self._child = subprocess.Popen(command, cwd=ROOT, env=self._environ, stdout=log, stderr=log)

    def _has_ended(self) -> bool:
        """Return whether the process that should start everything has ended. Under systemd another may follow."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
            return True
        return self._parent is not None and not _exists(self._parent) and not self._runs()

    def _well_parts(self) -> set[str]:
        parts = self._check().parts
        return {name for name in self._parts.needed if parts.get(name)}

    def _runs(self) -> bool:
        return has_listener(supervisor_socket(self._data_dir))

    def _read_state(self) -> State | None:
        try:
            return msgspec.json.decode(self._state_path.read_bytes(), type=State)
        except FileNotFoundError:
            return None

    def _write_state(self, state: State) -> None:
        write_atomically(self._state_path, msgspec.json.encode(state))


def use_running_environment(data_dir: Path) -> None:
    """Take over the variables with which the running Trendsite was started, if one runs, and if there is /proc.

    Raises:
        UpgradeError: it is of a version that cannot wait for an upgrade.
    """
    if not has_listener(supervisor_socket(data_dir)):
        return
    if not (data_dir / RUNNING_LOCK).exists():
        raise UpgradeError("the Trendsite that runs is too old to wait for an upgrade: stop it, and run this again")
    try:
        variables = Path(f"/proc/{running_pid(data_dir)}/environ").read_bytes().decode(errors="surrogateescape")
    except OSError:
        return
    given = given_environment(dict(variable.partition("=")[::2] for variable in variables.split("\0")))
    if given is not None:
        os.environ.clear()
        os.environ.update(given)
        process_environment.load()


def running_pid(data_dir: Path) -> int | None:
    """Return the process id of the supervisord that runs on a DATA_DIR, None if it is unknown."""
    try:
        return int((data_dir / "supervisord.pid").read_text())
    except (OSError, ValueError):
        return None


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    with (data_dir / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UpgradeError(f"another upgrade is at work on DATA_DIR={data_dir}") from None
        yield


if __name__ == "__main__":
    main()
