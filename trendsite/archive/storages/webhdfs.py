"""WebHDFS: the files of HDFS over HTTP, as the name node or HttpFS serves them.

Every request has a timeout and is tried again with growing pauses if that can help. Content goes through in pieces.
"""

import io
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, Protocol, TypeVar
from urllib.parse import quote, urlsplit

import requests
import urllib3

from contract.backoff import Backoff

ATTEMPTS = 4
BACKOFF = Backoff(first=0.5, longest=10.0)

_TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and between two pieces of an answer."""

_ANSWER_BYTES = 16 * 1024 * 1024
"""The longest answer that is not a file's content: a folder with some 50,000 entries."""

_WAITING = frozenset(("StandbyException", "RetriableException", "SafeModeException"))
"""What a name node answers while it starts, or while another one is active."""

_MESSAGE_CHARACTERS = 200

T = TypeVar("T")


class WebHdfsError(OSError):
    """HDFS refused a request or did not answer. The message is one line without secrets.

    ``public`` is the same without paths and addresses. ``is_passing`` means that another attempt may succeed.
    """

    def __init__(self, message: str, public: str, is_passing: bool = False) -> None:
        super().__init__(message)
        self.public = public
        self.is_passing = is_passing


class Content(Protocol):
    """A file to store: readable in pieces, and again from its beginning."""

    size: int

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""

    def seek(self, position: int, /) -> object:
        """Continue at a position."""


@dataclass(frozen=True)
class Entry:
    """A file or folder: its size in bytes, and when its content changed (UTC). ``name`` is empty for the one asked."""

    name: str
    is_folder: bool
    size: int
    modified_at: datetime


