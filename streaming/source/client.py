"""A client of the collector's socket: one connection, requests with a timeout, retried with backoff.

Both ends of a new connection first prove that they know the shared secret. A client without it gets only ``status``.
"""

import contextlib
import socket
import time
from collections.abc import Callable, Collection
from datetime import date
from io import BufferedRWPair
from random import random
from types import TracebackType
from typing import TypeVar

import msgspec

from contract.address import Address, address_text
from contract.backoff import Backoff
from contract.secret import is_proof, new_nonce, proof
from contract.socket_protocol import (
    MAX_RELEASED_DAYS,
    Challenge,
    ChallengeRequest,
    ProofAccepted,
    ProveRequest,
    ReadHeader,
    ReadRequest,
    ReleaseRequest,
    RequestRefusedError,
    Response,
    StatusRequest,
    StreamStatus,
    decode_response,
    encode_line,
)

TIMEOUT_SECONDS = 10.0
_MAX_RESPONSE_BYTES = 1024 * 1024
BACKOFF = Backoff(first=0.1, longest=2.0)
PATIENCE_SECONDS = 600.0

Result = TypeVar("Result")


class CollectorUnreachableError(ConnectionError):
    """The collector did not respond in any attempt. The message is one line."""


class CollectorClient:
    """Connects with the first request, and again after a failure."""

    def __init__(self, address: Address, secret: str = "", patience: float = PATIENCE_SECONDS) -> None:
        """Use the collector at ``address``. Only the first attempt of a request begins after ``patience`` seconds."""
        self._address = address
        self._secret = secret
        self._patience = patience
        self._stream: BufferedRWPair | None = None

    def __enter__(self) -> "CollectorClient":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection: the next request reaches the process that answered the last one, or fails."""
        return self._stream is not None

    def status(self, wanted: int = 0, seconds: float = 0.0) -> StreamStatus:
        """Return the status of the stream: once its end reaches offset ``wanted``, or ``seconds`` later."""
        return self._retry(lambda: self._request(StatusRequest(wanted, seconds), StreamStatus))

    def release(self, offset: int, done: Collection[date] = ()) -> StreamStatus:
        """Let the collector delete all bytes below ``offset`` and forget the closed days ``done``.

        One request has room for the earliest MAX_RELEASED_DAYS. Further days need a later release.
        """
        first_days = sorted(done)[:MAX_RELEASED_DAYS]
        return self._retry(lambda: self._request(ReleaseRequest(offset, first_days), StreamStatus))

    def read(self, start: int, end: int) -> bytes:
        """Return the lines that begin in [start, end).

        Raises:
            RequestRefusedError: the collector no longer has that range.
            CollectorUnreachableError: the collector did not respond.
        """
        return self._retry(lambda: self._read(start, end))

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._stream is not None:
            # Closing sends what is still buffered, which may fail again.
            with contextlib.suppress(OSError):
                self._stream.close()
            self._stream = None

    def _retry(self, send: Callable[[], Result]) -> Result:
        until = time.monotonic() + self._patience
        failures = 0
        while True:
            try:
                return self._attempt(send)
            except CollectorUnreachableError:
                failures += 1
                delay = BACKOFF.delay(failures, random())  # noqa: S311 - jitter
                if time.monotonic() + delay > until:
                    raise
            time.sleep(delay)

    def _attempt(self, send: Callable[[], Result]) -> Result:
        try:
            return send()
        except RequestRefusedError:
            self.close()
            raise
        except (OSError, msgspec.DecodeError) as error:
            self.close()
            raise CollectorUnreachableError(
                f"no answer from the collector at {address_text(self._address)}: {error}"
            ) from error

    def _request(self, request: msgspec.Struct, kind: type[Response]) -> Response:
        return _exchange(self._connected(), request, kind)

    def _read(self, start: int, end: int) -> bytes:
        header = self._request(ReadRequest(start, end), ReadHeader)
        lines = self._connected().read(header.bytes)
        if len(lines) < header.bytes:
            raise ConnectionResetError(f"the collector sent {len(lines)} of {header.bytes} bytes")
        return lines

    def _connected(self) -> BufferedRWPair:
        if self._stream is None:
            connection = socket.create_connection(self._address, TIMEOUT_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._stream = connection.makefile("rwb")
            # The stream keeps the socket open until the stream is closed.
            connection.close()
            if self._secret:
                _prove(self._stream, self._secret)
        return self._stream


def _exchange(stream: BufferedRWPair, request: msgspec.Struct, kind: type[Response]) -> Response:
    stream.write(encode_line(request))
    stream.flush()
    line = stream.readline(_MAX_RESPONSE_BYTES)
    if not line:
        raise ConnectionResetError("the collector closed the connection")
    return decode_response(line, kind)


def _prove(stream: BufferedRWPair, secret: str) -> None:
    """Prove to the collector that we know the secret, and check its proof.

    Raises:
        OSError: one side does not know the secret, or the collector has no room.
    """
    own = new_nonce()
    try:
        theirs = _exchange(stream, ChallengeRequest(), Challenge).nonce
        answer = _exchange(stream, ProveRequest(own, proof(secret, "reader", theirs, own)), ProofAccepted)
    except RequestRefusedError as error:
        # Another collector may start there, or its secret may be corrected, so a retry makes sense.
        raise ConnectionRefusedError(str(error)) from error
    if not is_proof(answer.proof, secret, "collector", theirs, own):
        raise ConnectionRefusedError("what listens there does not know the secret: COLLECTOR_SECRET must be the same")
