"""Sends what is due, several receivers at once. A receiver that fails or is slow delays no other.

Threads only send. All reads and writes of the database are in the caller's thread.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from django.utils.translation import gettext_noop

from trendsite.watches import outbox
from trendsite.watches.channels import DeliveryError, Outgoing, Target, send
from trendsite.watches.outbox import Outcome, Work

LANES = 8
"""Receivers at once."""

FAILING_LANES = 2
"""How many of them may be receivers whose last attempt failed: they may take all of their time-out."""

LANES_OF_USER = 3

Send = Callable[[Target, Outgoing, datetime], None]

log = logging.getLogger(__name__)


class _Attempt:
    """One message on its way, in a thread that no end of the process waits for."""

    def __init__(self, work: Work, send: Send) -> None:
        self.work = work
        self.outcome: Outcome | None = None
        self._send = send
        self.thread = threading.Thread(target=self._run, name="alerts-send", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        self.outcome = self._try()

    def _try(self) -> Outcome:
        try:
            self._send(self.work.target, self.work.message, datetime.now(UTC))
        except DeliveryError as error:
            return Outcome(error.text, error.values, error.retry_after)
        except Exception:  # no failure of one receiver may stop the others
            log.exception("An alert was not sent")
            return Outcome(gettext_noop("not sent: the log of the site says why"))
        return Outcome()


class Dispatcher:
    """The messages that are on their way."""

    def __init__(self, random: Callable[[], float], send: Send = send) -> None:
        """Send with ``send``; ``random`` returns a number in [0, 1)."""
        self._random = random
        self._send = send
        self.attempts: list[_Attempt] = []

    @property
    def is_busy(self) -> bool:
        """Whether any message is on its way."""
        return bool(self.attempts)

    def step(self, now: datetime) -> None:
        """Record what ended, and start what is due.

        Raises:
            DatabaseError: the database is away. What ended is recorded at the next step.
        """
        for attempt in list(self.attempts):
            if outcome := attempt.outcome:
                outbox.record(attempt.work, outcome, now, self._random)
                self.attempts.remove(attempt)
        if len(self.attempts) < LANES:
            self._start_due(now)

    def _start_due(self, now: datetime) -> None:
        busy = [attempt.work.receiver for attempt in self.attempts]
        for receiver in outbox.due_receivers(now, busy)[: 4 * LANES]:
            if len(self.attempts) >= LANES:
                return
            if self._has_room(receiver.user_id, is_failing=receiver.failures > 0) and (
                work := outbox.next_work(receiver, now)
            ):
                self.attempts.append(_Attempt(work, self._send))

    def _has_room(self, user: int, *, is_failing: bool) -> bool:
        of_user = sum(attempt.work.user == user for attempt in self.attempts)
        failing = sum(attempt.work.is_failing for attempt in self.attempts)
        return of_user < LANES_OF_USER and (not is_failing or failing < FAILING_LANES)
