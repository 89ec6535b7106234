"""A stand-in for X's API: rules, usage, and the filtered and sampled streams in the wire format.

X does not send again what it sent without a listener, and it charges every post that it sends, also a second time.
After its script a stand-in sends the lines that a test queues (``send``), until ``hang_up``.
"""

import json
from collections import deque
from collections.abc import Iterable
from datetime import UTC

from tests.standins.http_stream import HttpHandler, HttpStandIn, HttpStream
from tests.standins.script import MadeUpPost, Supply

TOKEN = "made-up-token"
KEEP_ALIVE = b"\r\n"
KEEP_ALIVE_SECONDS = 20
TOO_MANY = {
    "title": "ConnectionException",
    "detail": "This stream is at its limit.",
    "connection_issue": "TooManyConnections",
}
DISCONNECT = (
    b'{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect",'
    b'"detail":"This stream has been disconnected upstream for operational reasons.",'
    b'"type":"https://api.x.com/2/problems/operational-disconnect"}]}'
)
"""Sent as :class:`Garbage`, it makes the client leave."""

_FIRST_ID = 1_860_000_000_000_000_000
_X_CODES = {None: "und", "he": "iw", "id": "in"}


def stream_line(number: int, created_at: str, **data: object) -> bytes:
    """One post as the stream sends it."""
    post = {
        "id": str(number),
        "text": "made up",
        "created_at": created_at,
        "lang": "en",
        "edit_history_tweet_ids": [str(number)],
        "entities": {"hashtags": [{"start": 0, "end": 4, "tag": "Tea"}]},
    }
    return json.dumps({"data": post | data, "matching_rules": [{"id": "1"}]}).encode() + b"\r\n"


def line_of(post: MadeUpPost) -> bytes:
    """Return a post as the stream sends it: by its number as it was written, as a retweet, a long or an edited post."""
    identity = str(_FIRST_ID + post.number)
    entities = {"hashtags": [{"start": 0, "end": len(tag) + 1, "tag": tag} for tag in post.hashtags]}
    data: dict[str, object] = {
        "id": identity,
        "text": f"made up: Grüße {post.number}",
        "created_at": post.moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "lang": _X_CODES.get(post.language, post.language),
        "author_id": str(7_000 + int(post.account.removeprefix("account"))),
        "edit_history_tweet_ids": [identity],
        "entities": entities,
    }
    line: dict[str, object] = {"data": data, "matching_rules": [{"id": "1", "tag": "trendsite:en"}]}
    match post.number % 4:
        case 1:
            original = {"id": str(_FIRST_ID - 1 - post.number), "text": "made up", "entities": entities}
            cut = {"text": "RT @made_up: Grüße #Cu…", "entities": {"hashtags": [{"tag": "Cu…"}]}}
            data |= cut | {"referenced_tweets": [{"type": "retweeted", "id": original["id"]}]}
            line["includes"] = {"tweets": [original]}
        case 2:
            data |= {"note_tweet": {"text": "made up, and long", "entities": entities}, "entities": {}}
        case 3:
            data["edit_history_tweet_ids"] = [identity, str(_FIRST_ID + 10**15 + post.number)]
    return json.dumps(line, ensure_ascii=False).encode() + b"\r\n"


class _Handler(HttpHandler):
    @property
    def _stand_in(self) -> "XStandIn":
        assert isinstance(self.server.stand_in, XStandIn)
        return self.server.stand_in

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        if not self._is_allowed():
            return
        path, stand_in = self.path.split("?")[0], self._stand_in
        if path == "/2/usage/tweets":
            self._answer(*stand_in.report_usage())
        elif path.endswith("/rules"):
            self._answer(200, {"data": list(stand_in.rules.values()), "meta": {}} if stand_in.rules else {})
        else:
            stand_in.requests.append(self.path)
            self._stream(stand_in)

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        if not self._is_allowed():
            return
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(*self._stand_in.change_rules(body))

    def _is_allowed(self) -> bool:
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._answer(401, {"title": "Unauthorized", "detail": "Unauthorized"})
            return False
        return True

    def _answer(self, status: int, body: dict[str, object], headers: Iterable[tuple[str, str]] = ()) -> None:
        self.answer(status, json.dumps(body).encode(), headers)

    def _stream(self, stand_in: "XStandIn") -> None:
        if stand_in.refusals:
            status, body, headers = stand_in.refusals.popleft()
            self._answer(status, body, headers.items())
        elif not self.is_refused():
            self.stream(stand_in.begin_connection(), KEEP_ALIVE)


