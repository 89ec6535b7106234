"""The server: sends the log to any number of readers on a TCP socket, each from any offset.

Every connection starts as ``new``. It becomes a ``reader`` by proving that it knows the secret, or ``anonymous`` with a
request that needs no proof. Each kind has its own limit, so anonymous connections never take the room of readers. A new
one is always accepted: at the limit, the oldest new connection of the address that has most of them is closed. A proof
takes milliseconds, so a reader gets through while silent connections pile up.
"""

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Literal

import msgspec

from collector.log import Log, LogCorruptionError, OffsetError
from contract.address import Address, bound_socket, unmapped
from contract.secret import is_proof, new_nonce, proof
from contract.socket_protocol import (
    MAX_REQUEST_BYTES,
    MAX_STATUS_SECONDS,
    Challenge,
    ChallengeRequest,
    ErrorResponse,
    FollowRequest,
    ProofAccepted,
    ProveRequest,
    ReadHeader,
    ReadRequest,
    ReleaseRequest,
    Request,
    StatusRequest,
    decode_request,
    encode_line,
)

MAX_NEW = 512
MAX_READERS = 64
MAX_ANONYMOUS = 32
MAX_ANONYMOUS_PER_ADDRESS = 16

PROBE_SECONDS = 15
FIRST_SECONDS = 5.0
"""Seconds until a new connection must send a request, or prove that it knows the secret."""

IDLE_SECONDS = {"new": FIRST_SECONDS, "anonymous": 10.0, "reader": 600.0}
"""Seconds until a connection must send its next request."""

SEND_SECONDS = {"new": FIRST_SECONDS, "anonymous": 10.0, "reader": 60.0}
"""Seconds in which a connection must receive everything but the last few hundred KiB."""

ANONYMOUS_PAUSE_SECONDS = 0.02
"""Pause before the next request of an anonymous connection, so that endless requests do not slow collecting."""

_SEND_BUFFER_BYTES = 512 * 1024
_BACKLOG = 100
_WARN_SECONDS = 60.0

log = logging.getLogger(__name__)


class TooManyConnectionsError(RuntimeError):
    """The limit for this kind of connection is reached. The message is one line."""


@dataclass(eq=False)
class Connection:
    """One connection: its peer's address (for IPv6 the /64 network), how to close it at once, and its kind."""

    address: str
    end: Callable[[], None]
    kind: Literal["new", "anonymous", "reader"] = "new"


class Connections:
    """All connections of one server."""

    def __init__(self) -> None:
        """Start without connections."""
        # By address, the oldest first.
        self._new: dict[str, dict[Connection, None]] = {}
        self._new_count = 0
        self._anonymous: Counter[str] = Counter()
        self._readers = 0

    def add(self, connection: Connection) -> None:
        """Add a new connection. At the limit, close the oldest one of the address that has most."""
        if self._new_count >= MAX_NEW:
            largest = max(self._new.values(), key=len)
            oldest = next(iter(largest))
            self.remove(oldest)
            oldest.end()
        self._new.setdefault(connection.address, {})[connection] = None
        self._new_count += 1

    def make_anonymous(self, connection: Connection) -> None:
        """Make a new connection anonymous.

        Raises:
            TooManyConnectionsError: there are too many, in total or of its address.
        """
        if self._anonymous.total() >= MAX_ANONYMOUS:
            raise TooManyConnectionsError(f"{MAX_ANONYMOUS} connections without the secret are open already")
        if self._anonymous[connection.address] >= MAX_ANONYMOUS_PER_ADDRESS:
            limit = f"{MAX_ANONYMOUS_PER_ADDRESS} of your connections are open already, without the secret"
            raise TooManyConnectionsError(limit)
        self.remove(connection)
        self._anonymous[connection.address] += 1
        connection.kind = "anonymous"

    def make_reader(self, connection: Connection) -> None:
        """Make a reader of a connection that has proved that it knows the secret.

        Raises:
            TooManyConnectionsError: there are too many.
        """
        if self._readers >= MAX_READERS:
            raise TooManyConnectionsError(f"{MAX_READERS} readers are connected already")
        self.remove(connection)
        self._readers += 1
        connection.kind = "reader"

    def remove(self, connection: Connection) -> None:
        """Remove a connection. Do nothing if it is removed already."""
        if connection.kind == "reader":
            self._readers -= 1
        elif connection.kind == "anonymous":
            self._anonymous -= Counter([connection.address])
        else:
            self._remove_new(connection)
        connection.kind = "new"

    def _remove_new(self, connection: Connection) -> None:
        of_address = self._new.get(connection.address, {})
        if connection in of_address:
            del of_address[connection]
            self._new_count -= 1
            if not of_address:
                del self._new[connection.address]


