"""The hashtags used together of a day, in bounded memory: a SpaceSaving summary for each leading hashtag. Pure.

A summary lists at most MAX_PARTNERS partners, with the posts since each was listed. ``floor`` is the most posts that a
partner may have that is not listed (Metwally et al., "Efficient computation of frequent and top-k elements in
data streams", 2005). So a partner has at least what was counted, and at most that and the floor at its listing. As
long as nothing is left out, all floors are 0 and every number is exact, in any order of posts and batches.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from sys import intern
from typing import Protocol

import msgspec

from contract.pairs import LEADING_HASHTAGS, STORED_PARTNERS, Partner, Partners, ranked
from streaming.state.checksum import checked, unchecked

MISSED_ALL = 1 << 62
"""``DayPairs.missed`` of a day that a version without pairs began."""

MAX_PARTNERS = 64
"""The partners in a summary. Up to a quarter more wait to be compared."""

_WAITING_HASHTAGS = LEADING_HASHTAGS // 5
"""Hashtags beyond the leading ones that have a summary, until they are compared."""

_WAITING_PARTNERS = MAX_PARTNERS // 4


class PairSummary(msgspec.Struct, array_like=True, gc=False):
    """The partners of one hashtag.

    ``posts``: the posts of the hashtag when it last had a partner. ``most``: the most posts with each listed partner.
    ``before``: how many of these it may only have had before it was listed, if not 0.
    """

    posts: int = 0
    floor: int = 0
    most: dict[str, int] = {}
    before: dict[str, int] = {}

    def add(self, rows: Iterable[tuple[str, str, int]]) -> None:
        """Add the posts with some partners: each the hashtag, the partner and the posts."""
        most, floor = self.most, self.floor
        for _, partner, posts in rows:
            known = most.get(partner)
            if known is not None:
                most[partner] = known + posts
                continue
            # Many summaries share a partner's name.
            name = intern(partner)
            most[name] = floor + posts
            if floor:
                self.before[name] = floor
        if len(most) > MAX_PARTNERS + _WAITING_PARTNERS:
            self._leave_out(len(most) - MAX_PARTNERS)

    def copy(self) -> "PairSummary":
        """Return a summary that changes without this one."""
        return PairSummary(self.posts, self.floor, dict(self.most), dict(self.before))

    def partners(self, k: int = STORED_PARTNERS) -> Partners:
        """Return the ``k`` partners with the most posts."""
        if self.before or len(self.most) <= k:
            found = [Partner(key, most - self.before.get(key, 0), most) for key, most in self.most.items()]
            return ranked(found, self.floor, k)
        # Without ``before`` the numbers alone tell which partners to look at.
        ordered = sorted(self.most.values(), reverse=True)
        top = [Partner(key, most, most) for key, most in self.most.items() if most >= ordered[k - 1]]
        return ranked(top, max([self.floor, *ordered[len(top) : len(top) + 1]]), k)

    def _leave_out(self, number: int) -> None:
        """Leave out the ``number`` partners with the fewest posts, and those that have as few."""
        self.floor = max(self.floor, sorted(self.most.values())[number - 1])
        self.most = {key: most for key, most in self.most.items() if most > self.floor}
        self.before = {key: before for key, before in self.before.items() if key in self.most}


@dataclass(frozen=True)
class PairChanges:
    """The summaries of a day that are new or changed, the hashtags that lost theirs, and the day's ``missed``."""

    changed: Mapping[str, PairSummary] = field(default_factory=dict)
    removed: Collection[str] = ()
    missed: int = 0


PostsOf = Callable[[str], int]
"""The posts of a hashtag by its key."""


class SummaryReader(Protocol):
    """Reads summaries of one day that are not in memory."""

    def __call__(self, keys: Sequence[str]) -> dict[str, PairSummary]:
        """Return the summaries of some hashtags."""


@dataclass
class DayPairs:
    """The summaries of a day that were needed so far, and the ``posts`` of every hashtag that has one.

    ``missed`` is the most posts that a hashtag had when its pairs were not counted, 0 if all were. ``changed`` and
    ``removed`` are the hashtags whose summary changed or left since the last flush. ``unwritten`` are those of
    ``changed`` that ``take`` has not returned since.

    No summary changes once it is flushed: a copy does. So it may be written to Redis later.
    """

    posts: dict[str, int]
    missed: int
    read: SummaryReader
    summaries: dict[str, PairSummary] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    unwritten: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Continue where the file is."""
        self._least = min(self.posts.values()) if len(self.posts) >= LEADING_HASHTAGS else 0

    def add(self, pairs: Iterable[tuple[str, str, int]], posts: PostsOf, added: PostsOf) -> None:
        """Add the pairs of a batch (streaming.aggregate.pairs).

        ``posts`` are those of a hashtag after the batch, ``added`` those that came with it. A hashtag whose summary
        begins may have had a partner in each of its earlier posts that were missed.
        """
        for key, rows in groupby(pairs, itemgetter(0)):
            after = posts(key)
            summary = self.summaries.get(key)
            if summary is None:
                if key in self.posts:
                    summary = self.read([key])[key]
                elif after > self._least:
                    summary = PairSummary(floor=min(after - added(key), self.missed))
                else:
                    self.missed = max(self.missed, after)
                    continue
                self.summaries[key] = summary
            elif key not in self.changed:
                summary = self.summaries[key] = summary.copy()
            summary.posts = self.posts[key] = after
            summary.add(rows)
            self.changed.add(key)
            self.unwritten.add(key)
        if len(self.posts) > LEADING_HASHTAGS + _WAITING_HASHTAGS:
            self._leave_out(len(self.posts) - LEADING_HASHTAGS)

    def take(self, number: int) -> PairChanges:
        """Return some summaries that the caller writes to the file ahead of a flush."""
        keys = sorted(self.unwritten.pop() for _ in range(number))
        return PairChanges({key: self.summaries[key] for key in keys})

    def rest(self) -> PairChanges:
        """Return what the file lacks."""
        return PairChanges({key: self.summaries[key] for key in sorted(self.unwritten)}, self._gone(), self.missed)

    def changes(self) -> PairChanges:
        """Return what changed since the last flush."""
        return PairChanges({key: self.summaries[key] for key in self.changed}, self._gone(), self.missed)

    def flushed(self) -> "DayPairs":
        """Return this day once the file has all changes. Its summaries stay in memory: they will change again."""
        return replace(self, changed=set(), unwritten=set(), removed=set())

    def _gone(self) -> list[str]:
        return sorted(self.removed - self.changed)

    def _leave_out(self, number: int) -> None:
        least = sorted((posts, key) for key, posts in self.posts.items())
        for _, key in least[:number]:
            del self.posts[key]
            self.summaries.pop(key, None)
            self.changed.discard(key)
            self.unwritten.discard(key)
            self.removed.add(key)
        self.missed = max(self.missed, least[number - 1][0])
        self._least = least[number][0]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(PairSummary)


def encode_summary(summary: PairSummary, place: bytes) -> bytes:
    """Return a summary as bytes, with a checksum of itself and of ``place``, the row that it belongs to."""
    return checked(_encoder.encode(summary), place)


def decode_summary(stored: bytes, place: bytes) -> PairSummary:
    """Return the summary that ``encode_summary`` encoded for ``place``.

    Raises:
        DamagedCountError: the bytes have changed, or belong to another place.
    """
    return _decoder.decode(unchecked(stored, place))
