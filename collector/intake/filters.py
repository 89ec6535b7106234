"""Filters: untracked languages, hashtags in excess, and duplicates.

The window for duplicates is the part of the stream with the current and the previous generation of posts. The stream
alone defines it: after a restart it is read from the log, exactly as it was.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from collector.log import Log
from contract.post import MAX_HASHTAGS, Post

Tracked = Collection[str] | None
"""Tracked languages; None is every language."""

GENERATION = 100_000
"""Posts in a generation. The window has between one and two generations: about 30 MB at most."""


def filter_posts(posts: Sequence[Post], tracked: Tracked, dropped: Counter[str]) -> list[Post]:
    """Return the posts of tracked languages, in order, each with at most MAX_HASHTAGS hashtags.

    ``dropped`` counts what is left out.
    """
    wanted = list(posts) if tracked is None else [post for post in posts if post.lang in tracked]
    if untracked := len(posts) - len(wanted):
        dropped["untracked"] += untracked
    for post in wanted:
        if len(post.hashtags) > MAX_HASHTAGS:
            dropped["excess_hashtags"] += len(post.hashtags) - MAX_HASHTAGS
            post.hashtags, post.spellings = post.hashtags[:MAX_HASHTAGS], post.spellings[:MAX_HASHTAGS]
    return wanted


class Duplicates:
    """The ids of the latest posts of one stream."""

    def __init__(self, position: int) -> None:
        """Start after ``position`` posts of the stream."""
        self._room = GENERATION - position % GENERATION
        self._newer: set[str] = set()
        self._older: set[str] = set()

    def add(self, ids: Iterable[str]) -> None:
        """Add the ids of posts that are in the stream."""
        for post_id in ids:
            self._is_new(post_id)

    def without_duplicates(self, posts: list[Post]) -> list[Post]:
        """Return the posts whose ids are not in the window, each once, and add their ids."""
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


def read_duplicates(log: Log) -> Duplicates:
    """Return the window of a stream, as far as its log still has it.

    Raises:
        LogCorruptionError: a line of the log is damaged.
    """
    posts, end = log.committed.counts.posts, log.committed.end
    start = log.tail_start(GENERATION + posts % GENERATION)
    in_log = sum(chunk.count(b"\n") for chunk in log.read(start, end))
    duplicates = Duplicates(posts - in_log)
    for ids in _ids(log, start, end):
        duplicates.add(ids)
    return duplicates


class _Id(msgspec.Struct):
    id: str


_decoder = msgspec.json.Decoder(_Id)


def _ids(log: Log, position: int, end: int) -> Iterator[list[str]]:
    unfinished = b""
    for chunk in log.read(position, end):
        lines, newline, unfinished = (unfinished + chunk).rpartition(b"\n")
        try:
            yield [line.id for line in _decoder.decode_lines(lines)]
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise log.damage_at(position, f"has a damaged line after byte {position} of the stream") from None
        position += len(lines) + len(newline)