def network_of(host: str) -> str:
    """Return the unit that limits count as one address: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        address = ipaddress.ip_address(unmapped(host).partition("%")[0])
    except ValueError:
        return host
    return str(address if address.version == 4 else ipaddress.ip_network((address, 64), strict=False))


class _RefusedError(RuntimeError):
    """The server refuses a request. The message is sent to the client."""


@dataclass
class _Session:
    """One connection with its streams. ``nonce`` is the collector's: None before the challenge, empty once used."""

    connection: Connection
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    deadline: float
    nonce: str | None = None

    async def next_line(self) -> bytes:
        """Return the next line; empty if the client has left.

        Raises:
            ValueError: it is too long.
            TimeoutError: no line came.
        """
        if self.connection.kind != "new":
            self.deadline = asyncio.get_running_loop().time() + IDLE_SECONDS[self.connection.kind]
        async with asyncio.timeout_at(self.deadline):
            return await self.reader.readline()

    async def send(self, data: bytes) -> None:
        """Send, and wait until the client has received most of it.

        Raises:
            TimeoutError: the client does not receive.
        """
        self.writer.write(data)
        async with asyncio.timeout(SEND_SECONDS[self.connection.kind]):
            await self.writer.drain()

    async def respond(self, message: msgspec.Struct) -> None:
        """Send one line."""
        await self.send(encode_line(message))

    async def end(self) -> None:
        """Close the connection after everything sent has arrived."""
        self.writer.close()
        async with asyncio.timeout(SEND_SECONDS[self.connection.kind]):
            await self.writer.wait_closed()