class WebHdfs:
    """The files below ``address``, such as ``http://namenode:9870``, in the name of ``user``. Paths are absolute."""

    def __init__(
        self,
        address: str,
        user: str,
        wait: Callable[[float], object] = time.sleep,
        random_number: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; nothing is sent."""
        self._address = address
        self._user = user
        self._wait = wait
        self._random = random_number
        self._session = requests.Session()
        # Without this, requests would look for a password in the user's ~/.netrc.
        self._session.auth = lambda request: request

    def status(self, path: str) -> Entry:
        """Return a file or folder.

        Raises:
            FileNotFoundError: there is none.
            WebHdfsError: HDFS refused, or does not answer.
        """
        answer = self.retried(lambda: self._json("GET", path, "GETFILESTATUS"))
        return _entry(_inner(answer, "FileStatus"))

    def entries(self, path: str) -> list[Entry]:
        """Return what is in a folder.

        Raises:
            FileNotFoundError: there is none.
            WebHdfsError: HDFS refused, or does not answer.
        """
        answer = self.retried(lambda: self._json("GET", path, "LISTSTATUS"))
        found = _inner(answer, "FileStatuses").get("FileStatus", [])
        return [_entry(entry) for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []

    def put(self, path: str, content: Content, permission: str = "") -> None:
        """Store a file in place of an older one. Until it is whole, readers see the older one.

        Raises:
            WebHdfsError: HDFS refused, or does not answer.
        """
        folder, _, name = path.rpartition("/")
        draft = f"{folder}/{draft_name(name)}"
        options = {"overwrite": "true", **({"permission": permission} if permission else {})}

        def attempt() -> None:
            content.seek(0)
            self._create(draft, content, options)
            if (stored := _entry(_inner(self._json("GET", draft, "GETFILESTATUS"), "FileStatus")).size) != content.size:
                raise WebHdfsError(f"{draft} has {stored} bytes, not {content.size}", "HDFS lost part of a file", True)
            self._rename(draft, path)

        self.retried(attempt)

    def open(self, path: str) -> IO[bytes]:
        """Return a file's content, read in pieces as they are needed.

        Raises:
            FileNotFoundError: there is none.
            WebHdfsError: HDFS refused, or does not answer. Reading raises it, too.
        """
        return io.BufferedReader(_Reader(self, path, self.status(path).size), 1024 * 1024)

    def delete(self, path: str) -> None:
        """Delete a file or an empty folder, if there is one.

        Raises:
            WebHdfsError: HDFS refused, or does not answer.
        """
        self.retried(lambda: self._json("DELETE", path, "DELETE"))

    def retried(self, attempt: Callable[[], T]) -> T:
        """Return what ``attempt`` returns, after further attempts if need be. It must be safe to repeat.

        Raises:
            WebHdfsError: no attempt succeeded.
        """
        for failures in range(1, ATTEMPTS + 1):
            try:
                return attempt()
            except WebHdfsError as error:
                if not error.is_passing or failures == ATTEMPTS:
                    raise
                self._wait(BACKOFF.delay(failures, self._random()))
        raise AssertionError

    def stream(self, path: str, offset: int) -> requests.Response:
        """Return the open answer with a file's content from ``offset`` on.

        Raises:
            FileNotFoundError: there is no such file.
            WebHdfsError: HDFS refused, or does not answer.
        """
        return self._request("GET", self._url(path, "OPEN", {"offset": str(offset)}), allow_redirects=True)

    def _create(self, path: str, content: Content, options: Mapping[str, str]) -> None:
        """Write a new file: the name node says where to, the data node takes the content."""
        with self._request("PUT", self._url(path, "CREATE", options)) as answer:
            target = answer.headers.get("Location", "")
        if urlsplit(target).scheme not in ("http", "https"):
            raise WebHdfsError(f"{self._address} did not say where to store files", "no WebHDFS answers at ARCHIVE_URL")
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(content.size)}
        self._request("PUT", target, data=content, headers=headers).close()

    def _rename(self, path: str, to: str) -> None:
        # HttpFS does not know renameoptions, and never replaces a file.
        options = {"destination": to, "renameoptions": "OVERWRITE"}
        if self._json("PUT", path, "RENAME", options).get("boolean") is not False:
            return
        self._json("DELETE", to, "DELETE")
        if self._json("PUT", path, "RENAME", options).get("boolean") is False:
            raise WebHdfsError(f"{path} was not renamed to {to}", "HDFS did not rename a file")

    def _url(self, path: str, operation: str, options: Mapping[str, str]) -> str:
        query = {"op": operation, "user.name": self._user, **options}
        pairs = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        return f"{self._address}/webhdfs/v1{quote(path)}?{pairs}"

    def _json(
        self, method: str, path: str, operation: str, options: Mapping[str, str] | None = None
    ) -> dict[str, object]:
        with self._request(method, self._url(path, operation, options or {})) as answer:
            return _read_json(answer)

    def _request(self, method: str, url: str, **more: Any) -> requests.Response:  # noqa: ANN401 - requests' own
        """Return an open answer without an error."""
        options = {"allow_redirects": False, "stream": True, "timeout": _TIMEOUT, **more}
        try:
            answer = self._session.request(method, url, **options)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            kind = type(error).__name__
            where = urlsplit(url)
            host = f"{where.scheme}://{where.hostname}:{where.port}"
            raise WebHdfsError(f"{host} does not answer ({kind})", f"HDFS does not answer ({kind})", True) from None
        if answer.status_code < 400:
            return answer
        with answer:
            raise _refusal(answer)


class _Reader(io.RawIOBase):
    """A file's content. A lost connection is opened again where it was lost."""

    def __init__(self, hdfs: WebHdfs, path: str, size: int) -> None:
        super().__init__()
        self._hdfs = hdfs
        self._path = path
        self._size = size
        self._position = 0
        self._answer: requests.Response | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset != self._position:
            self._hang_up()
            self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - any writable buffer
        wanted = min(len(buffer), self._size - self._position)
        if wanted <= 0:
            return 0
        piece = self._hdfs.retried(lambda: self._piece(wanted))
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        self._hang_up()
        super().close()

    def _piece(self, wanted: int) -> bytes:
        if self._answer is None:
            self._answer = self._hdfs.stream(self._path, self._position)
        try:
            piece: bytes = self._answer.raw.read(wanted, decode_content=False)
        except (urllib3.exceptions.HTTPError, OSError):
            piece = b""
        if not piece:
            self._hang_up()
            raise WebHdfsError(f"{self._path} ended at {self._position}", "HDFS ended a file too early", True)
        return piece

    def _hang_up(self) -> None:
        if self._answer is not None:
            self._answer.close()
            self._answer = None


def draft_name(name: str) -> str:
    """Return the name of a file that is not whole yet. Readers of data pass over it."""
    return f".{name}.draft"


def is_draft(name: str) -> bool:
    """Return whether a name is that of a file that is not whole yet."""
    return name.startswith(".") and name.endswith(".draft")


def _refusal(answer: requests.Response) -> OSError:
    """Return the error that an answer describes."""
    try:
        remote = _inner(_read_json(answer), "RemoteException")
    except WebHdfsError:
        remote = {}
    kind = str(remote.get("exception", ""))
    message = next(iter(str(remote.get("message", "")).splitlines()), "")[:_MESSAGE_CHARACTERS]
    if kind == "FileNotFoundException":
        return FileNotFoundError(message)
    if not kind.isidentifier():
        what = "no WebHDFS answers" if answer.status_code == 404 else "HDFS refused"
        public = f"{what} (HTTP {answer.status_code})"
        return WebHdfsError(f"{public}: {urlsplit(answer.url).netloc}", public, answer.status_code >= 500)
    is_passing = answer.status_code >= 500 or kind in _WAITING
    return WebHdfsError(f"HDFS refused: {kind}: {message}", f"HDFS refused: {kind}", is_passing)


def _read_json(answer: requests.Response) -> dict[str, object]:
    try:
        # A rename that replaces a file has an empty answer.
        found = json.loads(answer.raw.read(_ANSWER_BYTES, decode_content=True) or b"{}")
    except (urllib3.exceptions.HTTPError, OSError):
        raise WebHdfsError("HDFS ended an answer too early", "HDFS ended an answer too early", True) from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        where = urlsplit(answer.url).netloc
        raise WebHdfsError(f"{where} does not answer as WebHDFS does", "no WebHDFS answers at ARCHIVE_URL")
    return found


def _inner(answer: Mapping[str, object], name: str) -> dict[str, object]:
    found = answer.get(name)
    if not isinstance(found, dict):
        raise WebHdfsError(f"HDFS answered without {name}", "no WebHDFS answers at ARCHIVE_URL")
    return found


def _entry(found: Mapping[str, Any]) -> Entry:
    try:
        modified_at = datetime.fromtimestamp(int(found["modificationTime"]) / 1_000, UTC)
        name, is_folder = str(found["pathSuffix"]), found["type"] == "DIRECTORY"
        return Entry(name, is_folder, int(found["length"]), modified_at)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise WebHdfsError("HDFS described a file in an unknown way", "no WebHDFS answers at ARCHIVE_URL") from None
