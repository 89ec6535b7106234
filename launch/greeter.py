"""``python -m launch.greeter``: shows at the terminal what starts, where the board is, and what stops working."""

import os
import shutil
import signal
import socket
import sys
import threading
import xmlrpc.client
from collections.abc import Callable, Mapping
from datetime import datetime
from http.client import HTTPException
from typing import TextIO

from supervisor.childutils import getRPCInterface
from supervisor.xmlrpc import Faults

from contract.address import host_in_url, reachable_host
from contract.environment import Environment
from contract.logs import print_as_logged
from contract.past_days import PastDays, read_past_days
from launch.health import Health, health_check
from launch.parts import read_parts
from trendsite.accounts import FIRST_ADMIN

_STEP_SECONDS = 1
_PATIENCE_STEPS = 120
_REWRITE = "\r\x1b[K"

_UNFINISHED = "the past days were not simulated: past-days.log says why, and the next start tries again"

_WAITING_FOR = {
    "site": "the site",
    "redis": "Redis",
    "database": "the database",
    "collector": "the collector",
    "streaming": "Spark, which takes about 20 seconds",
}


class Terminal:
    """The lines that a person sees. ``live`` is whether a line can be rewritten; without it there are no updates."""

    def __init__(self, stream: TextIO, live: bool) -> None:
        """Print to ``stream``."""
        self._stream = stream
        self.live = live
        self._pending = False

    def say(self, text: str) -> None:
        """Print a line that stays; it replaces the update before it."""
        self._write(f"{_REWRITE if self._pending else ''}{text}\n")
        self._pending = False

    def update(self, text: str) -> None:
        """Show a line that the next one replaces."""
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            self._write(f"{_REWRITE}{text[:width]}")
            self._pending = True

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class Greeter:
    """Checks every part once a second; prints only changes.

    ``check`` returns the health of all parts, ``is_stopping`` whether supervisord stops everything,
    ``clock`` the time shown with a change.
    """

    def __init__(
        self,
        terminal: Terminal,
        welcome: list[str],
        check: Callable[[], Health],
        is_stopping: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        """Start before anything runs."""
        self._terminal = terminal
        self._welcome = welcome
        self._check = check
        self._is_stopping = is_stopping
        self._clock = clock
        self.past_days: Callable[[], PastDays] = lambda: PastDays("", "")
        """Returns how far the days before the first start are simulated."""
        self.awaited: tuple[str, ...] = tuple(_WAITING_FOR)
        """The parts without which nothing is ready."""
        self._shows_past_days = False
        self._steps = 0
        self._waiting_for = ""
        self._greeted = False
        self._stopping = False
        self._known: dict[str, bool] = {}
        self._problems: dict[str, str] = {}

    def step(self) -> None:
        """Check once, and print what changed."""
        if self._stopping:
            return
        seen = self._check()
        if self._is_stopping():
            self._stopping = True
            self._terminal.say("Stopping, one part after the other ...")
        elif self._greeted:
            self._print_changes(seen)
            self._print_problems(seen)
            self._show_past_days()
        else:
            self._wait(seen)

    def _wait(self, seen: Health) -> None:
        self._steps += 1
        missing = [name for name in self.awaited if not seen.parts.get(name)]
        if not missing and (seen.has_ranking or "streaming" not in self.awaited):
            self._greet(seen)
        elif self._steps >= _PATIENCE_STEPS:
            self._greet(seen)
            awaited = ", ".join(missing) or "the first ranking"
            self._terminal.say(f"Still waiting for {awaited}: the logs say why.")
        else:
            self._print_problems(seen)  # a problem may be the reason for waiting, and then waiting does not help
            self._show_waiting(_WAITING_FOR[missing[0]] if missing else "the first ranking")

    def _show_waiting(self, awaited: str) -> None:
        if self._terminal.live:
            self._terminal.update(f"Waiting for {awaited} ({self._steps * _STEP_SECONDS} s)")
        elif awaited != self._waiting_for:
            self._terminal.say(f"Waiting for {awaited}")
        self._waiting_for = awaited

    def _greet(self, seen: Health) -> None:
        self._greeted = True
        self._known = dict(seen.parts)
        for line in self._welcome:
            self._terminal.say(line)
        self._print_problems(seen)

    def _print_changes(self, seen: Health) -> None:
        # These parts report through Redis: without it their state is unknown.
        reporting = () if seen.parts.get("redis", True) else ("collector", "streaming", "archive")
        known = {name: well for name, well in seen.parts.items() if name.rpartition(" ")[2] not in reporting}
        # What several networks have in common repeats what is said of each.
        for name in {name.rpartition(" ")[2] for name in known if " " in name}:
            del known[name]
        for name, well in known.items():
            if well != self._known.get(name, well):
                words = "is back" if well else "does not respond; if it stopped, it restarts by itself"
                self._terminal.say(f"{self._clock():%H:%M:%S}  {name} {words}")
        self._known |= known

    def _show_past_days(self) -> None:
        days = self.past_days()
        if days.progress:
            self._shows_past_days = True
            self._terminal.update(days.progress)
        elif self._shows_past_days:
            self._shows_past_days = False
            ending = f"{days.result}: the page Past days shows them in a moment" if days.result else _UNFINISHED
            self._terminal.say(f"{self._clock():%H:%M:%S}  {ending}")

    def _print_problems(self, seen: Health) -> None:
        for name in sorted(seen.problems.keys() - self._problems.keys()):
            self._terminal.say(f"{self._clock():%H:%M:%S}  {name}: {seen.problems[name]}")
        for name in sorted(self._problems.keys() - seen.problems.keys()):
            if seen.parts.get(name):
                self._terminal.say(f"{self._clock():%H:%M:%S}  {name}: works again")
        self._problems = dict(seen.problems)


def welcome(settings: Environment, password_is_new: bool) -> list[str]:
    """Return the lines that a person needs once everything runs."""
    parts = read_parts(settings)
    address = f"http://{host_in_url(reachable_host(settings.bind_address()))}:{settings.text('PORT', '8000')}/"
    password = "the password above" if password_is_new else "the password shown at the first start"
    board = f"  Board    {address}"
    source = f"  Source   {describe_source(settings)}"
    log_in = f"  Log in   {address}languages/ as {FIRST_ADMIN} with {password} (`make password` sets a new one)"
    return [
        "",
        *([board] if parts.has_site else []),
        *([source] if parts.has_pipeline else []),
        *([log_in] if parts.has_site else []),
        f"  Data     {settings.data_dir()}, logs in {settings.data_dir() / 'log'}",
        *(_next_step(settings) if parts.are_all else []),
        "",
        "  Ctrl-C stops everything; the next start continues with the same counts.",
        "",
    ]


def _next_step(settings: Environment) -> list[str]:
    """Return what to try next: real posts, where nothing but simulated ones has been shown."""
    if settings.sources() != ["simulator"] and not settings.flag("DEMO_POSTS", default=False):
        return []
    return ["  Next     `SOURCE=bluesky make run` shows real posts: no key is needed, it costs nothing"]


def describe_source(settings: Environment) -> str:
    """Return a description of the source, or of each of several."""
    if settings.flag("DEMO_POSTS", default=False):
        return f"a demo: invented posts, as {' and '.join(settings.sources())} would send them; the page says so"
    words = {
        "simulator": "simulated posts: invented, for trying things out (SOURCE chooses another)",
        "replay": f"replay of {settings.text('REPLAY_FILE')}",
        "x": "X, the filtered stream",
        "mastodon": f"Mastodon, {', '.join(settings.items('MASTODON_URL'))}",
        "bluesky": "Bluesky, all public posts",
        "kafka": f"Kafka, {settings.text('KAFKA_URL')}",
    }
    return "; ".join(words[source] for source in settings.sources())


def is_stopping(environ: Mapping[str, str]) -> bool:
    """Return whether supervisord refuses requests because it stops everything."""
    try:
        getRPCInterface(environ).supervisor.getState()
    except xmlrpc.client.Fault as fault:
        return bool(fault.faultCode == Faults.SHUTDOWN_STATE)
    except (OSError, HTTPException, xmlrpc.client.Error):
        return False
    return False


def main() -> None:
    """Watch until SIGTERM, which comes after everything else has stopped."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    # supervisor's client sets no timeout of its own.
    socket.setdefaulttimeout(_STEP_SECONDS)
    settings = Environment(os.environ)
    is_live = settings.flag("GREETER_IS_LIVE", default=False)
    if not is_live:  # a person at a terminal reads no JSON
        print_as_logged("greeter", settings)
    terminal = Terminal(sys.stdout, is_live)
    greeter = Greeter(
        terminal,
        welcome(settings, settings.flag("FIRST_START", default=False)),
        check=health_check(settings),
        is_stopping=lambda: is_stopping(os.environ),
        clock=lambda: datetime.now().astimezone(),
    )
    greeter.past_days = lambda: read_past_days(settings.data_dir())
    greeter.awaited = read_parts(settings).needed
    while not stop.wait(_STEP_SECONDS):
        greeter.step()
    terminal.say(f"Stopped. All counts are in {settings.data_dir()}.")


if __name__ == "__main__":
    main()
