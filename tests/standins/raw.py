"""A server that answers every request with the same bytes, whatever they are."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def raw_server(answer: bytes) -> Iterator[str]:
    """Serve ``answer`` on loopback, and close each connection after it; yield the address as ``http://host:port``."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            # The whole request, which may come in pieces: to close before its end would reset the connection.
            with contextlib.suppress(OSError):
                length = 0
                while (line := self.rfile.readline().lower()).strip():
                    name, _, value = line.partition(b":")
                    length = int(value) if name == b"content-length" else length
                self.rfile.read(length)
                self.wfile.write(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
