"""How long frames were on their way, counted by tenths of a millisecond, so that processes can add theirs up. Pure."""

from collections import Counter
from collections.abc import Mapping

_BUCKET_MICROSECONDS = 100


class Receipts:
    """Frames received, by how long each took."""

    def __init__(self, buckets: Mapping[str, int] | None = None) -> None:
        """Begin with none, or with what ``as_buckets`` of another process returned."""
        self._buckets = Counter({int(bucket): number for bucket, number in (buckets or {}).items()})

    def __add__(self, other: "Receipts") -> "Receipts":
        both = Receipts()
        both._buckets = self._buckets + other._buckets
        return both

    @property
    def frames(self) -> int:
        """How many there are."""
        return self._buckets.total()

    def note(self, microseconds: int) -> None:
        """Note a frame that took so long."""
        self._buckets[microseconds // _BUCKET_MICROSECONDS] += 1

    def as_buckets(self) -> dict[str, int]:
        """Return the counts as JSON takes them."""
        return {str(bucket): number for bucket, number in self._buckets.items()}

    def percentile(self, share: float) -> float | None:
        """Return the milliseconds that a ``share`` of the frames (0 to 1) did not exceed; None without frames."""
        rest = share * self.frames
        for bucket in sorted(self._buckets):
            rest -= self._buckets[bucket]
            if rest <= 0:
                return (bucket + 1) * _BUCKET_MICROSECONDS / 1_000
        return None
