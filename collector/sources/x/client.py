"""X's API through tweepy, with our own host, bounds and delays."""

import http.client
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Literal, TypeVar

import msgspec
import requests
import urllib3
from tweepy import StreamingClient, StreamRule

from collector.sources.fields import MAX_POST_BYTES
from collector.sources.x.budget import ProjectUsage, next_reset
from collector.sources.x.failures import XError
from collector.sources.x.post import XProblem

_PERSONAL = re.compile(r"@\w+|\b\d{6,}\b")
_CONNECT_SECONDS = 10
_SILENCE_SECONDS = 30  # X sends a keep-alive every 20 s.
_LINE_SECONDS = 60
_ANSWER_SECONDS = 30
_CHUNK_BYTES = 65_536
_PROBLEM_BYTES = 65_536
_ANSWER_BYTES = 8 * 1024 * 1024
_CONNECTION_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)
_READ_ERRORS = (*_CONNECTION_ERRORS, ValueError)  # the size of a chunk, or an address in a header, is none

_TWEET_FIELDS = [
    "author_id",
    "created_at",
    "edit_history_tweet_ids",
    "entities",
    "lang",
    "note_tweet",
    "referenced_tweets",
    "text",
]


T = TypeVar("T")

_OTHER_SHAPE = "X's answer about rules is not of its shape"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the filtered stream. ``tag`` marks our own rules."""

    value: str
    tag: str


class _PresentRule(msgspec.Struct):
    """A rule that X has."""

    id: str
    value: str
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class RuleChanges:
    """The rules to add, and the ids of rules to delete."""

    add: list[Rule]
    delete: list[str]


StreamKind = Literal["filtered", "sample"]
"""Posts that match rules, or 1% of all posts, which only some apps may read."""


class XClient(StreamingClient):  # type: ignore[misc]  # tweepy has no types
    """tweepy's client, but it passes on the lines of the stream unparsed, many at once."""

    def __init__(
        self,
        token: str,
        api_url: str,
        on_connect: Callable[[], None] = lambda: None,
        on_lines: Callable[[list[bytes]], None] = lambda _: None,
    ) -> None:
        """Use the API at ``api_url``. ``on_lines`` gets the lines of the stream as they come, also empty ones."""
        super().__init__(token, return_type=requests.Response, chunk_size=_CHUNK_BYTES, daemon=True)
        self._api_url = api_url
        self._on_connect = on_connect
        self._on_lines = on_lines

    def stream(self, kind: StreamKind) -> None:
        """Connect once and pass on all lines, until X ends the stream or ``disconnect`` is called.

        Raises:
            XError: X refused, failed, or sent nothing for too long.
        """
        read = self.sample if kind == "sample" else self.filter
        try:
            read(tweet_fields=_TWEET_FIELDS, expansions=["referenced_tweets.id"])
        except XError as error:
            if kind == "sample" and error.status == 403:
                advice = "this app may not read the sampled stream: ask X for access, or set X_STREAM=filtered"
                raise XError(f"{error}; {advice}", error.status) from error
            raise

    def usage(self, now: datetime) -> ProjectUsage:
        """Return X's own count of the project's posts, as of ``now`` (UTC).

        Raises:
            XError: X refused or failed.
        """
        data = _json(self.request("GET", "/2/usage/tweets")).get("data")
        numbers = data if isinstance(data, dict) else {}
        used, cap, day = (_number(numbers.get(name)) for name in ("project_usage", "project_cap", "cap_reset_day"))
        if used is None:
            raise XError("X's answer about usage is not of its shape")
        return ProjectUsage(used, cap or 0, next_reset(now, day if day and day <= 31 else 1))

    def rules(self) -> list[tuple[str, Rule]]:
        """Return the (id, rule) pairs that X has.

        Raises:
            XError: X refused or failed.
        """
        found = _of_shape(_json(self.get_rules()).get("data"), list[_PresentRule])
        return [(rule.id, Rule(rule.value, rule.tag or "")) for rule in found]

    def change_rules(self, changes: RuleChanges) -> list[str]:
        """Add and delete rules. Return X's objections to single rules.

        Raises:
            XError: X refused or failed.
        """
        answers = []
        if changes.add:
            answers.append(_json(self.add_rules([StreamRule(rule.value, rule.tag) for rule in changes.add])))
        if changes.delete:
            answers.append(_json(self.delete_rules(changes.delete)))
        errors = [error for answer in answers for error in _of_shape(answer.get("errors"), list[dict[str, Any]])]
        return [printable(f"{error.get('title')}: {error.get('value')}") for error in errors]

    def request(
        self,
        method: str,
        route: str,
        params: object = None,
        json: object = None,
        user_auth: bool = False,  # noqa: ARG002 - tweepy passes it, but our calls have no user
    ) -> requests.Response:
        """Send a request, as tweepy does, but to our host and with a time-out.

        Raises:
            XError: X refused or failed.
        """
        return self._send(method, self._api_url + route, params, json)

    def _connect(self, method: str, endpoint: str, params: object = None) -> None:
        """Hold one connection. The caller decides when to reconnect."""
        url = f"{self._api_url}/2/tweets/{endpoint}/stream"
        self.running = True
        try:
            with self._send(method, url, params) as response:
                self.on_connect()
                self._pass_on(line_lists(_chunks(response)))
        finally:
            self.running = False

    def _pass_on(self, line_lists: Iterable[list[bytes]]) -> None:
        """Pass on lines until the stream ends. Bytes that never become a line are a failure like silence.

        Raises:
            XError: no line came for too long.
        """
        last_line = monotonic()
        for lines in line_lists:
            if lines:
                last_line = monotonic()
                self._on_lines(lines)
            elif monotonic() - last_line > _LINE_SECONDS:
                raise XError(f"X sent no whole line in {_LINE_SECONDS} s")
            if not self.running:
                break

    def on_connect(self) -> None:
        """Pass on that X accepted the connection."""
        self._on_connect()

    def _send(self, method: str, url: str, params: object, json: object = None) -> requests.Response:
        """Return a response whose body is not read yet, so that it can be read with a bound."""
        headers = {"Authorization": f"Bearer {self.bearer_token}", "User-Agent": self.user_agent}
        timeout = (_CONNECT_SECONDS, _SILENCE_SECONDS)
        try:
            response: requests.Response = self.session.request(
                method, url, headers=headers, params=params, json=json, stream=True, timeout=timeout
            )
        except _READ_ERRORS as error:
            raise XError(f"X cannot be reached ({type(error).__name__})") from error
        if response.ok:
            return response
        with response:
            raise _refusal(response)


