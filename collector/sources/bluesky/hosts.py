"""Jetstream's servers: which one to ask next, in which version, and an attempt to open its stream.

What a server has taught us stays until the process ends: that it has no version 2, or that its dictionary is of no use.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from collector.sources.bluesky.connection import ConnectionEndedError, EventStream, RefusedError, open_stream
from collector.sources.bluesky.jetstream import Dictionary, Refusal, fetch_dictionary, refusal_of, subscribe_url

_MAX_WRONG_DICTIONARIES = 2


@dataclass
class Host:
    """A server. ``not_before`` is when it may be asked again, on the monotonic clock."""

    url: str
    version: int
    is_version_fixed: bool
    dictionary: Dictionary | None = None
    is_compressed: bool = True
    not_before: float = 0.0
    _wrong_dictionaries: int = 0

    @property
    def name(self) -> str:
        """The server's name for people."""
        return self.url.partition("://")[2]

    def learn(self, refusal: Refusal) -> bool:
        """Note a refusal. Return whether the server may take the next request, without a wait."""
        if refusal == "no_version_2" and not self.is_version_fixed:
            self.version = 1
            return True
        if refusal == "unknown_dictionary" and self.is_compressed:
            self.on_wrong_dictionary()
            return True
        return False

    def on_wrong_dictionary(self) -> None:
        """Fetch the dictionary again, and the next time do without."""
        self.dictionary = None
        self._wrong_dictionaries += 1
        self.is_compressed = self._wrong_dictionaries < _MAX_WRONG_DICTIONARIES


class Hosts:
    """The servers in order of preference, and the present one."""

    def __init__(self, urls: Sequence[str], version: int | None) -> None:
        """Begin with the first server. Without a ``version`` each is asked for version 2 first."""
        self._hosts = [Host(url, version or 2, version is not None) for url in urls]
        self._present = 0

    @property
    def present(self) -> Host:
        """The server to ask."""
        return self._hosts[self._present]

    def prefer(self, url: object) -> None:
        """Begin with this server, if it is one of them: only it understands our sequence numbers."""
        self._present = next((i for i, host in enumerate(self._hosts) if host.url == url), 0)

    def move_on(self, now: float) -> None:
        """Choose the next server that may be asked ``now``, or the one that may be asked first."""
        count = len(self._hosts)
        following = [(self._present + 1 + i) % count for i in range(count)]
        self._present = min(following, key=lambda i: max(self._hosts[i].not_before, now))


@dataclass
class Opened:
    """An open stream, the dictionary of its messages, if it has one, and its version."""

    stream: EventStream
    dictionary: Dictionary | None
    version: int


@dataclass
class Attempt:
    """An attempt to open a stream, in a thread of its own, since a server may let us wait."""

    host: Host
    by_time: bool
    opened: Opened | None = None
    refused: RefusedError | None = None
    failed: str = ""
    _done: threading.Event = field(default_factory=threading.Event)
    _is_given_up: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, cursor: int | None, seconds: float) -> None:
        """Begin. ``seconds`` is the longest wait for one answer."""
        threading.Thread(target=self._run, args=(cursor, seconds), name="bluesky-connect", daemon=True).start()

    def is_done(self, seconds: float) -> bool:
        """Return whether the attempt ends within ``seconds``."""
        return self._done.wait(seconds)

    def give_up(self) -> None:
        """Close the stream as soon as it is open."""
        with self._lock:
            self._is_given_up = True
            if self.opened:
                self.opened.stream.close()

    @property
    def refusal(self) -> Refusal:
        """What the server's refusal means."""
        return refusal_of(self.refused, self.host.version) if self.refused else "other"

    def _run(self, cursor: int | None, seconds: float) -> None:
        try:
            opened = self._open(cursor, seconds)
            with self._lock:
                self.opened = opened
                if self._is_given_up:
                    opened.stream.close()
        except RefusedError as refused:
            self.refused = refused
            self.failed = f"refused: {refused}"
        except (ConnectionEndedError, ValueError) as error:
            self.failed = str(error)
        finally:
            self._done.set()

    def _open(self, cursor: int | None, seconds: float) -> Opened:
        host, version = self.host, self.host.version
        dictionary = self._dictionary(seconds) if version == 2 and host.is_compressed else None
        url = subscribe_url(host.url, version, cursor, dictionary.id if dictionary else None)
        return Opened(open_stream(url, seconds), dictionary, version)

    def _dictionary(self, seconds: float) -> Dictionary | None:
        """Return the server's dictionary. Without one, its stream comes uncompressed; it may not have version 2."""
        if self.host.dictionary is None:
            try:
                self.host.dictionary = fetch_dictionary(self.host.url, seconds)
            except (RefusedError, ConnectionEndedError):
                return None
        return self.host.dictionary
