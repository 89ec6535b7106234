"""``python -m launch.greeter``: tells the person at the terminal what starts, where it is, and what goes away."""

import os
import signal
import socket
import sys
import threading
import xmlrpc.client
from collections.abc import Callable, Mapping
from datetime import datetime
from http.client import HTTPException

from supervisor.childutils import getRPCInterface
from supervisor.xmlrpc import Faults

from contract.environment import Environment
from launch import health
from launch.environment import ADMIN
from launch.health import Health
from launch.terminal import Terminal

_STEP_SECONDS = 1
_PATIENCE_STEPS = 120

_WAITING_FOR = {
    "site": "the site",
    "redis": "Redis",
    "database": "the database",
    "collector": "the collector",
    "streaming": "Spark, which takes about 20 seconds",
}


class Greeter:
    """One look a second at every part; words only when something changed.

    ``look`` returns the health of all parts, ``is_stopping`` whether supervisord stops everything,
    ``clock`` the time that a change is noted with.
    """

    def __init__(
        self,
        terminal: Terminal,
        welcome: list[str],
        look: Callable[[], Health],
        is_stopping: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        """Begin before anything is up."""
        self._terminal = terminal
        self._welcome = welcome
        self._look = look
        self._is_stopping = is_stopping
        self._clock = clock
        self._steps = 0
        self._waiting_for = ""
        self._greeted = False
        self._stopping = False
        self._known: dict[str, bool] = {}

    def step(self) -> None:
        """Look once, and say what is new."""
        if self._stopping:
            return
        seen = self._look()
        if self._is_stopping():
            self._stopping = True
            self._terminal.say("Stopping, one part after the other ...")
        elif self._greeted:
            self._tell_changes(seen)
        else:
            self._wait(seen)

    def _wait(self, seen: Health) -> None:
        self._steps += 1
        missing = [name for name in _WAITING_FOR if not seen.parts.get(name)]
        if not missing and seen.has_ranking:
            self._greet(seen)
        elif self._steps >= _PATIENCE_STEPS:
            self._greet(seen)
            awaited = ", ".join(missing) or "the first ranking"
            self._terminal.say(f"Still waiting for {awaited}: the logs say why.")
        else:
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

    def _tell_changes(self, seen: Health) -> None:
        # Collector and streaming report through Redis: without it nothing is known of them.
        silent = () if seen.parts.get("redis", True) else ("collector", "streaming")
        known = {name: well for name, well in seen.parts.items() if name not in silent}
        for name, well in known.items():
            if well != self._known.get(name, well):
                words = "is back" if well else "is away; it is started again when it stopped"
                self._terminal.say(f"{self._clock():%H:%M:%S}  {name} {words}")
        self._known |= known


def welcome(settings: Environment, password_is_new: bool) -> list[str]:
    """Return what a person needs to know once everything runs."""
    address = f"http://127.0.0.1:{settings.text('PORT', '8000')}/"
    password = "the password above" if password_is_new else "the password shown at the first start"
    return [
        "",
        f"  Board    {address}",
        f"  Source   {describe_source(settings)}",
        f"  Log in   {address}languages/ as {ADMIN} with {password} (`make password` sets a new one)",
        f"  Data     {settings.data_dir()}, logs in {settings.data_dir() / 'log'}",
        "",
        "  Ctrl-C stops everything; the next start goes on with the same counts.",
        "",
    ]


def describe_source(settings: Environment) -> str:
    """Return in words what the posts are."""
    source = settings.text("SOURCE", "simulator")
    words = {
        "simulator": "simulated posts: invented, for trying things out (SOURCE chooses another)",
        "replay": f"replay of {settings.text('REPLAY_FILE')}",
        "x": "X, the filtered stream",
    }
    return words.get(source, source)


def asked_host(settings: Environment) -> str:
    """Return a Host that the site answers to, whatever ALLOWED_HOSTS says."""
    first = settings.text("ALLOWED_HOSTS", "127.0.0.1").split(",")[0].strip().lstrip(".")
    return "127.0.0.1" if first in ("", "*") else first


def is_stopping(environ: Mapping[str, str]) -> bool:
    """Return whether supervisord refuses questions because it stops everything."""
    try:
        getRPCInterface(environ).supervisor.getState()
    except xmlrpc.client.Fault as fault:
        return bool(fault.faultCode == Faults.SHUTDOWN_STATE)
    except (OSError, HTTPException, xmlrpc.client.Error):
        return False
    return False


def main() -> None:
    """Watch until told to stop, which is when everything else has stopped."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    # supervisor's client sets no timeout of its own.
    socket.setdefaulttimeout(_STEP_SECONDS)
    settings = Environment(os.environ)
    terminal = Terminal(sys.stdout, settings.flag("GREETER_IS_LIVE", default=False))
    port, host = settings.integer("PORT", 8000, 1, 65_535), asked_host(settings)
    greeter = Greeter(
        terminal,
        welcome(settings, settings.flag("FIRST_START", default=False)),
        look=lambda: health.ask(port, host),
        is_stopping=lambda: is_stopping(os.environ),
        clock=lambda: datetime.now().astimezone(),
    )
    while not stop.wait(_STEP_SECONDS):
        greeter.step()
    terminal.say(f"Stopped. Everything counted is kept in {settings.data_dir()}.")


if __name__ == "__main__":
    main()
