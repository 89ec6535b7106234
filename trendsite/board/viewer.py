"""One viewer's outlet: the newest ranking and the newest status that wait to be sent, never a queue."""

import asyncio
from collections.abc import Awaitable, Callable

from trendsite.live.choice import Choice

MAX_AHEAD = 32
"""Messages on their way to a viewer that tells what it received. One that never tells is not held back
here: the server's own ping ends a connection whose answers are a minute late."""


class Viewer:
    """Sends what the hub offers, as fast as the viewer takes it; what it misses meanwhile is replaced."""

    def __init__(self, choice: Choice, send: Callable[[str], Awaitable[None]]) -> None:
        """Show ``choice``; ``send`` passes one message to the browser."""
        self.choice = choice
        self._send = send
        self._ranking: str | None = None
        self._status: str | None = None
        self._sent = 0
        self._received: int | None = None
        self._changed = asyncio.Event()

    def offer_ranking(self, message: str) -> None:
        """Replace the ranking that waits."""
        self._ranking = message
        self._changed.set()

    def offer_status(self, message: str) -> None:
        """Replace the status that waits."""
        self._status = message
        self._changed.set()

    def acknowledge(self, received: int) -> None:
        """Note how many messages the viewer has received."""
        self._received = received
        self._changed.set()

    async def send_offers(self) -> None:
        """Send until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._has_room() and (message := self._next()):
                self._sent += 1
                await self._send(message)

    def _has_room(self) -> bool:
        return self._received is None or self._sent - self._received < MAX_AHEAD

    def _next(self) -> str | None:
        message, self._status = self._status, None
        if message is None:
            message, self._ranking = self._ranking, None
        return message
