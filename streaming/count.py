"""What is counted of one hashtag, or of all posts, in one day and language; and how it is kept. Pure."""

from zlib import crc32

import msgspec

from contract.closed_day import HOURS
from streaming import sketch
from streaming.sketch import DAY_REGISTERS, HOUR_REGISTERS
from streaming.spellings import preference

MAX_SPELLINGS = 64
"""Spellings of a hashtag that are told apart in a day; posts with yet another one count, and it is not shown."""

_CHECKSUM_BYTES = 4


class DamagedCountError(ValueError):
    """A count that nobody kept so. The message is one line."""


class Count(msgspec.Struct, array_like=True, gc=False):
    """A count.

    ``hours`` holds the posts of each UTC hour that has some, ``hour_authors`` a sketch of its distinct authors,
    ``authors`` that of the whole day; both are empty where no post told its author. Of a hashtag in all languages
    ``spellings`` holds how often each stands; of all posts in all languages ``minutes`` how many each minute of the
    day (0 to 1439) has.
    """

    posts: int = 0
    hours: dict[int, int] = {}
    authors: bytes = b""
    hour_authors: dict[int, bytes] = {}
    spellings: dict[str, int] = {}
    minutes: dict[int, int] = {}

    def add(self, hour: int, minute: int | None, spelling: str, posts: int, authors: bytes | None) -> None:
        """Add what one row of streaming.additions tells; ``hour`` is that of the day."""
        self.posts += posts
        self.hours[hour] = self.hours.get(hour, 0) + posts
        if authors:
            self.authors = sketch.add(self.authors, authors, DAY_REGISTERS)
            self.hour_authors[hour] = sketch.add(self.hour_authors.get(hour, b""), authors, HOUR_REGISTERS)
        if spelling and (spelling in self.spellings or len(self.spellings) < MAX_SPELLINGS):
            self.spellings[spelling] = self.spellings.get(spelling, 0) + posts
        if minute is not None:
            of_day = 60 * hour + minute
            self.minutes[of_day] = self.minutes.get(of_day, 0) + posts

    def authors_of_day(self) -> int | None:
        """Return about how many distinct authors the day had, None where none is told."""
        # Nobody posts less than once, whatever the sketch says.
        return min(sketch.estimate(self.authors, DAY_REGISTERS), self.posts) if self.authors else None

    def authors_of_hour(self, hour: int) -> int | None:
        """Return about how many distinct authors an hour of the day had, None where none is told in the day."""
        if not self.authors:
            return None
        return min(sketch.estimate(self.hour_authors.get(hour, b""), HOUR_REGISTERS), self.hours.get(hour, 0))

    def by_hour(self) -> list[int]:
        """Return the posts of each of the 24 hours."""
        return [self.hours.get(hour, 0) for hour in range(HOURS)]

    def spelling(self) -> str | None:
        """Return the spelling that is shown, None where none is told."""
        return max(self.spellings, key=lambda spelling: preference(spelling, self.spellings[spelling]), default=None)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Count)


def encode_count(count: Count, place: bytes) -> bytes:
    """Return a count as it is kept at ``place``: the checksum of both, then itself."""
    content = _encoder.encode(count)
    return crc32(content, crc32(place)).to_bytes(_CHECKSUM_BYTES) + content


def decode_count(kept: bytes, place: bytes) -> Count:
    """Return the count that is kept at ``place``.

    Raises:
        DamagedCountError: it is not as it was, or not where it was.
    """
    content = kept[_CHECKSUM_BYTES:]
    if crc32(content, crc32(place)).to_bytes(_CHECKSUM_BYTES) != kept[:_CHECKSUM_BYTES]:
        raise DamagedCountError("a count does not fit its checksum")
    return _decoder.decode(content)
