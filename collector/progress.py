"""Batches read and posts decided -> the cursor that may be committed. Pure.

A cursor stands after a whole batch. When a post in the middle of a batch is still held, the
cursor before that batch is committed with the number of posts after it that are decided.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

from collector.sources.source import Batch, Cursor


@dataclass
class _Read:
    """A batch that was read: the index after its last post, its cursor, what its source dropped."""

    end: int
    cursor: Cursor
    dropped: Counter[str]


class Progress:
    """How far the posts of a source are decided."""

    def __init__(self, cursor: Cursor) -> None:
        """Go on after ``cursor``: the next post read has the index 0."""
        self.cursor = cursor
        self._cursor_end = 0
        self._batches: deque[_Read] = deque()

    def read(self, batch: Batch) -> None:
        """Note a batch. As at most a few posts are ever held, so are few batches."""
        last_end = self._batches[-1].end if self._batches else self._cursor_end
        if self._batches and not batch.posts:
            self._batches[-1].cursor = batch.cursor
            self._batches[-1].dropped.update(batch.dropped)
        else:
            self._batches.append(_Read(last_end + len(batch.posts), batch.cursor, Counter(batch.dropped)))

    def decide(self, decided: int) -> tuple[int, Mapping[str, int]]:
        """Move the cursor after the batches of which all is decided.

        Returns:
            How many decided posts lie after the cursor, and what the sources of the batches
            passed had dropped.
        """
        dropped: Counter[str] = Counter()
        while self._batches and self._batches[0].end <= decided:
            batch = self._batches.popleft()
            self.cursor, self._cursor_end = batch.cursor, batch.end
            dropped.update(batch.dropped)
        return decided - self._cursor_end, dropped
