"""A small reverse proxy that strips a path prefix or passes it on."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PATIENCE = 60.0


class _Handler(socketserver.BaseRequestHandler):
    """Forwards one request for each connection, or a WebSocket until it ends."""

    server: "_Proxy"

    def handle(self) -> None:
        head = b""
        self.request.settimeout(_PATIENCE)
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(65_536)
            if not piece:
                return
            head += piece
        with socket.create_connection(("127.0.0.1", self.server.site_port), timeout=_PATIENCE) as site:
            answer = self.server.rewritten(head)
            if answer is None:
                self.request.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            site.sendall(answer)
            there = threading.Thread(target=_pipe, args=(self.request, site), daemon=True)
            there.start()
            _pipe(site, self.request)


def _pipe(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    site_port = 0
    prefix = ""
    strips = False
    paths: list[str]

    def rewritten(self, head: bytes) -> bytes | None:
        """Return the request for the site; None if its path is not under the prefix."""
        first, _, rest = head.partition(b"\r\n")
        method, path, version = first.split(b" ")
        self.paths.append(path.decode())
        if not path.startswith(self.prefix.encode() + b"/"):
            return None
        if self.strips:
            path = path.removeprefix(self.prefix.encode())
        if b"upgrade: websocket" not in rest.lower():
            rest = b"Connection: close\r\n" + rest.replace(b"Connection: keep-alive\r\n", b"")
        return b" ".join((method, path, version)) + b"\r\n" + rest


@contextmanager
def reverse_proxy(prefix: str, *, strips: bool) -> Iterator[_Proxy]:
    """A proxy on a free port: it forwards paths under ``prefix`` to ``site_port`` and records all paths."""
    with _Proxy(("127.0.0.1", 0), _Handler) as server:
        server.prefix, server.strips, server.paths = prefix, strips, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
