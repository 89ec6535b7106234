"""What the stand-ins of the object stores share: objects by name, an address, and short requests and answers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

CHANGED_AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
"""When every object of a stand-in last changed."""


class StandIn(ThreadingHTTPServer):
    """Its objects by name, and the largest body of a request in bytes."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.objects: dict[str, bytes] = {}
        self.largest_body = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


Server = TypeVar("Server", bound=StandIn)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Handler(BaseHTTPRequestHandler):
    """Reads a request into ``path``, ``query`` and ``body``; ``answer`` sends the answer."""

    server: Any
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def read_request(self) -> None:
        parts = urlsplit(self.path)
        self.where = unquote(parts.path)
        self.raw_where = parts.path
        self.query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self.body = self.read_body(int(self.headers.get("Content-Length") or 0))
        self.server.largest_body = max(self.server.largest_body, len(self.body))

    def read_body(self, length: int) -> bytes:
        return self.rfile.read(length)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", headers.get("Content_Length", str(len(body))))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def listed(names: list[str], query: dict[str, str]) -> tuple[list[str], list[str]]:
    """The names with a prefix; with a delimiter those directly below it, and the prefixes of those deeper down."""
    prefix = query.get("prefix", "")
    if "delimiter" not in query:
        return sorted(name for name in names if name.startswith(prefix)), []
    rests = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
    files = sorted(prefix + rest for rest in rests if "/" not in rest)
    return files, sorted({f"{prefix}{rest.partition('/')[0]}/" for rest in rests if "/" in rest})
