"""A stand-in for X's API: rules and the filtered stream, as they are on the wire, on loopback."""

import contextlib
import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "made-up-token"
KEEP_ALIVE = b"\r\n"
TOO_MANY = {
    "title": "ConnectionException",
    "detail": "This stream is at its limit.",
    "connection_issue": "TooManyConnections",
}


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


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if not self._is_allowed():
            return
        if self.path.split("?")[0].endswith("/rules"):
            self._answer(
                200,
                {"data": list(self.server.stand_in.rules.values()), "meta": {}} if self.server.stand_in.rules else {},
            )
        else:
            self.server.stand_in.requests.append(self.path)
            self._stream()

    def do_POST(self) -> None:
        if not self._is_allowed():
            return
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(*self.server.stand_in.change_rules(body))

    def _is_allowed(self) -> bool:
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._answer(401, {"title": "Unauthorized", "detail": "Unauthorized"})
            return False
        return True

    def _answer(self, status: int, body: dict[str, object], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(data))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self) -> None:
        if self.server.stand_in.refusals:
            self._answer(*self.server.stand_in.refusals.popleft())
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.server.stand_in.stream_into(self._chunk)

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, stand_in: "XStandIn") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stand_in = stand_in


class XStandIn:
    """Sends what it is given on every connection in turn, then keeps it open until told to end it."""

    def __init__(self) -> None:
        self.rules: dict[str, dict[str, str]] = {}
        self.refusals: deque[tuple[int, dict[str, object], dict[str, str]]] = deque()
        self.rule_errors: list[dict[str, str]] = []
        self.connections = 0
        self.requests: list[str] = []
        self.changed = threading.Condition()
        self._lines: deque[bytes] = deque()
        self._hang_up = False
        self._next_id = 100
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> "XStandIn":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def send(self, *lines: bytes) -> None:
        with self.changed:
            self._lines.extend(lines)
            self.changed.notify_all()

    def hang_up(self) -> None:
        with self.changed:
            self._hang_up = True
            self.changed.notify_all()

    def wait_until(self, condition, seconds: float = 15) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, seconds)

    def values(self) -> dict[str, str]:
        return {rule["tag"]: rule["value"] for rule in self.rules.values()}

    def change_rules(self, body: dict) -> tuple[int, dict[str, object]]:
        with self.changed:
            for rule in body.get("add", []):
                self._next_id += 1
                self.rules[str(self._next_id)] = {"id": str(self._next_id), **rule}
            for rule_id in body.get("delete", {}).get("ids", []):
                self.rules.pop(rule_id, None)
            self.changed.notify_all()
        return 201 if "add" in body else 200, {"meta": {}, "errors": self.rule_errors} if self.rule_errors else {
            "meta": {}
        }

    def stream_into(self, chunk) -> None:
        with self.changed:
            self.connections += 1
            number = self.connections
            self._hang_up = False
            self.changed.notify_all()
        chunk(KEEP_ALIVE)
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self._lines or self._hang_up or number != self.connections)
                # A client that left is noticed by no one; what is sent is for the one that came after it.
                line = self._lines.popleft() if self._lines and number == self.connections else b""
            chunk(line)
            if not line:
                return
