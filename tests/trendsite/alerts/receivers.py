"""A mail server and a webhook that keep what they receive, and a site that reports what a test sets."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """What one server got, and the status that it answers with."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self.status = 200
        self.answer = b"ok"
        self.port = 0


def _serve(server: socketserver.BaseServer, receiver: Receiver) -> Iterator[Receiver]:
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def http_server() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.received.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            self.send_response(receiver.status)
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        yield from _serve(server, receiver)


class _MailHandler(socketserver.StreamRequestHandler):
    """Enough of SMTP for one mail after the other."""

    receiver: Receiver

    def handle(self) -> None:
        self._say("220 ready")
        for line in self.rfile:
            command = line[:4].decode().upper()
            if command == "QUIT":
                return  # without a word, as a busy server may
            if command == "DATA":
                self._say("354 go on")
                self.receiver.received.append(self._mail())
            self._say("451 not now" if command == "MAIL" and self.receiver.status != 200 else "250 ok")

    def _mail(self) -> str:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.decode().rstrip("\r\n"))
        return "\n".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[Receiver]:
    """A mail server; ``status`` 500 refuses each mail."""
    receiver = Receiver()
    handler = type("Handler", (_MailHandler,), {"receiver": receiver})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        yield from _serve(server, receiver)


def report(site: Receiver, *problems: dict[str, str]) -> None:
    """Let a site report problems."""
    site.status = 503 if problems else 200
    site.answer = json.dumps({"ok": not problems, "problems": problems, "viewers": {}}).encode()
