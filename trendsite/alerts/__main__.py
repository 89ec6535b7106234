"""``python -m trendsite.alerts``: tells the operator, at ALERT_EMAIL and ALERT_WEBHOOK, when a problem begins and ends.

It is a process of its own, so it also tells that the site is down, and it loads neither Django nor Spark. What it has
reported and what still waits is in DATA_DIR, so a restart neither repeats nor forgets an alert.
``--test`` sends one message at once. ``--site HOST:PORT`` asks a site elsewhere.
"""

import argparse
import logging
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event as Flag

import msgspec
from dotenv import load_dotenv

from contract.address import parse_address
from contract.environment import Environment, SettingError
from contract.error_reports import start_error_reports
from contract.files import restrict_new_files, write_atomically
from contract.logs import print_as_logged, start_logging
from contract.version import command_line
from trendsite.alerts.channels import Deliver, DeliveryError, channels
from trendsite.alerts.config import AlertConfig
from trendsite.alerts.messages import Message, message_of, test_message
from trendsite.alerts.outbox import Outbox
from trendsite.alerts.problems import Problem, Tracker
from trendsite.alerts.site import read_problems

CHECK_SECONDS = 5.0

_STATE_FILE = "alerts.json"

log = logging.getLogger("alerts")


class State(msgspec.Struct):
    """What outlives the process: the problems that were reported, and the messages that wait, by channel."""

    known: list[Problem] = []
    waiting: dict[str, list[Message]] = {}


@dataclass(frozen=True)
class Clock:
    """The time (UTC), and seconds that only count."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic


class Alerts:
    """Checks, and sends what changed."""

    def __init__(
        self, config: AlertConfig, check: Callable[[], list[Problem]], deliver: dict[str, Deliver], clock: Clock
    ) -> None:
        """Continue from the file of an earlier process; ``check`` returns the present problems."""
        self._state_file = config.data_dir / _STATE_FILE
        state = _read(self._state_file)
        self._status_url = config.status_url
        self._check = check
        self._clock = clock
        self._tracker = Tracker(state.known, clock.monotonic())
        self._outboxes = {
            name: Outbox(name, send, state.waiting.get(name, []), random.random) for name, send in deliver.items()
        }

    def step(self) -> None:
        """Check once, and deliver what is due."""
        events = self._tracker.update(self._check(), self._clock.now(), self._clock.monotonic())
        if events:
            message = message_of(events, self._tracker.known, self._status_url)
            log.warning("%s", message.subject)
            for outbox in self._outboxes.values():
                outbox.add(message)
            # On disk before delivery: a kill between the two repeats an alert rather than losing it.
            self._save()
        delivered = [outbox.step(self._clock.monotonic()) for outbox in self._outboxes.values()]
        if any(delivered):
            self._save()

    def _save(self) -> None:
        state = State(self._tracker.known, {name: outbox.waiting for name, outbox in self._outboxes.items()})
        try:
            write_atomically(self._state_file, msgspec.json.encode(state))
        except OSError as error:
            # A full disk is a problem to report, so it must not stop the report.
            log.warning("%s could not be written: %s", self._state_file, error.strerror)


def _read(state_file: Path) -> State:
    try:
        return msgspec.json.decode(state_file.read_bytes(), type=State)
    except (OSError, msgspec.DecodeError):
        return State()


def main() -> None:
    """Check until SIGTERM or SIGINT. A setting that cannot be used is one line and exit code 2."""
    restrict_new_files()
    load_dotenv()
    arguments = _arguments()
    settings = Environment(os.environ)
    try:
        start_logging("alerts", settings)
        if not arguments.test:  # a person reads what a test prints
            print_as_logged("alerts", settings)
            start_error_reports("alerts", settings)
        config = AlertConfig.from_env(settings).required()
        site = _site(arguments.site) or config.site
    except SettingError as error:
        print(f"alerts: {error}", file=sys.stderr)
        sys.exit(2)
    if arguments.test:
        sys.exit(_send_test(config))
    stop = Flag()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    config.data_dir.mkdir(parents=True, exist_ok=True)
    alerts = Alerts(config, partial(read_problems, site, config.host), channels(config), Clock())
    while not stop.wait(CHECK_SECONDS):
        alerts.step()


def _arguments() -> argparse.Namespace:
    parser = command_line("python -m trendsite.alerts", "Tell the operator when a problem begins and ends.")
    parser.add_argument("--test", action="store_true", help="send a test message at once, and end")
    parser.add_argument("--site", help="the address of the site, HOST:PORT (default: BIND_ADDRESS and PORT)")
    return parser.parse_args()


def _site(text: str | None) -> tuple[str, int] | None:
    address = parse_address(text) if text else None
    if text and address is None:
        raise SettingError(f"--site {text!r} is not an address: give host:port")
    return address


def _send_test(config: AlertConfig) -> int:
    """Send a test message by each channel; return the exit code."""
    message = test_message(datetime.now(UTC), config.status_url)
    code = 0
    for name, deliver in channels(config).items():
        try:
            deliver(message)
            print(f"{name}: delivered")
        except DeliveryError as error:
            print(f"{name}: {error}")
            code = 1
    return code


if __name__ == "__main__":
    main()
