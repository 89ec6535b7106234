"""X's API through tweepy, at the host we choose, with bounds and pauses of our own."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import requests
import urllib3
from tweepy import StreamingClient, StreamRule

from collector.sources.x_post import XProblem
from collector.sources.x_rules import Changes, Rule

_CONNECT_SECONDS = 10
_SILENCE_SECONDS = 30  # X sends a keep-alive every 20 s.
_CHUNK_BYTES = 65_536
_BODY_BYTES = 4_096
MAX_X_LINE_BYTES = 1024 * 1024


class XError(Exception):
    """X refused or failed. The message is one line for people.

    ``status`` is the HTTP code, 0 without one; ``reset_at`` is when X says that it will answer
    again, in seconds since 1970, 0 when it does not say.
    """

    def __init__(self, message: str, status: int = 0, reset_at: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.reset_at = reset_at


class XClient(StreamingClient):  # type: ignore[misc]  # tweepy has no types
    """tweepy's client with the lines of the stream handed on as they are."""

    def __init__(
        self,
        token: str,
        api_url: str,
        on_connect: Callable[[], None] = lambda: None,
        on_line: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        """Talk to the API at ``api_url``; ``on_line`` gets each line of the stream that is not empty."""
        super().__init__(token, return_type=requests.Response, chunk_size=_CHUNK_BYTES, daemon=True)
        self._api_url = api_url
        self._on_connect = on_connect
        self._on_line = on_line

    def on_data(self, raw_data: bytes) -> None:
        """Hand a line on instead of building tweepy's objects of it."""
        self._on_line(raw_data)

    def stream(self) -> None:
        """Connect once and hand on all that comes, until X ends it or ``disconnect`` is called.

        Raises:
            XError: X refused, failed, or sent nothing for too long.
        """
        self.filter(tweet_fields=["author_id", "created_at", "entities", "lang"])

    def rules(self) -> list[tuple[str, Rule]]:
        """Return the (id, rule) pairs that X has.

        Raises:
            XError: X refused or failed.
        """
        found = _json(self.get_rules()).get("data") or []
        return [(rule["id"], Rule(rule["value"], rule.get("tag") or "")) for rule in found]

    def change_rules(self, changes: Changes) -> list[str]:
        """Add and delete rules; return what X has against single ones, if anything.

        Raises:
            XError: X refused or failed.
        """
        answers = []
        if changes.add:
            answers.append(_json(self.add_rules([StreamRule(rule.value, rule.tag) for rule in changes.add])))
        if changes.delete:
            answers.append(_json(self.delete_rules(changes.delete)))
        errors = [error for answer in answers for error in answer.get("errors") or []]
        return [printable(f"{error.get('title')}: {error.get('value')}") for error in errors]

    def request(
        self,
        method: str,
        route: str,
        params: object = None,
        json: object = None,
        user_auth: bool = False,  # noqa: ARG002 - tweepy passes it; app-only calls have no user
    ) -> requests.Response:
        """Ask the API, as tweepy's own does, but at our host and with a time-out.

        Raises:
            XError: X refused or failed.
        """
        return self._ask(method, self._api_url + route, params, json)

    def _connect(self, method: str, endpoint: str, params: object = None) -> None:
        """Hold one connection. Reconnecting, and how soon, is left to who called."""
        url = f"{self._api_url}/2/tweets/{endpoint}/stream"
        self.running = True
        try:
            with self._ask(method, url, params) as response:
                self.on_connect()
                for line in _lines(response.iter_content(self.chunk_size)):
                    if line:
                        self.on_data(line)
                    if not self.running:
                        break
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise XError(f"the connection failed ({type(error).__name__})") from error
        finally:
            self.running = False

    def on_connect(self) -> None:
        """Pass on that X accepted the connection."""
        self._on_connect()

    def _ask(self, method: str, url: str, params: object, json: object = None) -> requests.Response:
        """Return an answer whose body is still to be read, so that it can be read with a bound."""
        headers = {"Authorization": f"Bearer {self.bearer_token}", "User-Agent": self.user_agent}
        timeout = (_CONNECT_SECONDS, _SILENCE_SECONDS)
        try:
            response: requests.Response = self.session.request(
                method, url, headers=headers, params=params, json=json, stream=True, timeout=timeout
            )
        except requests.RequestException as error:
            raise XError(f"X cannot be reached ({type(error).__name__})") from error
        if response.ok:
            return response
        with response:
            raise _refusal(response)


def printable(text: str) -> str:
    """Return what X wrote as one short line that is safe in a log."""
    return re.sub(r"[^ -~]", "?", text)[:200]


def _refusal(response: requests.Response) -> XError:
    try:
        body = response.raw.read(_BODY_BYTES, decode_content=True)
        problem = msgspec.json.decode(body, type=XProblem)
        said = printable(problem.detail or problem.title)
    except (msgspec.DecodeError, UnicodeDecodeError, urllib3.exceptions.HTTPError, OSError):
        said = ""
    reset = response.headers.get("x-rate-limit-reset", "")
    reset_at = int(reset) if re.fullmatch(r"[0-9]{1,12}", reset) else 0
    return XError(f"X answered {response.status_code}" + (f": {said}" if said else ""), response.status_code, reset_at)


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        return msgspec.json.decode(response.content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, requests.RequestException) as error:
        raise XError("X's answer about rules is not of its shape") from error


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield whole lines without their ends, empty ones too; of an over-long one only the beginning."""
    begun = b""
    for chunk in chunks:
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            yield (begun + line).rstrip(b"\r")
            begun = b""
        begun = (begun + rest)[:MAX_X_LINE_BYTES]
