"""A ranking: the same message in Redis, on the WebSocket and in the API.

Streaming writes it, the site passes it on, the page draws it. The site itself computes those of the window ``rising``.
"""

import heapq
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final, Literal

import msgspec

TOP: Final = 10

Window = Literal["day", "hour", "rising"]
"""``day`` is since 00:00 UTC. ``hour`` is about the last 60 minutes before the stream's clock. ``rising`` is the same
hour, ordered by how unusual each hashtag is in it."""


class Why(msgspec.Struct):
    """Why a hashtag is rising: in about the hour before ``peak_at`` (UTC) it was used more than expected.

    ``observed`` and ``expected`` are numbers of that hour, in one language. They count distinct authors, or posts if
    authors are unknown (``unit``). ``score`` is (observed - expected)^2 / expected, and decays with time. ``state`` is
    ``rising`` while the last hour is unusual, and ``fading`` afterwards. ``usual`` is the expected number without its
    margin, and ``times`` how many times as much was observed, null if nothing is usual. ``words`` and ``details`` say
    the same. ``network`` is where it is so unusual, empty if only one network is in the ranking.
    """

    observed: int
    expected: float
    unit: Literal["authors", "posts"]
    score: float
    peak_at: datetime
    language: str
    state: Literal["rising", "fading"] = "rising"
    usual: float = 0.0
    times: float | None = None
    words: str = ""
    details: str = ""
    network: str = ""


class Comparison(msgspec.Struct):
    """What rising hashtags are compared with: the same hour of earlier ``days``, and the ``hours`` before it.

    For several languages these are the highest numbers of any of them. ``words`` describe the comparison.
    ``works_from`` (UTC) is present while there is nothing to compare with: the first time at which there will be.
    """

    days: int
    hours: int
    words: str
    works_from: datetime | msgspec.UnsetType = msgspec.UNSET


By = Literal["posts", "authors"]
"""The order of a ranking: by posts, or by estimated distinct authors."""

FEW_AUTHORS_POSTS: Final = 20
"""With fewer posts the ratio means nothing: three friends on a train write as many."""

FEW_AUTHORS_EACH: Final = 5
"""Average posts of an author from which few authors make most: far above the error of the estimate, 3.3%."""


class Companion(msgspec.Struct):
    """A hashtag that always occurs with another one: the spelling to show, and the key that it counts under."""

    hashtag: str
    key: str


class RankedHashtag(msgspec.Struct):
    """One place in a ranking.

    ``hashtag`` is the spelling to show, ``key`` the key that it counts under. ``previous_rank`` is its rank in the
    previous ranking, null if it was not in it. ``authors`` is null if unknown. ``few_authors`` means that few authors
    make most of its posts. Places of the window ``rising`` have ``why``. ``networks`` are the posts from each network,
    without those that have none; it is absent if only one network is in the ranking. ``together`` are hashtags that
    are used together with a rising one and have no place of their own; it is absent without any.
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
    networks: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    together: list[Companion] | msgspec.UnsetType = msgspec.UNSET


class Ranking(msgspec.Struct, omit_defaults=True):
    """The most used hashtags of a window in some languages (``["*"]`` for all).

    ``day`` is the day in which the window ends. ``posts`` counts every post of the window in these languages, with or
    without hashtags. ``as_of`` is the processing time, UTC. ``final`` is true once the day is archived. ``by`` is the
    order, absent if it is ``posts``. ``note`` explains why the ranking differs from the request: by posts instead of
    authors, or nothing rising yet. It is absent otherwise. The window ``rising`` is always ordered by score. It has
    ``compared``, and ``fading``: hashtags that were rising lately, in the places after ``top``. ``source`` names the
    stream, ``kind`` is whether it is live, simulated or a replay; only the API adds them. ``networks`` are the chosen
    ones, absent if none is chosen: then it is about all that run.
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
    fading: list[RankedHashtag] | msgspec.UnsetType = msgspec.UNSET
    source: str = ""
    kind: str = ""
    networks: list[str] = []


def ranks_by_key(top: Iterable[RankedHashtag]) -> dict[str, int]:
    """Return the rank of each hashtag, by its key."""
    return {place.key: place.rank for place in top}


def set_rank_changes(top: Iterable[RankedHashtag], previous_ranks: Mapping[str, int]) -> None:
    """Set ``previous_rank`` and ``is_new`` of each place from the ranks of the previous ranking, by key."""
    for place in top:
        place.previous_rank = previous_ranks.get(place.key)
        place.is_new = place.key not in previous_ranks


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Ranking)


def encode_ranking(ranking: Ranking) -> bytes:
    """Return the ranking as one JSON object."""
    return _encoder.encode(ranking)


def decode_ranking(message: bytes | str) -> Ranking:
    """Return the ranking in a message.

    Raises:
        msgspec.DecodeError: the message is not a ranking.
    """
    return _decoder.decode(message)


def last_hour(this_hour: int, hour_before: int, clock: datetime) -> int:
    """Return the estimated posts of the 60 minutes before ``clock``, from the counts of two UTC hours.

    The hour before counts with the share that is inside the 60 minutes, as if its posts were spread evenly: the sliding
    window counter of rate limiters.
    """
    return this_hour + round(hour_before * share_left(clock))


def share_left(clock: datetime) -> float:
    """Return the share of the previous UTC hour that lies in the 60 minutes before ``clock``."""
    return 1 - (clock.minute * 60 + clock.second) / 3600


def few_authors(posts: int, authors: int | None) -> bool:
    """Return whether few authors make most of a hashtag's posts; False if its authors are unknown."""
    return authors is not None and posts >= FEW_AUTHORS_POSTS and posts >= FEW_AUTHORS_EACH * authors


def highest_counts(counts: Iterable[tuple[str, int]], limit: int = TOP) -> list[tuple[str, int]]:
    """Return the ``limit`` highest (key, posts) pairs: most posts first, equal ones by key."""
    return heapq.nsmallest(limit, counts, key=lambda count: (-count[1], count[0]))