class XStandIn(HttpStandIn):
    """Runs its script over the connections that come, then sends the lines of tests on the last one.

    ``record`` has what happened, ``charged`` the number of lines that X would charge, ``unreadable`` the posts of which
    only a part was sent in order. ``usage`` is the answer of the usage endpoint.
    """

    heartbeat = KEEP_ALIVE
    heartbeat_seconds = KEEP_ALIVE_SECONDS

    def __init__(
        self, steps: Iterable[object] = (), *, speed: float = 1.0, make: Supply | None = None, port: int = 0
    ) -> None:
        super().__init__(_Handler, steps, speed, make, port)
        self.charged = self.unreadable = 0
        self.rules: dict[str, dict[str, str]] = {}
        self.refusals: deque[tuple[int, dict[str, object], dict[str, str]]] = deque()
        self.usage: tuple[int, dict[str, object]] = (403, {"title": "Client Forbidden"})
        self.rule_errors: list[dict[str, str]] = []
        self.requests: list[str] = []
        self.usage_requests: list[str] = []
        self._lines: deque[bytes] = deque()
        self._hang_up = False
        self._next_id = 100

    def __exit__(self, *error: object) -> None:
        self.script.closing.set()
        self.hang_up()
        super().__exit__(*error)

    def wire(self, post: MadeUpPost) -> bytes:
        return line_of(post)

    def wire_garbage(self, data: bytes) -> bytes:
        self.charged += data.startswith(b"{ ")
        return data + b"\r\n"

    def note_sent(self, posts: int, whole: bool = True) -> None:
        """Charge for posts. A part of one, sent in order, is an object that cannot be read, and is charged as well."""
        self.charged += posts
        self.unreadable += 0 if whole else posts

    def hold(self, stream: HttpStream) -> None:
        """Send what tests queue, and keep-alives, until a test or another connection ends this one."""
        while line := self._next_line(stream.number, KEEP_ALIVE_SECONDS / self.script.speed):
            stream.write(line)

    def send(self, *lines: bytes) -> None:
        """Queue lines for the connection after the script. What a client that left did not get is for the next one."""
        with self.changed:
            self._lines.extend(lines)
            self.changed.notify_all()

    def hang_up(self) -> None:
        """End the connection that sends queued lines, in order."""
        with self.changed:
            self._hang_up = True
            self.changed.notify_all()

    def values(self) -> dict[str, str]:
        """Return the value of each tag's rule."""
        return {rule["tag"]: rule["value"] for rule in self.rules.values()}

    def report_usage(self) -> tuple[int, dict[str, object]]:
        """Note a request for the usage, and return its answer."""
        with self.changed:
            self.usage_requests.append("/2/usage/tweets")
            self.changed.notify_all()
        return self.usage

    def change_rules(self, body: dict) -> tuple[int, dict[str, object]]:
        """Add and delete rules. Like X, refuse a second rule of one value."""
        errors: list[dict[str, str]] = list(self.rule_errors)
        with self.changed:
            present = {rule["value"] for rule in self.rules.values()}
            for rule in body.get("add", []):
                if rule["value"] in present:
                    errors.append({"title": "DuplicateRule", "value": rule["value"]})
                    continue
                self._next_id += 1
                self.rules[str(self._next_id)] = {"id": str(self._next_id), **rule}
            for rule_id in body.get("delete", {}).get("ids", []):
                self.rules.pop(rule_id, None)
            self.changed.notify_all()
        return 201 if "add" in body else 200, {"meta": {}} | ({"errors": errors} if errors else {})

    def begin_connection(self) -> int:
        """Count a stream. The one before it ends."""
        self._hang_up = False
        return super().begin_connection()

    def _next_line(self, number: int, seconds: float) -> bytes | None:
        """Return the next queued line, a keep-alive after so many seconds, or None if the connection ends."""
        with self.changed:
            self.changed.wait_for(lambda: self._lines or self._hang_up or number != self.connections, seconds)
            if number != self.connections or (self._hang_up and not self._lines):
                return None
            return self._lines.popleft() if self._lines else KEEP_ALIVE
