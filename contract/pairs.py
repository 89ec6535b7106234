"""Hashtags used together: how many posts of a day have two hashtags, with the error of that number.

Streaming counts them in bounded memory, and writes those of the leading hashtags to Redis (contract.redis_names) and
to the closed day. So the number of posts lies between ``least`` and ``most``. Both are equal while nothing was left
out, as on small days.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

MAX_PAIRED_HASHTAGS = 12
"""The hashtags of a post that count as used together: its first ones. So a post has at most 66 pairs."""

LEADING_HASHTAGS = 5_000
"""The hashtags of a day whose partners are counted to its end: those with the most posts."""

STORED_PARTNERS = 20
"""The most partners of a hashtag in Redis and in a closed day."""

PAIRS_FILE = "_pairs.parquet"
"""The name of the file in a closed day. Readers of its counts ignore names that start with an underscore."""


class Partner(msgspec.Struct, array_like=True, frozen=True):
    """Another hashtag, by its key, and in how many posts of the day it is used together with the first one."""

    key: str
    least: int
    most: int


class Partners(msgspec.Struct, array_like=True, frozen=True):
    """The partners of a hashtag, most posts first. Any hashtag that is not listed has at most ``beyond`` posts."""

    beyond: int = 0
    partners: list[Partner] = []


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Partners)


def ranked(partners: Iterable[Partner], beyond: int, k: int) -> Partners:
    """Return the ``k`` partners with the most certain posts. The others raise ``beyond``."""
    ordered = sorted(partners, key=lambda partner: (-partner.least, -partner.most, partner.key))
    return Partners(max([beyond, *(partner.most for partner in ordered[k:])]), ordered[:k])


def encode_partners(partners: Partners) -> bytes:
    """Return partners as they are in Redis: JSON."""
    return _encoder.encode(partners)


def decode_partners(message: str | bytes) -> Partners:
    """Return the partners of a message.

    Raises:
        msgspec.DecodeError: it is no such message.
    """
    return _decoder.decode(message)


def pairs_file(closed_folder: Path) -> Path:
    """Return the file with the pairs of a closed day. Days that an older version counted have none."""
    return closed_folder / PAIRS_FILE
