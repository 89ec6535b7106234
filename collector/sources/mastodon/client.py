"""One server over HTTP: its description, and its stream as bytes. Every request has a timeout and every answer a bound.

``requests`` serves proxies and certificates. Its own reading of lines is too slow, and takes single bytes where a
server does not send chunks, so the stream is read through urllib3, as it arrives.
"""

import fcntl
import re
import termios
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic

import msgspec
import requests
import urllib3

from collector.mastodon_servers import Server
from collector.sources.mastodon.instance import (
    INSTANCE_PATHS,
    Instance,
    moved,
    read_instance,
    refusal,
    unknown_instance,
    web_page,
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server, in seconds. Mastodon sends a comment every 15 s, so 40 s are two of them lost.

    A connection of ``steady`` seconds was no failure. Delays between attempts are multiplied by ``delays``.
    """

    connect: float = 10.0
    silence: float = 40.0
    steady: float = 60.0
    delays: float = 1.0


_ANSWER_SECONDS = 15.0
_INSTANCE_BYTES = 1024 * 1024
_REASON_BYTES = 4_096
_PIECE_BYTES = 65_536
_NAME_BYTES = 100
_ZERO = bytes(4)
_AGENT = "Trendsite"
_STREAM_TYPE = "text/event-stream"
_DEEPEST_CAUSE = 10
_TRANSIENT = (408, 425, 429)


PATIENCE = Patience()


class MastodonError(Exception):
    """A server refused or failed. The message is a line for people, ``reason`` the same in a few words, for a gap.

    ``is_refused`` means that only a person can help. ``status`` is the HTTP status, 0 without one. ``retry_at`` is when
    the server allows the next request, None if it does not say.
    """

    def __init__(
        self,
        message: str,
        reason: str,
        is_refused: bool = False,
        status: int = 0,
        retry_at: datetime | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.is_refused = is_refused
        self.status = status
        self.retry_at = retry_at


class _Answer(msgspec.Struct):
    error: object = None


@dataclass
class _Authorization(requests.auth.AuthBase):
    """The token in its header. Without this, requests would look for a password in the user's ``~/.netrc``."""

    token: str

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


@dataclass(frozen=True, slots=True)
class Stream:
    """An open stream: its pieces as they arrive, until the server ends it."""

    pieces: Iterator[bytes]
    _socket: int

    def is_drained(self) -> bool:
        """Return whether everything that has arrived is read. While the disk is full, posts wait here for minutes."""
        try:
            return not any(fcntl.ioctl(self._socket, termios.FIONREAD, _ZERO))
        except OSError:
            return False


class MastodonClient:
    """The client of one server."""

    def __init__(self, server: Server, patience: Patience = PATIENCE) -> None:
        """Prepare; nothing is sent."""
        self.server = server
        self.patience = patience
        self._session = requests.Session()
        self._session.auth = _Authorization(server.token)
        self._session.headers["User-Agent"] = _AGENT
        self._session.headers["Accept-Encoding"] = "identity"

    def instance(self) -> Instance:
        """Return what the server says about itself; the least that is known if it says nothing.

        Raises:
            MastodonError: the server cannot be reached, or fails.
        """
        for path in INSTANCE_PATHS:
            with self._get(self.server.url + path, "application/json") as response:
                if response.status_code >= 500 or response.status_code in _TRANSIENT:
                    raise self._refused(response, unknown_instance(self.server))
                read = read_instance(_body(response, _INSTANCE_BYTES), self.server) if response.ok else None
                if read is not None:
                    return read
        return unknown_instance(self.server)

    @contextmanager
    def stream(self, instance: Instance) -> Iterator["Stream"]:
        """Open the stream of public posts.

        Raises:
            MastodonError: the server refused or failed, also while the stream is read.
        """
        with self._get(instance.stream_url, _STREAM_TYPE) as response:
            if response.status_code != 200:
                raise self._refused(response, instance)
            if not response.headers.get("Content-Type", _STREAM_TYPE).lower().startswith(_STREAM_TYPE):
                raise MastodonError(web_page(self.server), f"{self.server.name} sent no stream", True, 200)
            yield Stream(self._pieces(response), response.raw.fileno())

    @contextmanager
    def _get(self, url: str, accept: str) -> Iterator[requests.Response]:
        try:
            response = self._session.get(
                url,
                headers={"Accept": accept},
                stream=True,
                timeout=(self.patience.connect, self.patience.silence),
                allow_redirects=False,
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            raise self._failed("cannot be reached", error) from error
        with response:
            yield response

    def _pieces(self, response: requests.Response) -> Iterator[bytes]:
        raw: urllib3.HTTPResponse = response.raw
        try:
            if raw.chunked:
                yield from _with_names(raw.stream(_PIECE_BYTES, decode_content=True))
            else:
                while piece := raw.read1(_PIECE_BYTES, decode_content=True):
                    yield piece
        except urllib3.exceptions.ReadTimeoutError as error:
            text = f"{self.server.name} was silent for {self.patience.silence:.0f} s"
            raise MastodonError(text, text) from error
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise self._failed("lost the connection", error) from error

    def _failed(self, what: str, error: Exception) -> MastodonError:
        return MastodonError(f"{self.server.name} {what} ({_cause(error)})", f"{self.server.name} {what}")

    def _refused(self, response: requests.Response, instance: Instance) -> MastodonError:
        server, status = self.server, response.status_code
        if response.is_redirect or 300 <= status < 400:
            target = response.headers.get("Location", "")
            return MastodonError(moved(server, target), f"{server.name} refers to another address", True, status)
        text = _error_text(response)
        reason = f"{server.name} answered {status}"
        if status >= 500 or status in _TRANSIENT:
            message = f"{reason}: {text}" if text else reason
            return MastodonError(message, reason, False, status, _retry_at(response))
        return MastodonError(refusal(status, text, server, instance), reason, True, status)


def _with_names(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield chunks, but the name of an event together with its data, which Mastodon sends as another chunk."""
    name = b""
    for chunk in chunks:
        if chunk.startswith(b"event:") and len(chunk) <= _NAME_BYTES and chunk.find(b"\n") == len(chunk) - 1:
            name += chunk
            if len(name) <= _PIECE_BYTES:
                continue
            chunk = b""
        yield name + chunk
        name = b""


def _body(response: requests.Response, most: int) -> bytes:
    """Return the body, or its beginning if it is long or comes slowly."""
    body = b""
    deadline = monotonic() + _ANSWER_SECONDS
    try:
        while len(body) < most and monotonic() < deadline:
            piece = response.raw.read1(_PIECE_BYTES, decode_content=True)
            if not piece:
                break
            body += piece
    except (urllib3.exceptions.HTTPError, OSError, ValueError):
        pass
    return body[:most]


def _error_text(response: requests.Response) -> str:
    """Return the server's own reason as a short line that is safe in a log; empty if it gives none."""
    try:
        error = msgspec.json.decode(_body(response, _REASON_BYTES), type=_Answer).error
    except (ValueError, RecursionError):
        return ""
    return re.sub(r"[^ -~]", "?", error)[:100] if isinstance(error, str) else ""


def _retry_at(response: requests.Response) -> datetime | None:
    """Return when the next request is allowed: Mastodon has a date in RFC 3339, others have seconds or a date."""
    after = response.headers.get("Retry-After", "").strip()
    reset = response.headers.get("X-RateLimit-Reset", "").strip()
    try:
        if re.fullmatch(r"[0-9]{1,9}", after):
            return datetime.fromtimestamp(datetime.now(UTC).timestamp() + int(after), UTC)
        moment = parsedate_to_datetime(after) if after else datetime.fromisoformat(reset)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _cause(error: BaseException) -> str:
    """Return why a connection failed, in a few words. An error's own text has addresses of memory."""
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not valid"
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time"
    found: BaseException | None = error
    for _ in range(_DEEPEST_CAUSE):
        if isinstance(found, OSError) and found.strerror and not isinstance(found, requests.RequestException):
            return found.strerror
        found = found and (found.__cause__ or found.__context__)
    return type(error).__name__
