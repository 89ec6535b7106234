"""Why a viewer is not served, or no longer: a close code, a reason in words, and what to count it as."""

from typing import Literal

Kind = Literal["rubbish", "binary", "too long", "too often", "address", "full", "choices"]
"""What was refused: a message that nobody of ours sends, one that is no text, too long or too soon after others;
a viewer of an address that has its share, of a full process, or with one choice more than a process computes, in all
or for one address."""

_CODES: dict[Kind, int] = {
    "rubbish": 1008,
    "binary": 1003,
    "too long": 1009,
    "too often": 1008,
    "address": 1008,
    "full": 1013,
    "choices": 1013,
}


class RefusedError(Exception):
    """Ends a viewer's connection. The message says why and never quotes what was sent."""

    def __init__(self, kind: Kind, reason: str) -> None:
        """Refuse for a ``reason`` of at most 123 bytes, the most that a WebSocket can say as it closes."""
        super().__init__(reason)
        self.kind = kind
        self.code = _CODES[kind]
