"""Keeps X's rules those of the tracked languages, in a thread of its own, while the stream runs on."""

import logging
import threading
from collections.abc import Callable
from time import time

from collector.jitter import jittered
from collector.sources.x_client import XClient, XError
from collector.sources.x_rules import Rule, changes
from collector.sources.x_waiting import is_refused, seconds_to_wait

_CHECK_SECONDS = 0.5

log = logging.getLogger(__name__)


class RuleKeeper:
    """``ready`` is set once X has the rules; ``problem`` says what is wrong with them, if anything.

    ``is_refused`` says that only a person can help.
    """

    def __init__(self, client: XClient, wanted: Callable[[], list[Rule]]) -> None:
        """Keep the rules that ``wanted`` returns; ``client`` is used by this thread only."""
        self._client = client
        self._wanted = wanted
        self.ready = threading.Event()
        self.problem = ""
        self.is_refused = False

    def run(self, stop: threading.Event) -> None:
        """Apply the rules, and again whenever other ones are wanted, until ``stop`` is set."""
        applied = None
        failures = 0
        while not stop.is_set():
            wanted = self._wanted()
            wait = _CHECK_SECONDS
            if wanted != applied:
                try:
                    self.apply(wanted)
                    applied, failures = wanted, 0
                except XError as error:
                    failures += 1
                    wait = jittered(seconds_to_wait(error, failures, time()))
                    self.problem, self.is_refused = f"rules: {error}", is_refused(error)
                    log.warning("X's rules could not be set: %s; next try in %.0f s", error, wait)
            stop.wait(wait)

    def apply(self, wanted: list[Rule]) -> None:
        """Make X's rules those that are wanted: new ones first, so that no language is left out meanwhile.

        Raises:
            XError: X refused or failed.
        """
        difference = changes(wanted, self._client.rules())
        problems = self._client.change_rules(difference)
        for problem in problems:
            log.warning("X did not take a rule: %s", problem)
        log.info("X's rules: %d added, %d deleted", len(difference.add), len(difference.delete))
        self.problem, self.is_refused = f"rules: {problems[0]}" if problems else "", not wanted
        if not wanted:
            self.problem = "X can tell none of the tracked languages from others: track another one"
        self.ready.set()
