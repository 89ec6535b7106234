"""``python -m trendsite.serve``: daphne with the site, on BIND_ADDRESS and PORT, which several processes may share."""

import asyncio
import contextlib
import logging
import os
import resource
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

if "OpenSSL" not in sys.modules:
    # The site has no TLS of its own, and without pyOpenSSL Twisted takes 6 MiB less.
    sys.modules["OpenSSL"] = None  # type: ignore[assignment]

import daphne.server
import txaio
from django.conf import settings as site_settings
from twisted.internet.defer import Deferred
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    STDLibLogObserver,
    globalLogBeginner,
)

from contract.address import Address, address_text, bound_socket
from contract.environment import Environment, SettingError
from contract.error_reports import start_error_reports
from contract.files import restrict_new_files
from contract.logs import print_as_logged
from contract.version import command_line
from trendsite.board.live.frame_writer import EXTENSION, BoardWebSocket, websocket_factory
from trendsite.http_protocol import SiteHTTPFactory
from trendsite.pending_connections import (
    MAX_PENDING_PER_ADDRESS,
    MIN_READ_BYTES,
    PendingConnections,
    connection_budget,
)
from trendsite.queries.redis_client import check_redis
from trendsite.reactor import EagerReactor

BACKLOG = 2_048
"""Connections that wait in the kernel: after a restart all viewers come back at once."""

STOP_SECONDS = 5.0
"""How long responses may take to end after a signal to stop."""

_MAX_FILES = 65_536

log = logging.getLogger(__name__)


class Server(daphne.server.Server):  # type: ignore[misc]  # daphne has no types
    """daphne with our HTTP connections and WebSockets, on a socket that listens already."""

    def __init__(
        self, application: Callable[..., Any], reactor: EagerReactor, pending: PendingConnections | None = None
    ) -> None:
        """Serve an ASGI application on ``reactor``; count connections in ``pending``."""
        super().__init__(application, endpoints=["an adopted socket"], server_name="")
        # Where autobahn has its timers.
        txaio.config.loop = reactor
        self._reactor = reactor
        self.connections: dict[Any, dict[str, Any]] = {}
        self.http_factory = SiteHTTPFactory(self, PendingConnections() if pending is None else pending)
        self.ws_factory = websocket_factory(self)

    def listen(self, listener: socket.socket) -> None:
        """Accept connections."""
        listener.setblocking(False)
        self._port = self._reactor.adoptStreamPort(listener.fileno(), listener.family, self.http_factory)

    def run(self) -> None:
        """Serve until a signal says to stop."""
        errors = FilteringLogObserver(STDLibLogObserver("twisted"), [LogLevelFilterPredicate(LogLevel.error)])
        globalLogBeginner.beginLoggingTo([errors], redirectStandardIO=False, discardBuffer=True)
        loop = self._reactor.loop
        asyncio.set_event_loop(loop)
        self._reactor.addSystemEventTrigger(
            "before", "shutdown", lambda: Deferred.fromFuture(loop.create_task(self.stop_serving()))
        )
        self._reactor.run()

    async def stop_serving(self) -> None:
        """Close the port and every WebSocket, wait for responses to end, and cancel the rest after STOP_SECONDS."""
        await self._port.stopListening().asFuture(asyncio.get_running_loop())
        for protocol in tuple(self.connections):
            if isinstance(protocol, BoardWebSocket):
                protocol.go_away()
        found = (details.get("application_instance") for details in self.connections.values())
        if running := [application for application in found if application]:
            _, late = await asyncio.wait(running, timeout=STOP_SECONDS)
            for application in late:
                application.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> asyncio.Queue[dict[str, Any]] | None:  # noqa: ANN401 - daphne's
        """Run the application for one request or WebSocket, whose scope has what only this server can do."""
        if isinstance(protocol, BoardWebSocket):
            scope["extensions"] = {EXTENSION: protocol, "websocket.http.response": {}}
        queue: asyncio.Queue[dict[str, Any]] | None = super().create_application(protocol, scope)
        if queue is not None:
            task: asyncio.Task[None] = self.connections[protocol]["application_instance"]
            task.add_done_callback(partial(self._application_done, protocol))
        return queue

    def protocol_disconnected(self, protocol: Any) -> None:  # noqa: ANN401 - daphne's
        """Forget a connection that has ended, once its application has. daphne would look through all every second."""
        details = self.connections.get(protocol)
        if details is None or "disconnected" in details:
            return
        super().protocol_disconnected(protocol)
        if task := details.get("application_instance"):
            self._reactor.loop.call_later(self.application_close_timeout, task.cancel)
        else:
            del self.connections[protocol]

    def _application_done(self, protocol: Any, task: asyncio.Task[None]) -> None:  # noqa: ANN401 - daphne's
        """Log what an application raised, and respond with an error if its connection still stands."""
        details = self.connections[protocol]
        if not task.cancelled() and (error := task.exception()):
            log.error("The application failed: %s", error, exc_info=error)
            if "disconnected" not in details:
                protocol.handle_exception(error)
        del details["application_instance"]
        if "disconnected" in details:
            self.connections.pop(protocol, None)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:  # noqa: ANN401 - daphne's
        """Send what the application replies; the body of a response in parts, each once the one before has left."""
        if message["type"] != "http.response.body":
            await super().handle_reply(protocol, message)
            return
        body = message.get("body", b"")
        for start in range(0, len(body), MIN_READ_BYTES):
            part = {"type": message["type"], "body": body[start : start + MIN_READ_BYTES], "more_body": True}
            await super().handle_reply(protocol, part)
            await protocol.drained()
        if not message.get("more_body"):
            await super().handle_reply(protocol, {"type": message["type"]})


def main() -> None:
    """Serve until a signal says to stop."""
    command_line("python -m trendsite.serve", "Serve the site on BIND_ADDRESS and PORT, until a signal.").parse_args()
    restrict_new_files()
    settings = Environment(os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trendsite.settings")
    try:
        print_as_logged("site", settings)
        start_error_reports("site", settings)
        is_behind_proxy = site_settings.SITE_IS_HTTPS
        address = settings.bind_address(), settings.integer("PORT", 8000, 1, 65_535)
        is_shared = settings.site_processes() > 1
        check_redis()
    except SettingError as error:
        sys.exit(f"trendsite: {error}")
    _allow_many_files()
    max_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Behind a proxy every connection comes from its one address.
    per_address = None if is_behind_proxy else max(MAX_PENDING_PER_ADDRESS, site_settings.MAX_VIEWERS_PER_ADDRESS)
    # Before any client can connect: it takes a second, and may fail.
    from trendsite.asgi import application

    pending = PendingConnections(connection_budget(max_files).pending, per_address)
    server = Server(application, EagerReactor(daphne.server.twisted_loop), pending)
    try:
        listener = listen(address, is_shared)
    except OSError as error:
        sys.exit(f"trendsite: BIND_ADDRESS and PORT, {address_text(address)}, cannot be listened on: {error.strerror}")
    with listener:
        server.listen(listener)
    log.info("Serving on http://%s", address_text(address))
    server.run()


def listen(address: Address, is_shared: bool) -> socket.socket:
    """Return a socket that listens; the kernel spreads connections among all that share an address.

    Raises:
        OSError: the address is taken or not this machine's.
    """
    listener = bound_socket(address, share_port=is_shared)
    listener.listen(BACKLOG)
    return listener


def _allow_many_files() -> None:
    """Let this process have as many connections as it may: each is an open file."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = _MAX_FILES if most == resource.RLIM_INFINITY else most
    # macOS reports no limit but has one.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


if __name__ == "__main__":
    main()
