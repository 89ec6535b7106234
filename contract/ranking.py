"""Ranking: the top-ten message, the same in Redis, on the WebSocket and in the API.

Streaming writes it, the site passes it on, the page draws it. Those of the window ``rising`` the site makes itself.
"""

import heapq
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Literal

import msgspec

TOP: Final = 10

Window = Literal["day", "hour", "rising"]
"""``day`` is since 00:00 UTC; ``hour`` about the last 60 minutes before the stream's clock; ``rising`` is the same
hour, ordered by how unusual each hashtag is in it, or was lately."""


class Why(msgspec.Struct):
    """Why a hashtag is rising: in about the hour before ``peak_at`` (UTC) it had more than was expected of it.

    ``observed`` and ``expected`` are of that hour, in one language: distinct authors, or posts (``unit``) where posts
    do not tell their authors. ``score`` is what is left now of (observed - expected)^2 / expected.
    """

    observed: int
    expected: float
    unit: Literal["authors", "posts"]
    score: float
    peak_at: datetime
    language: str


class Comparison(msgspec.Struct):
    """What rising hashtags are compared with: the same hour of so many earlier days, and so many hours before it.

    Of several languages it is the most that one of them has. ``words`` say it to people.
    """

    days: int
    hours: int
    words: str


By = Literal["posts", "authors"]
"""What a ranking is ordered by: posts, or about how many distinct authors."""

FEW_AUTHORS_POSTS: Final = 20
"""Fewer posts than these are too few to tell habit from chance: three friends on a train write as many."""

FEW_AUTHORS_EACH: Final = 5
"""Posts of each author on average, from which few make most: far above the sketches' error of 3.3%."""


class RankedHashtag(msgspec.Struct):
    """One place in a ranking.

    ``hashtag`` is how it is shown, ``key`` what it counts under. ``previous_rank`` is its rank in
    the ranking before this one, None when it was not in it; ``authors`` is None where unknown;
    ``few_authors`` says that few make most of its posts. ``why`` is there in the window ``rising``.
    """

    rank: int
    hashtag: str
    key: str
    posts: int
    authors: int | None = None
    previous_rank: int | None = None
    is_new: bool = False
    few_authors: bool = False
    why: Why | msgspec.UnsetType = msgspec.UNSET


class Ranking(msgspec.Struct, omit_defaults=True):
    """The most used hashtags of a window in some languages (``["*"]`` for all).

    ``day`` is the day that the window ends in; ``posts`` counts every post of the window in these
    languages, tagged or not; ``as_of`` is the processing time, UTC; ``final`` is true once the
    day is archived. ``by`` is what it is ordered by, not told where that is posts; ``note`` says in
    words why it is by posts although somebody asked for another order, and is told only then.
    ``compared`` is there in the window ``rising``, which is ordered by score, whatever order was asked for.
    """

    day: date
    languages: list[str]
    window: Window
    as_of: datetime
    final: bool
    posts: int
    top: list[RankedHashtag]
    by: By = "posts"
    note: str = ""
    compared: Comparison | msgspec.UnsetType = msgspec.UNSET


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Ranking)


def encode_ranking(ranking: Ranking) -> bytes:
    """Return the ranking as one JSON object."""
    return _encoder.encode(ranking)


def decode_ranking(message: bytes | str) -> Ranking:
    """Return the ranking of a message.

    Raises:
        msgspec.DecodeError: the message is not a ranking.
    """
    return _decoder.decode(message)


def last_hour(this_hour: int, hour_before: int, clock: datetime) -> int:
    """Return about how many posts the 60 minutes before ``clock`` had, from the counts of two UTC hours.

    The hour before counts with the share of it that is left, as if its posts were spread evenly:
    the sliding window counter that rate limiters use.
    """
    return this_hour + round(hour_before * share_left(clock))


def share_left(clock: datetime) -> float:
    """Return which share of the UTC hour before ``clock``'s lies in the 60 minutes before ``clock``."""
    return 1 - (clock.minute * 60 + clock.second) / 3600


def few_authors(posts: int, authors: int | None) -> bool:
    """Return whether few authors make most of a hashtag's posts; never where its authors are unknown."""
    return authors is not None and posts >= FEW_AUTHORS_POSTS and posts >= FEW_AUTHORS_EACH * authors


def order(counts: Iterable[tuple[str, int]], limit: int = TOP) -> list[tuple[str, int]]:
    """Return the ``limit`` highest (key, posts) pairs: most posts first, equal ones by key."""
    return heapq.nsmallest(limit, counts, key=lambda count: (-count[1], count[0]))
