"""Post: one NDJSON line on the collector's socket, in a replay file, in a Kafka topic.

The collector writes posts, streaming reads them. Text, names and ids of people are not in a post.
"""

import unicodedata
from datetime import datetime

import msgspec

MAX_LINE_BYTES = 65_536
MAX_HASHTAGS = 64
MAX_HASHTAG_CHARACTERS = 100


class Post(msgspec.Struct, omit_defaults=True):
    """One collected post.

    ``id`` is the network and its id ("x:1860"); ``created_at`` is the event time, UTC, as the
    network saw it; ``lang`` is a code of :mod:`contract.language`; ``hashtags`` are folded keys,
    unique, in order; ``spellings`` are the same hashtags as written, of the same length;
    ``author`` is a keyed hash, never an account id.
    """

    id: str
    created_at: datetime
    lang: str
    hashtags: list[str]
    spellings: list[str] = []
    author: str | None = None


_encoder = msgspec.json.Encoder()


def fold(hashtag: str) -> str:
    """Return the key under which a hashtag counts: NFKC, then casefold, without leading ``#``.

    Accents are kept: ``#Café`` and ``#cafe`` are two hashtags.
    """
    return unicodedata.normalize("NFKC", hashtag).lstrip("#").casefold()


def encode_posts(posts: list[Post]) -> bytes:
    """Return the posts' lines, each with its newline."""
    return _encoder.encode_lines(posts)
