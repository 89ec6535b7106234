"""How long to wait before another attempt: longer after each failure, and never all clients at the same moment. Pure.

The clock and the randomness belong to the caller: it passes a random number in [0, 1) and waits itself.
"""

from dataclasses import dataclass

_MOST_DOUBLINGS = 60


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays that double with each failure in a row, from ``first`` seconds up to ``longest``."""

    first: float
    longest: float

    def ceiling(self, failures: int) -> float:
        """Return the longest delay after this many failures in a row (at least 1), in seconds."""
        return min(self.first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS), self.longest)

    def delay(self, failures: int, random: float) -> float:
        """Return the delay after this many failures in a row: between half of the longest one and all of it."""
        return self.ceiling(failures) * (0.5 + random / 2)


def at_least(seconds: float, random: float) -> float:
    """Return a delay that is never shorter than ``seconds``, and at most a quarter longer."""
    return seconds * (1 + random / 4)
