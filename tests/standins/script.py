"""What the stand-ins share: made-up posts, the steps of a script, and the record of what was sent.

A script is a list of steps. Steps of a request (:class:`Refuse`, :class:`Hang`) use up one request each; every other
step needs no connection (:class:`Meanwhile`, :class:`Withhold`) or happens on an open one. A stand-in runs the next
steps when a client connects. A step that a network's protocol cannot have is a ScriptError. After the last step the
connection stays open, and ``Script.finished`` is set.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime


class ScriptError(Exception):
    """A step that this stand-in cannot do."""


@dataclass(frozen=True, slots=True)
class MadeUpPost:
    """A post that never was. ``number`` counts from 0, ``moment`` is when the network sees it."""

    number: int
    moment: datetime
    account: str
    language: str | None
    hashtags: tuple[str, ...]


Supply = Callable[[int], MadeUpPost]
"""Returns the post with a number."""

LANGUAGES = ("en", "de", "ja", "pt", None, "ar", "ko", "es")
HASHTAGS = ("Tea", "Coffee", "Zürich", "日本", "한국", "Café", "شاي", "Fußball", "🌧️", "News")


def supply(start: datetime, step: timedelta) -> Supply:
    """Return a supply of posts ``step`` apart. Every third has no hashtag, some have two."""

    def post(number: int) -> MadeUpPost:
        first = HASHTAGS[number * number % len(HASHTAGS)]
        second = f"Topic{number * 31 % 47}"
        hashtags = ((), (first,), (first, second))[number % 3]
        language = LANGUAGES[number * 7 % len(LANGUAGES)]
        return MadeUpPost(number, start + step * number, f"account{number * 13 % 997}", language, hashtags)

    return post


# Steps of a request.


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer a request with an HTTP status."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def unavailable() -> Refuse:
    """The server is down for a moment."""
    return Refuse(503, b"service unavailable")


def too_many(reset: datetime | None = None) -> Refuse:
    """Too many requests. With ``reset``, the headers of all networks say when the next one is allowed."""
    if reset is None:
        return Refuse(429, b"too many requests")
    headers = (
        ("Retry-After", format_datetime(reset.astimezone(UTC), usegmt=True)),
        ("x-rate-limit-reset", str(int(reset.timestamp()))),
        ("X-RateLimit-Reset", reset.astimezone(UTC).isoformat().replace("+00:00", "Z")),
    )
    return Refuse(429, b"too many requests", headers)


@dataclass(frozen=True, slots=True)
class Hang:
    """Accept a request and never answer it."""


# Steps without a connection.


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """The next posts happen without a listener. A network with a cursor still has them."""

    count: int


@dataclass(frozen=True, slots=True)
class Withhold:
    """The server loses the next posts for good."""

    count: int


# Steps of a stream.


@dataclass(frozen=True, slots=True)
class Send:
    """Send the next posts, evenly over ``seconds`` of the script's time; 0 is a flood."""

    count: int
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Send the latest posts once more."""

    count: int


@dataclass(frozen=True, slots=True)
class Disorder:
    """Send the next posts last first."""

    count: int


@dataclass(frozen=True, slots=True)
class Trickle:
    """Send the next posts in pieces of ``size`` bytes, with ``pause`` seconds of the script's time in between."""

    count: int
    size: int = 7
    pause: float = 0.01


@dataclass(frozen=True, slots=True)
class Garbage:
    """Send bytes that are no event, whole on the wire."""

    data: bytes = b"{ this is no JSON"


@dataclass(frozen=True, slots=True)
class Silence:
    """Send nothing for so many seconds of the script's time, not even a heartbeat, and keep the connection open."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HalfLine:
    """Send half of the next post and close the connection. The post has not arrived."""


@dataclass(frozen=True, slots=True)
class CutInCharacter:
    """Send the next post up to the middle of a character and close the connection. The post has not arrived."""


@dataclass(frozen=True, slots=True)
class CloseMidChunk:
    """Announce more bytes than are sent (a chunk, a frame), and close the connection."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close politely."""


@dataclass(frozen=True, slots=True)
class Abort:
    """Reset the connection."""


REQUEST_STEPS = (Refuse, Hang)
OFFLINE_STEPS = (Meanwhile, Withhold)


@dataclass
class Script:
    """The steps that remain, and how fast time passes: ``speed`` seconds of the script in a real one."""

    steps: list[object]
    speed: float = 1.0
    finished: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, *kinds: type) -> object | None:
        """Take the next step if it is of one of the ``kinds`` (any, if none is given); else return None."""
        with self._lock:
            if not self.steps:
                self.finished.set()
                return None
            if kinds and not isinstance(self.steps[0], kinds):
                return None
            return self.steps.pop(0)

    def pause(self, seconds: float) -> bool:
        """Wait so many seconds of the script's time. Return whether the stand-in closes meanwhile."""
        return self.closing.wait(seconds / self.speed)


@dataclass
class Record:
    """What happened, and what the server lost for good. The rest was sent at least once, or still will be."""

    make: Supply
    happened: list[MadeUpPost] = field(default_factory=list)
    withheld: set[int] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def happen(self, count: int, withheld: bool = False) -> list[MadeUpPost]:
        """Let the next posts happen, and return them."""
        with self.lock:
            posts = [self.make(len(self.happened) + i) for i in range(count)]
            self.happened += posts
            if withheld:
                self.withheld.update(post.number for post in posts)
            return posts

    @property
    def sent(self) -> list[MadeUpPost]:
        """All that happened but what was withheld."""
        with self.lock:
            return [post for post in self.happened if post.number not in self.withheld]


def cut_in_character(data: bytes) -> bytes:
    """Return the part of UTF-8 that ends inside its first character of several bytes.

    Raises:
        ScriptError: all characters have one byte.
    """
    for position, byte in enumerate(data):
        if byte >= 0xC0:
            return data[: position + 1]
    raise ScriptError("no character of several bytes to cut in")


def spread(count: int, seconds: float) -> Iterable[float]:
    """Return the pause before each of ``count`` posts, so that they are sent evenly in ``seconds``."""
    return (seconds / count for _ in range(count)) if count else ()
