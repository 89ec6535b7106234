"""Messages that wait for delivery, one queue a channel. A channel that fails is tried again, with backoff."""

import logging
from collections.abc import Callable, Iterable

from contract.backoff import Backoff
from trendsite.alerts.channels import Deliver, DeliveryError
from trendsite.alerts.messages import Message

MAX_WAITING = 100
"""Messages that may wait. Beyond it, the oldest ones go: the newest tell the present state."""

BACKOFF = Backoff(first=5.0, longest=300.0)

log = logging.getLogger(__name__)


class Outbox:
    """The queue of one channel."""

    def __init__(self, name: str, deliver: Deliver, waiting: Iterable[Message], random: Callable[[], float]) -> None:
        """Start with the messages of an earlier process; ``random`` returns a number in [0, 1)."""
        self._name = name
        self._deliver = deliver
        self._random = random
        self._failures = 0
        self._retry_at = float("-inf")
        self.waiting = list(waiting)[-MAX_WAITING:]

    def add(self, message: Message) -> None:
        """Queue a message."""
        self.waiting = [*self.waiting, message][-MAX_WAITING:]

    def step(self, seconds: float) -> bool:
        """Deliver what waits, unless the channel failed a moment ago. Return whether anything was delivered.

        ``seconds`` is the time of a clock that only counts.
        """
        delivered = False
        while self.waiting and seconds >= self._retry_at:
            try:
                self._deliver(self.waiting[0])
            except DeliveryError as error:
                self._failures += 1
                self._retry_at = seconds + BACKOFF.delay(self._failures, self._random())
                if self._failures == 1:
                    log.warning("%s: %s; it is tried again", self._name, error)
                break
            if self._failures:
                log.info("%s: delivered after %d failures", self._name, self._failures)
            self._failures = 0
            self.waiting.pop(0)
            delivered = True
        return delivered
