"""A stand-in for a Mastodon server: its description of itself, and its public stream of server-sent events.

Between two posts the server may send what must not count (``noise``).
"""

import json
from collections.abc import Iterable
from datetime import UTC

from tests.standins.http_stream import HttpHandler, HttpStandIn
from tests.standins.script import MadeUpPost, Supply

STREAM_PATH = "/api/v1/streaming/public"
HEARTBEAT_SECONDS = 15
THUMP = b":thump\n"
OPENED = b":)\n"


def status_of(post: MadeUpPost, **changes: object) -> bytes:
    """Return a post as a server shows it. Its address is the same on every server."""
    account = f"https://made-up.example/@{post.account}"
    status = {
        "id": str(10_000 + post.number),
        "created_at": post.moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "sensitive": post.number % 5 == 0,
        "visibility": "public",
        "language": post.language,
        "uri": f"https://made-up.example/users/{post.account}/statuses/{post.number}",
        "content": f"<p>made up: Grüße {post.number}</p>",
        "reblog": None,
        "edited_at": None,
        "account": {"id": "5", "acct": post.account, "url": account, "bot": False, "note": "made up", "emojis": []},
        "media_attachments": [],
        "tags": [{"name": tag, "url": f"https://made-up.example/tags/{tag}"} for tag in post.hashtags],
    }
    return json.dumps(status | changes, ensure_ascii=False).encode()


def event(name: str, data: bytes) -> bytes:
    """Return a server-sent event."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), data)


def noise_after(post: MadeUpPost) -> bytes:
    """Return an event that must not count: an edit, a deletion, a boost, a post of a bot, a private one, a notice."""
    bot = {"acct": "bot", "url": "https://made-up.example/@bot", "bot": True}
    boosted = json.loads(status_of(post))
    address = f"https://made-up.example/users/{post.account}/statuses/{post.number}/"
    return (
        event("status.update", status_of(post, edited_at="2026-03-04T12:00:00Z", tags=[{"name": "Edited"}])),
        event("delete", b"%d" % (10_000 + post.number)),
        event("update", status_of(post, uri=address + "boost", reblog=boosted)),
        event("update", status_of(post, uri=address + "bot", account=bot)),
        event("update", status_of(post, uri=address + "private", visibility="private")),
        event("filters_changed", b"") + event("announcement", b"{}") + b": a comment\n",
    )[post.number % 6]


class _Handler(HttpHandler):
    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        stand_in = self.server.stand_in
        assert isinstance(stand_in, MastodonStandIn)
        stand_in.requests.append((self.path, self.headers.get("Authorization", "")))
        if self.path == STREAM_PATH:
            self._serve_stream(stand_in)
        elif self.path == "/api/v2/instance":
            self.answer(*stand_in.instance)
        else:
            self.answer(404, b'{"error":"Not found"}')

    def _serve_stream(self, stand_in: "MastodonStandIn") -> None:
        number = stand_in.begin_connection()
        if self.is_refused():
            return
        if stand_in.token is not None and self.headers.get("Authorization") != f"Bearer {stand_in.token}":
            missing = "Authorization" not in self.headers
            self.answer(401, b'{"error":"%s access token"}' % (b"Missing" if missing else b"Invalid"))
        else:
            self.stream(number, OPENED, Content_Type="text/event-stream")


class MastodonStandIn(HttpStandIn):
    """Runs its script over the connections that come, then holds the last one open.

    ``requests`` has the path and the Authorization of each request, ``opened`` the number of streams that were
    accepted. ``instance`` is the answer of ``/api/v2/instance``.
    """

    heartbeat = THUMP
    heartbeat_seconds = HEARTBEAT_SECONDS

    def __init__(
        self,
        steps: Iterable[object] = (),
        *,
        speed: float = 1.0,
        make: Supply | None = None,
        token: str | None = None,
        chunked: bool = True,
        noise: bool = False,
        port: int = 0,
    ) -> None:
        super().__init__(_Handler, steps, speed, make, port)
        self.token = token
        self.chunked = chunked
        self.noise = noise
        self.changes: dict[str, object] = {}
        self.requests: list[tuple[str, str]] = []
        self.opened = 0
        self.instance: tuple[int, bytes] = (200, self.describe())

    def describe(self, local: str = "public", remote: str = "public") -> bytes:
        """Return what version 4.5 says about itself, with the access to its live feeds."""
        configuration = {
            "urls": {"streaming": f"ws://{self.name}"},
            "timelines_access": {"live_feeds": {"local": local, "remote": remote}},
        }
        return json.dumps({"domain": "made-up.example", "version": "4.5.1", "configuration": configuration}).encode()

    def wire(self, post: MadeUpPost) -> bytes:
        data = event("update", status_of(post, **self.changes))
        return data + noise_after(post) if self.noise else data

    def wire_garbage(self, data: bytes) -> bytes:
        return event("update", data)

    def latest(self, count: int) -> list[MadeUpPost]:
        return self.record.happened[-count:]

    def note_opened(self) -> None:
        with self.changed:
            self.opened += 1
            self.changed.notify_all()
