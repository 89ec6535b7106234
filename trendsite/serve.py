"""``python -m trendsite.serve``: uvicorn with the site, on BIND_ADDRESS and PORT, which several processes may share."""

import asyncio
import contextlib
import os
import resource
import socket
import sys

import h11
import uvicorn
from uvicorn._types import ASGIApplication
from uvicorn.protocols.http.h11_impl import H11Protocol

from contract.environment import Environment, SettingError
from trendsite.board.messages import MAX_MESSAGE_CHARACTERS
from trendsite.board.outlet import OutletProtocol

REQUEST_SECONDS = 20.0
"""Within which a connection must have said what it wants, whole, counted from its begin or its last answer."""

PING_SECONDS = 20.0
"""Between two questions to a viewer whether it is still there."""

PONG_SECONDS = 30.0
"""Within which it must answer."""

BACKLOG = 2_048
"""Connections that wait to be accepted: after a restart everybody comes at once."""

_MOST_BYTES_A_CHARACTER = 4

_MANY_FILES = 65_536


class ImpatientHttp(H11Protocol):
    """HTTP that waits for no one: uvicorn itself only limits how long nothing at all comes after an answer."""

    _patience: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._patience.cancel()
        self._wait()
        super().on_response_complete()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Wait no more: the connection is a viewer's now."""
        self._patience.cancel()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._patience.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._patience = self.loop.call_later(REQUEST_SECONDS, self._close_unless_asked)

    def _close_unless_asked(self) -> None:
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            self.transport.close()


def main() -> None:
    """Serve until a signal says to stop."""
    settings = Environment(os.environ)
    try:
        address = settings.bind_address(), settings.integer("PORT", 8000, 1, 65_535)
        is_shared = settings.site_processes() > 1
    except SettingError as error:
        sys.exit(f"trendsite: {error}")
    _allow_many_files()
    config = configuration("trendsite.asgi:application")
    # Before anybody can connect: it takes a second, and may find out that it cannot.
    config.load()
    listener = listen(address, is_shared)
    print(f"Serving on http://{address[0]}:{address[1]}", file=sys.stderr, flush=True)
    uvicorn.Server(config).run([listener])


def configuration(application: str | ASGIApplication) -> uvicorn.Config:
    """Return how uvicorn serves an application: the board's WebSocket, and Django's own log."""
    return uvicorn.Config(
        application,
        http=ImpatientHttp,
        ws=OutletProtocol,
        backlog=BACKLOG,
        ws_max_size=MAX_MESSAGE_CHARACTERS * _MOST_BYTES_A_CHARACTER,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PONG_SECONDS,
        # Compressed for each viewer, a frame would cost ten times as much.
        ws_per_message_deflate=False,
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        # What a proxy says is believed where Django and the board look at it, not here.
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )


def listen(address: tuple[str, int], is_shared: bool) -> socket.socket:
    """Return a socket that listens; the kernel spreads connections among all that share an address."""
    # The protocol is named because asyncio sends small frames at once (TCP_NODELAY) only where it is.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(address)
    listener.listen(BACKLOG)
    return listener


def _allow_many_files() -> None:
    """Let this process have as many connections as it may: each is an open file."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = _MANY_FILES if most == resource.RLIM_INFINITY else most
    # macOS says "without limit" and has one all the same.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


if __name__ == "__main__":
    main()
