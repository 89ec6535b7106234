"""Routes each request to Django and each WebSocket to the board, under the site's path, or refuses it with a reason."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import OriginValidator

BOARD_PATH = "/ws/board/"

_HEALTH_PATHS = ("/healthz", "/readyz", "/metrics")
"""A load balancer and Prometheus ask for these by an address of the machine, which need not be an allowed host."""

MAX_BODY_BYTES = 2_500_000
"""The largest request body. Django stores it on disk before any page sees it."""

_POLICY_VIOLATION = 1008

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_NOT_FOUND = "There is no WebSocket here: the board's is at {path}."
_NO_ORIGIN = (
    "A WebSocket needs the header Origin with the address of this site, such as {origin}. Browsers send it by "
    "themselves; other programs must set it."
)
WRONG_ORIGIN = "Pages of other sites may not open this WebSocket: Origin must be the address of this site."


class Router:
    """The ASGI application of the whole site."""

    def __init__(
        self, pages: Application, board: Application, prefix: str, allowed_hosts: list[str], more_origins: list[str]
    ) -> None:
        """Serve ``pages`` and ``board`` under ``prefix``, a path without its last slash, or empty.

        Pages of ``allowed_hosts`` and ``more_origins`` (whole origins) may open the board's WebSocket.
        """
        self._pages = pages
        self._board = board
        self._prefix = prefix
        self._origins = OriginValidator(None, [*allowed_hosts, *more_origins])
        self._host = allowed_hosts[0].lstrip(".").replace("*", "localhost").encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one WebSocket."""
        scope, path = self._under_prefix(scope)
        if scope["type"] == "http":
            if fault := problem_of_headers(dict(scope["headers"])):
                await _respond(send, *fault)
            elif path in _HEALTH_PATHS:
                await self._pages(_with_host(scope, self._host), receive, send)
            else:
                await self._pages(scope, receive, send)
        elif path != BOARD_PATH:
            await _refuse(scope, receive, send, 404, _NOT_FOUND.format(path=f"{self._prefix}{BOARD_PATH}"))
        elif problem := self._problem_of_origin(scope):
            await _refuse(scope, receive, send, 403, problem)
        else:
            await self._board(scope, receive, send)

    def _under_prefix(self, scope: Scope) -> tuple[Scope, str]:
        """Return a scope whose path has the prefix, even if a proxy removed it, and the path below the prefix."""
        path: str = scope["path"]
        if not self._prefix:
            return scope, path
        if path == self._prefix or path.startswith(f"{self._prefix}/"):
            below = path.removeprefix(self._prefix) or "/"
        else:
            below = path
        return {**scope, "path": f"{self._prefix}{below}", "root_path": self._prefix}, below

    def _problem_of_origin(self, scope: Scope) -> str:
        """Return what is wrong with the Origin of a WebSocket; empty if its page is one of this site."""
        headers = dict(scope["headers"])
        if b"origin" not in headers:
            if "*" in self._origins.allowed_origins:
                return ""
            host = headers.get(b"host", b"localhost").decode("latin-1")[:100]
            return _NO_ORIGIN.format(origin=f"http://{host}")
        try:
            origin = urlsplit(headers[b"origin"].decode("latin-1"))
            is_ours = self._origins.valid_origin(origin)
        except ValueError:
            is_ours = False
        return "" if is_ours else WRONG_ORIGIN


def _with_host(scope: Scope, host: bytes) -> Scope:
    """Return a scope with another Host header, which an answer must not depend on."""
    return {**scope, "headers": [*(header for header in scope["headers"] if header[0] != b"host"), (b"host", host)]}


def problem_of_headers(headers: Mapping[bytes, bytes]) -> tuple[HTTPStatus, str] | None:
    """Return status and reason for a body without a length, too long, or of an unreadable type; None if it is fine."""
    # Django fails on a parameter (RFC 8187) in an encoding that Python does not know.
    if b"*" in headers.get(b"content-type", b"").partition(b";")[2]:
        return HTTPStatus.BAD_REQUEST, "Content-Type may have no parameter in another encoding."
    if b"transfer-encoding" in headers:
        return HTTPStatus.LENGTH_REQUIRED, "Say how long the request is: Content-Length is needed."
    length = headers.get(b"content-length", b"0")
    if len(length) > len(str(MAX_BODY_BYTES)) or int(length) > MAX_BODY_BYTES:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A request may bring at most {MAX_BODY_BYTES:,} bytes."
    return None


async def _respond(send: Send, status: int, reason: str) -> None:
    """Respond with a reason and close the connection without reading the rest of the request."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{reason}\n".encode()})


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    """Refuse a handshake with an HTTP error and a reason, or if the server cannot, accept and close it."""
    await receive()  # websocket.connect
    if "websocket.http.response" in scope.get("extensions", {}):
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": f"{reason}\n".encode()})
    else:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": reason[:123]})
