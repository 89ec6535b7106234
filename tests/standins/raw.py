"""A server that answers every request with the same bytes, whatever they are."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator

_REQUEST_BYTES = 65_536


@contextlib.contextmanager
def raw_server(answer: bytes) -> Iterator[str]:
    """Serve ``answer`` on loopback, and close each connection after it; yield the address as ``http://host:port``."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.request.recv(_REQUEST_BYTES)
                self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
