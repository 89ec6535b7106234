"""Posts admitted -> those not admitted before, over a bounded window of the stream itself.

The window is the part of the stream that the current and the last generation of posts make up, so
the stream alone says what it holds: after a restart it is read from the spool, exactly as it was.
"""

from collections.abc import Iterable, Iterator

import msgspec

from collector.commit_log import damage
from collector.spool import Spool
from contract.post import Post

GENERATION = 100_000
"""Posts in a generation. The window is between one and two of them: about 30 MB at most."""


class Duplicates:
    """The ids of the latest posts of one stream."""

    def __init__(self, position: int) -> None:
        """Begin to remember after ``position`` posts of the stream."""
        self._room = GENERATION - position % GENERATION
        self._newer: set[str] = set()
        self._older: set[str] = set()

    def remember(self, ids: Iterable[str]) -> None:
        """Take in the ids of posts that are in the stream."""
        for post_id in ids:
            self._is_new(post_id)

    def without_duplicates(self, posts: list[Post]) -> list[Post]:
        """Return the posts whose ids are not in the window, each once, and remember them."""
        ids = {post.id for post in posts}
        is_plain = len(ids) == len(posts) < self._room
        if is_plain and ids.isdisjoint(self._newer) and ids.isdisjoint(self._older):
            self._newer |= ids
            self._room -= len(ids)
            return posts
        return [post for post in posts if self._is_new(post.id)]

    def _is_new(self, post_id: str) -> bool:
        if post_id in self._newer or post_id in self._older:
            return False
        self._newer.add(post_id)
        self._room -= 1
        if not self._room:
            self._room = GENERATION
            self._older, self._newer = self._newer, set()
        return True


def duplicates_of(spool: Spool) -> Duplicates:
    """Return the window of a stream as its spool tells it; what is not kept any more is not known.

    Raises:
        SpoolCorruptionError: a line of the spool is damaged.
    """
    posts, end = spool.committed.counts.posts, spool.committed.end
    start = spool.tail_start(GENERATION + posts % GENERATION)
    kept = sum(chunk.count(b"\n") for chunk in spool.read(start, end))
    duplicates = Duplicates(posts - kept)
    for ids in _ids(spool, start, end):
        duplicates.remember(ids)
    return duplicates


class _Id(msgspec.Struct):
    id: str


_decoder = msgspec.json.Decoder(_Id)


def _ids(spool: Spool, position: int, end: int) -> Iterator[list[str]]:
    begun = b""
    for chunk in spool.read(position, end):
        lines, newline, begun = (begun + chunk).rpartition(b"\n")
        try:
            yield [line.id for line in _decoder.decode_lines(lines)]
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise damage(spool.file_at(position), f"has a damaged line after byte {position} of the stream") from None
        position += len(lines) + len(newline)
