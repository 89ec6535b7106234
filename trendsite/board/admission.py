"""Who may come in: so many viewers in all, so many from one address. Pure.

Each process counts its own.
"""

from collections import Counter

from trendsite.board.refusal import RefusedError


class Admission:
    """The addresses of everybody who is in."""

    def __init__(self, most: int, most_from_one: int) -> None:
        """Let in ``most`` viewers, ``most_from_one`` of them from the same address."""
        self._most = most
        self._most_from_one = most_from_one
        self._inside: Counter[str] = Counter()

    def enter(self, address: str) -> None:
        """Let a viewer in.

        Raises:
            RefusedError: there are too many already.
        """
        if self._inside.total() >= self._most:
            raise RefusedError("full", f"{self._most} viewers watch through this process: try again later")
        if self._inside[address] >= self._most_from_one:
            raise RefusedError("address", f"{self._most_from_one} viewers of your address watch already")
        self._inside[address] += 1

    def leave(self, address: str) -> None:
        """Let a viewer out that was let in."""
        self._inside[address] -= 1
        if not self._inside[address]:
            del self._inside[address]