class LogServer:
    """Serves the requests of contract.socket_protocol from one log."""

    def __init__(self, stream: Log, secret: str) -> None:
        """Serve this log. ``read`` and ``release`` need a proof of ``secret``."""
        self._log = stream
        self._secret = secret
        self._connections = Connections()
        self._tasks: set[asyncio.Task[None]] = set()
        self._new_data = asyncio.Event()
        self._wrong_proofs = 0
        self._warns_from = 0.0

    async def start(self, address: Address) -> asyncio.Server:
        """Listen.

        Raises:
            OSError: the address is taken or not ours.
        """
        return await asyncio.start_server(
            self._serve, sock=bound_socket(address), limit=MAX_REQUEST_BYTES, backlog=_BACKLOG
        )

    def wake_followers(self) -> None:
        """Notify followers of new data. Call this in the event loop."""
        self._new_data.set()
        self._new_data = asyncio.Event()

    async def close(self) -> None:
        """End all sessions."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served outside a task")
        self._tasks.add(task)
        peer = writer.get_extra_info("peername") or ("",)
        connection = Connection(network_of(peer[0]), writer.transport.abort)
        self._connections.add(connection)
        deadline = asyncio.get_running_loop().time() + FIRST_SECONDS
        session = _Session(connection, reader, writer, deadline)
        try:
            writer.transport.set_write_buffer_limits(high=_SEND_BUFFER_BYTES)
            _probe(writer.get_extra_info("socket"))
            await self._serve_requests(session)
            await session.end()
        except OSError as error:
            log.debug("a connection ended: %r", error)
        except asyncio.CancelledError:
            # Only close() cancels. To end quietly here keeps asyncio from logging a failure.
            log.debug("a session was ended")
        finally:
            writer.transport.abort()
            self._connections.remove(connection)
            self._tasks.discard(task)

    async def _serve_requests(self, session: _Session) -> None:
        """Serve one request after the other, until the client leaves or a request is refused."""
        try:
            while line := await session.next_line():
                await self._respond(decode_request(line), session)
        except msgspec.DecodeError as error:
            await session.respond(ErrorResponse(f"not a request: {error}"))
        except UnicodeDecodeError:
            await session.respond(ErrorResponse("not a request: not UTF-8"))
        except (OffsetError, LogCorruptionError, TooManyConnectionsError, _RefusedError) as error:
            await session.respond(ErrorResponse(str(error)))
        except ValueError:
            await session.respond(ErrorResponse(f"not a request: longer than {MAX_REQUEST_BYTES} bytes"))

    async def _respond(self, request: Request, session: _Session) -> None:
        match request:
            case ChallengeRequest():
                # Otherwise a new connection could send requests without end and slow those of others.
                if session.nonce is not None:
                    raise _RefusedError("one challenge is enough for a connection")
                session.nonce = new_nonce()
                await session.respond(Challenge(session.nonce))
            case ProveRequest():
                await session.respond(self._check_proof(request, session))
            case ReadRequest() | ReleaseRequest():
                await self._respond_to_reader(request, session)
            case StatusRequest() | FollowRequest():
                await self._respond_to_anyone(request, session)

    def _check_proof(self, request: ProveRequest, session: _Session) -> ProofAccepted:
        """Check the proof of a connection, make it a reader, and return the collector's own proof.

        Raises:
            _RefusedError: the proof is wrong or has no challenge.
            TooManyConnectionsError: there are too many readers.
        """
        nonce, session.nonce = session.nonce, ""
        if not nonce:
            raise _RefusedError("a proof needs a challenge before it")
        if not is_proof(request.proof, self._secret, "reader", nonce, request.nonce):
            self._log_wrong_proof(session.connection.address)
            raise _RefusedError("the secret is wrong: COLLECTOR_SECRET must be the same here and there")
        if session.connection.kind != "reader":
            self._connections.make_reader(session.connection)
        return ProofAccepted(proof(self._secret, "collector", nonce, request.nonce))

    async def _respond_to_reader(self, request: ReadRequest | ReleaseRequest, session: _Session) -> None:
        if session.connection.kind != "reader":
            raise _RefusedError("read and release need the collector's secret: only status and follow do not")
        match request:
            case ReleaseRequest(offset, done):
                self._log.release(offset, done)
                await session.respond(self._log.status())
            case ReadRequest(start, end):
                low, high = self._log.lines_between(start, end)
                await session.respond(ReadHeader(high - low))
                await self._send_bytes(session, low, high)

    async def _respond_to_anyone(self, request: StatusRequest | FollowRequest, session: _Session) -> None:
        if session.connection.kind == "new":
            self._connections.make_anonymous(session.connection)
        match request:
            case StatusRequest():
                if session.connection.kind == "reader":
                    await self._wait_for(request)
                await session.respond(self._log.status())
                if session.connection.kind == "anonymous":
                    await asyncio.sleep(ANONYMOUS_PAUSE_SECONDS)
            case FollowRequest(start):
                await self._follow(session, start)

    async def _wait_for(self, request: StatusRequest) -> None:
        """Wait until the log reaches the wanted end, for as long as the request allows."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(request.seconds, MAX_STATUS_SECONDS)):
                while self._log.committed.end < request.wanted:
                    await self._new_data.wait()

    async def _follow(self, session: _Session, start: int) -> None:
        first = max(start, self._log.first_offset)
        position, _ = self._log.lines_between(first, self._log.committed.end)
        while not _has_left(session.writer):
            new_data = self._new_data
            end = self._log.committed.end
            await self._send_bytes(session, position, end)
            position = end
            if position == self._log.committed.end:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PROBE_SECONDS):
                        await new_data.wait()

    async def _send_bytes(self, session: _Session, low: int, high: int) -> None:
        try:
            for chunk in self._log.read(low, high):
                await session.send(chunk)
        except (OffsetError, LogCorruptionError) as error:
            # Part of the promised bytes is sent, so only a broken connection can signal the error.
            log.warning("a reader was cut off: %s", error)
            raise ConnectionAbortedError(str(error)) from error

    def _log_wrong_proof(self, address: str) -> None:
        """Log wrong secrets, at most once a minute."""
        self._wrong_proofs += 1
        if monotonic() >= self._warns_from:
            log.warning(
                "a wrong secret was tried (%d times so far), the last time from %s", self._wrong_proofs, address
            )
            self._warns_from = monotonic() + _WARN_SECONDS


def _probe(connection: socket.socket) -> None:
    """Let the system probe an idle connection, to detect a reader that has disappeared."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):  # macOS probes after two hours
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PROBE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBE_SECONDS)


def _has_left(writer: asyncio.StreamWriter) -> bool:
    """Return whether the reader has left. One that only closed its sending side still receives."""
    connection: socket.socket = writer.get_extra_info("socket")
    return writer.is_closing() or connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
