"""How often a viewer may send a message: some at once, then a few a second. Pure."""

from trendsite.board.refusal import RefusedError

AT_ONCE = 20
A_SECOND = 2.0


class Allowance:
    """The messages that one viewer may still send: a bucket that time fills again."""

    def __init__(self, now: float) -> None:
        """Begin with a full one at ``now``, in seconds of a steady clock."""
        self._left = float(AT_ONCE)
        self._at = now

    def spend(self, now: float) -> None:
        """Take up one message.

        Raises:
            RefusedError: it came too soon after those before it.
        """
        self._left = min(AT_ONCE, self._left + (now - self._at) * A_SECOND)
        self._at = now
        if self._left < 1:
            raise RefusedError("too often", f"send at most {AT_ONCE} messages at once and {A_SECOND:g} a second")
        self._left -= 1
