"""The hashtags used together of a day, in bounded memory: a SpaceSaving summary for each leading hashtag. Pure.

A summary lists at most MAX_PARTNERS partners, with the posts since each was listed. ``floor`` is the most posts that a
partner may have had when it was not listed (Metwally et al., "Efficient computation of frequent and top-k elements in
data streams", 2005). So a partner has at least what was counted, and at most that and the floor at its listing. As
long as nothing is left out, all floors are 0 and every number is exact, in any order of posts and batches.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from sys import intern
from typing import Protocol

import msgspec

from contract.pairs import LEADING_HASHTAGS, STORED_PARTNERS, Partner, Partners, ranked
from streaming.state.checksum import checked, unchecked

MISSED_ALL = 1 << 62
"""``DayPairs.missed`` of a day that a version without pairs began."""

MAX_PARTNERS = 64
"""The partners in a summary. Up to half as many more wait to be compared."""

_WAITING_HASHTAGS = LEADING_HASHTAGS // 5
"""Hashtags beyond the leading ones that have a summary, until they are compared."""

_WAITING_PARTNERS = MAX_PARTNERS // 2


class PairSummary(msgspec.Struct, array_like=True, gc=False):
    """The partners of one hashtag.

    ``posts``: the posts of the hashtag when it last had a partner. ``counted``: the posts with each partner since it
    was listed. ``before``: the most posts that a partner may have had before that, if not 0.
    """

    posts: int = 0
    floor: int = 0
    counted: dict[str, int] = {}
    before: dict[str, int] = {}

    def add(self, partners: Mapping[str, int]) -> None:
        """Add the posts with some partners."""
        for partner, posts in partners.items():
            known = self.counted.get(partner)
            if known is not None:
                self.counted[partner] = known + posts
                continue
            # Many summaries share a partner's name.
            name = intern(partner)
            self.counted[name] = posts
            if self.floor:
                self.before[name] = self.floor
        if len(self.counted) > MAX_PARTNERS + _WAITING_PARTNERS:
            self._leave_out(len(self.counted) - MAX_PARTNERS)

    def partners(self, k: int = STORED_PARTNERS) -> Partners:
        """Return the ``k`` partners with the most posts."""
        found = [Partner(key, posts, posts + self.before.get(key, 0)) for key, posts in self.counted.items()]
        return ranked(found, self.floor, k)

    def _leave_out(self, number: int) -> None:
        most = sorted((posts + self.before.get(key, 0), key) for key, posts in self.counted.items())
        for _, key in most[:number]:
            del self.counted[key]
            self.before.pop(key, None)
        self.floor = max(self.floor, most[number - 1][0])


@dataclass(frozen=True)
class PairChanges:
    """The summaries of a day that are new or changed, the hashtags that lost theirs, and the day's ``missed``."""

    changed: Mapping[str, PairSummary] = field(default_factory=dict)
    removed: Collection[str] = ()
    missed: int = 0


class SummaryReader(Protocol):
    """Reads summaries of one day that are not in memory."""

    def __call__(self, keys: Sequence[str]) -> dict[str, PairSummary]:
        """Return the summaries of some hashtags."""


@dataclass
class DayPairs:
    """The summaries of a day: those that changed lately, and the ``posts`` of every hashtag that has one.

    ``missed`` is the most posts that a hashtag had when its pairs were not counted, 0 if all were. ``changed`` and
    ``removed`` are the hashtags whose summary is newer than the file, and those that left it.
    """

    posts: dict[str, int]
    missed: int
    read: SummaryReader
    summaries: dict[str, PairSummary] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Continue where the file is."""
        self._least = min(self.posts.values()) if len(self.posts) >= LEADING_HASHTAGS else 0

    def add(self, pairs: Mapping[str, Mapping[str, int]], posts: Mapping[str, tuple[int, int]]) -> None:
        """Add the pairs of a batch; ``posts`` has the posts of each of their hashtags before and after it.

        A hashtag whose summary begins may have had a partner in each of its earlier posts that were missed.
        """
        known = [key for key in pairs if key in self.posts and key not in self.summaries]
        if known:
            self.summaries |= self.read(known)
        for key, partners in pairs.items():
            before, after = posts[key]
            if key not in self.posts:
                if after <= self._least:
                    self.missed = max(self.missed, after)
                    continue
                self.summaries[key] = PairSummary(floor=min(before, self.missed))
            summary = self.summaries[key]
            summary.posts = self.posts[key] = after
            summary.add(partners)
            self.changed.add(key)
        if len(self.posts) > LEADING_HASHTAGS + _WAITING_HASHTAGS:
            self._leave_out(len(self.posts) - LEADING_HASHTAGS)

    def changes(self) -> PairChanges:
        """Return what the file lacks."""
        changed = {key: self.summaries[key] for key in sorted(self.changed)}
        return PairChanges(changed, sorted(self.removed), self.missed)

    def flushed(self) -> "DayPairs":
        """Return this day once the file has all changes. Changed summaries stay in memory: they will change again."""
        return replace(self, summaries={key: self.summaries[key] for key in self.changed}, changed=set(), removed=set())

    def _leave_out(self, number: int) -> None:
        least = sorted((posts, key) for key, posts in self.posts.items())
        for _, key in least[:number]:
            del self.posts[key]
            self.summaries.pop(key, None)
            self.changed.discard(key)
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