def printable(text: str) -> str:
    """Return a text of X as one short line that is safe in a log: without names and ids, which errors may quote."""
    return _PERSONAL.sub("...", re.sub(r"[^ -~]", "?", text))[:200]


def _refusal(response: requests.Response) -> XError:
    try:
        problem = msgspec.json.decode(_body(response, _PROBLEM_BYTES), type=XProblem)
        problem_text = printable(problem.detail or problem.title)
    except (ValueError, RecursionError, XError):
        problem_text = ""
    reset = response.headers.get("x-rate-limit-reset", "")
    reset_at = int(reset) if re.fullmatch(r"[0-9]{1,12}", reset) else 0
    return XError(
        f"X answered {response.status_code}" + (f": {problem_text}" if problem_text else ""),
        response.status_code,
        reset_at,
    )


def _json(response: requests.Response) -> dict[str, Any]:
    with response:
        body = _body(response, _ANSWER_BYTES)
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (ValueError, RecursionError) as error:
        raise XError(_OTHER_SHAPE) from error


def _of_shape(found: object, shape: type[list[T]]) -> list[T]:
    """Return a member of an answer about rules, an empty list if it is missing.

    Raises:
        XError: it is not of its shape.
    """
    try:
        return msgspec.convert(found or [], shape)
    except msgspec.ValidationError as error:
        raise XError(_OTHER_SHAPE) from error


def _body(response: requests.Response, most: int) -> bytes:
    """Return the body of an answer.

    Raises:
        XError: it breaks off, is longer than ``most`` bytes, or does not end in time.
    """
    body, began = bytearray(), monotonic()
    try:
        while part := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            body += part
            if len(body) > most or monotonic() - began > _ANSWER_SECONDS:
                raise XError("X's answer is too long or does not end")
    except _READ_ERRORS as error:
        raise XError(f"X's answer broke off ({type(error).__name__})") from error
    return bytes(body)


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """Yield what has come of a body, as soon as it comes.

    Raises:
        XError: it breaks off.
    """
    parts = response.iter_content(_CHUNK_BYTES) if response.raw.chunked else _parts(response.raw)
    while True:
        try:
            part = next(parts, b"")
        except _READ_ERRORS as error:
            raise XError(f"the connection failed ({type(error).__name__})") from error
        if not part:
            return
        yield part


def _parts(raw: urllib3.HTTPResponse) -> Iterator[bytes]:
    while part := raw.read1(_CHUNK_BYTES, decode_content=True):
        yield part


def _number(value: object) -> int | None:
    """Return a number that X writes as a text or as a number; None for anything else."""
    text = str(value) if isinstance(value, str | int) else ""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def line_lists(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines that each chunk ends, perhaps none, without their newline. Truncate lines that are too long."""
    begun = bytearray()
    for chunk in chunks:
        lines = chunk.split(b"\n")
        rest = lines.pop()
        if lines:
            lines[0] = bytes(begun + lines[0])
            begun.clear()
        yield lines
        begun += rest
        del begun[MAX_POST_BYTES:]
    if begun:  # X closed the stream in order. A break inside a line is an exception of ``chunks``.
        yield [bytes(begun)]
