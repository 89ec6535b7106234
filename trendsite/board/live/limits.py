"""What one viewer may do: how many connect, how often each sends, and how a refusal ends its connection.

Each process counts its own viewers.
"""

from collections import Counter
from typing import Literal

BURST_MESSAGES = 20
"""Messages that a viewer may send at once."""

MESSAGES_PER_SECOND = 2.0
"""Messages that it may send after that."""

RefusalKind = Literal["rubbish", "binary", "too long", "too often", "address", "full", "choices"]
"""Why a connection is refused.

``rubbish``: not a message of ours. ``binary``: not text. ``too long``, ``too often``: over the message limits.
``address``: its address has all the viewers it may have. ``full``: so has the process. ``choices``: the process, or
this address, already computes as many choices as it may.
"""

_CLOSE_CODES: dict[RefusalKind, int] = {
    "rubbish": 1008,
    "binary": 1003,
    "too long": 1009,
    "too often": 1008,
    "address": 1008,
    "full": 1013,
    "choices": 1013,
}


class RefusedError(Exception):
    """Ends a viewer's connection. The message gives the reason and never quotes what the viewer sent."""

    def __init__(self, kind: RefusalKind, reason: str) -> None:
        """Refuse for a ``reason`` of at most 123 bytes, the limit of a WebSocket close frame."""
        super().__init__(reason)
        self.kind = kind
        self.code = _CLOSE_CODES[kind]


class ViewerLimits:
    """Counts connected viewers by address."""

    def __init__(self, max_total: int, max_per_address: int) -> None:
        """Allow ``max_total`` viewers, ``max_per_address`` of them from one address."""
        self._max_total = max_total
        self._max_per_address = max_per_address
        self._connected: Counter[str] = Counter()

    def enter(self, address: str) -> None:
        """Count a new viewer.

        Raises:
            RefusedError: there are too many already.
        """
        if self._connected.total() >= self._max_total:
            raise RefusedError("full", f"{self._max_total} viewers watch through this process: try again later")
        if self._connected[address] >= self._max_per_address:
            raise RefusedError("address", f"{self._max_per_address} viewers of your address watch already")
        self._connected[address] += 1

    def leave(self, address: str) -> None:
        """Stop counting a viewer."""
        self._connected[address] -= 1
        if not self._connected[address]:
            del self._connected[address]


class TokenBucket:
    """Limits the messages of one viewer: a burst, then a steady rate."""

    def __init__(self, now: float) -> None:
        """Start full at ``now``, in seconds of a steady clock."""
        self._tokens = float(BURST_MESSAGES)
        self._updated_at = now

    def take(self, now: float) -> None:
        """Take a token for one message.

        Raises:
            RefusedError: none is left.
        """
        self._tokens = min(BURST_MESSAGES, self._tokens + (now - self._updated_at) * MESSAGES_PER_SECOND)
        self._updated_at = now
        if self._tokens < 1:
            raise RefusedError(
                "too often", f"send at most {BURST_MESSAGES} messages at once and {MESSAGES_PER_SECOND:g} a second"
            )
        self._tokens -= 1
