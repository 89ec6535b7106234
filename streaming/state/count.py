"""The count of one hashtag, or of all posts, in one day and language, and its bytes in the counts file. Pure."""

import unicodedata
from itertools import pairwise

import msgspec

from contract.closed_day import HOURS
from streaming.aggregate import hyperloglog
from streaming.aggregate.hyperloglog import DAY_REGISTERS, HOUR_REGISTERS
from streaming.state.checksum import checked, unchecked

MAX_SPELLINGS = 64
"""Spellings of a hashtag and day that are counted. Posts with a further spelling count, but it is never shown."""


class Count(msgspec.Struct, array_like=True, gc=False):
    """A count, as deltas (streaming.aggregate.deltas) add up.

    ``hours``: posts by UTC hour, only hours with posts. ``authors`` and ``hour_authors``: HyperLogLog sketches of the
    distinct authors of the day and of each hour, empty if no post has an author. ``spellings``: posts by spelling,
    only for a hashtag in all languages. ``minutes``: posts by minute of the day (0 to 1439), only for all posts in all
    languages. ``only_language``: the language of all posts, if this is its count as well as that of all languages.
    """

    posts: int = 0
    hours: dict[int, int] = {}
    authors: bytes = b""
    hour_authors: dict[int, bytes] = {}
    spellings: dict[str, int] = {}
    minutes: dict[int, int] = {}
    only_language: str = ""

    def add(self, hour: int, minute: int | None, spelling: str, posts: int, authors: bytes | None) -> None:
        """Add one delta; ``hour`` is the UTC hour of the day, ``minute`` the minute of the hour."""
        self.posts += posts
        self.hours[hour] = self.hours.get(hour, 0) + posts
        if authors:
            self.authors = hyperloglog.add(self.authors, authors, DAY_REGISTERS)
            self.hour_authors[hour] = hyperloglog.add(self.hour_authors.get(hour, b""), authors, HOUR_REGISTERS)
        if spelling and (spelling in self.spellings or len(self.spellings) < MAX_SPELLINGS):
            self.spellings[spelling] = self.spellings.get(spelling, 0) + posts
        if minute is not None:
            of_day = 60 * hour + minute
            self.minutes[of_day] = self.minutes.get(of_day, 0) + posts

    def of_only_language(self) -> "Count":
        """Return a count of the only language that is its own from now on, without spellings."""
        return Count(self.posts, dict(self.hours), self.authors, dict(self.hour_authors))

    def authors_of_day(self) -> int | None:
        """Return the distinct authors of the day, estimated; None if no post has an author."""
        # Each author has a post, so there are never more authors than posts.
        return min(hyperloglog.estimate(self.authors, DAY_REGISTERS), self.posts) if self.authors else None

    def authors_of_hour(self, hour: int) -> int | None:
        """Return the distinct authors of one hour, estimated; None if no post of the day has an author."""
        if not self.authors:
            return None
        estimate = hyperloglog.estimate(self.hour_authors.get(hour, b""), HOUR_REGISTERS)
        return min(estimate, self.hours.get(hour, 0))

    def by_hour(self) -> list[int]:
        """Return the posts of each of the 24 hours."""
        return [self.hours.get(hour, 0) for hour in range(HOURS)]

    def spelling(self) -> str | None:
        """Return the spelling to show, None if the count has none."""
        most = max(self.spellings.values(), default=0)
        # Nearly always one spelling leads, and comparing letters is not needed.
        leading = [spelling for spelling, posts in self.spellings.items() if posts == most]
        return leading[0] if len(leading) == 1 else max(leading, key=lambda one: preference(one, most), default=None)


def preference(spelling: str, posts: int) -> tuple[int, int, str]:
    """Return the sort key of a spelling: the highest is shown. Most posts, then most inner capitals, win."""
    return posts, inner_capitals(spelling), spelling


def inner_capitals(spelling: str) -> int:
    """Return how often a capital follows a small letter. A screen reader splits words there."""
    categories = [unicodedata.category(character) for character in spelling]
    return sum(pair == ("Ll", "Lu") for pair in pairwise(categories))


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Count)


def encode_count(count: Count, place: bytes) -> bytes:
    """Return a count as bytes. They start with a checksum of the count and of ``place``, the row that it belongs to."""
    return checked(_encoder.encode(count), place)


def decode_count(stored: bytes, place: bytes) -> Count:
    """Return the count that ``encode_count`` encoded for ``place``.

    Raises:
        DamagedCountError: the bytes have changed, or belong to another place.
    """
    return _decoder.decode(unchecked(stored, place))
