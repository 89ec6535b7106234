"""Streaming's end of the collector's socket: one connection, requests with a timeout, retried with backoff."""

import contextlib
import random
import socket
import time
from collections.abc import Callable
from io import BufferedRWPair
from types import TracebackType
from typing import TypeVar

import msgspec

from contract.socket_protocol import (
    Answer,
    ReadHeader,
    ReadRequest,
    RefusedError,
    ReleaseRequest,
    StatusRequest,
    StreamStatus,
    decode_answer,
    encode_line,
)

TIMEOUT_SECONDS = 10.0
FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 2.0
ATTEMPTS = 300

Answered = TypeVar("Answered")


class CollectorUnreachableError(ConnectionError):
    """The collector did not answer, however often it was asked."""


class CollectorClient:
    """Asks the collector; connects when first needed and again after a failure."""

    def __init__(self, address: tuple[str, int], attempts: int = ATTEMPTS) -> None:
        """Use the collector at ``address``, giving up after ``attempts`` tries about a second apart."""
        self._address = address
        self._attempts = attempts
        self._stream: BufferedRWPair | None = None

    def __enter__(self) -> "CollectorClient":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def status(self) -> StreamStatus:
        """Return where the stream stands."""
        return self._retried(lambda: self._ask(StatusRequest(), StreamStatus))

    def release(self, offset: int) -> StreamStatus:
        """Say that nothing below ``offset`` is needed any more."""
        return self._retried(lambda: self._ask(ReleaseRequest(offset), StreamStatus))

    def read(self, start: int, end: int) -> bytes:
        """Return the lines that begin in [start, end).

        Raises:
            RefusedError: the collector does not keep that range.
            CollectorUnreachableError: it never answered.
        """
        return self._retried(lambda: self._read(start, end))

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._stream is not None:
            # It would send what could not be sent before, and fail again.
            with contextlib.suppress(OSError):
                self._stream.close()
            self._stream = None

    def _retried(self, ask: Callable[[], Answered]) -> Answered:
        delay = FIRST_DELAY_SECONDS
        for _ in range(self._attempts - 1):
            try:
                return self._tried(ask)
            except CollectorUnreachableError:
                time.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
                delay = min(2 * delay, LONGEST_DELAY_SECONDS)
        return self._tried(ask)

    def _tried(self, ask: Callable[[], Answered]) -> Answered:
        try:
            return ask()
        except RefusedError:
            self.close()
            raise
        except (OSError, msgspec.DecodeError) as error:
            self.close()
            host, port = self._address
            raise CollectorUnreachableError(f"no answer from the collector at {host}:{port}: {error}") from error

    def _ask(self, request: msgspec.Struct, kind: type[Answer]) -> Answer:
        stream = self._connected()
        stream.write(encode_line(request))
        stream.flush()
        line = stream.readline()
        if not line:
            raise ConnectionResetError("the collector closed the connection")
        return decode_answer(line, kind)

    def _read(self, start: int, end: int) -> bytes:
        header = self._ask(ReadRequest(start, end), ReadHeader)
        lines = self._connected().read(header.bytes)
        if len(lines) < header.bytes:
            raise ConnectionResetError(f"the collector sent {len(lines)} of {header.bytes} bytes")
        return lines

    def _connected(self) -> BufferedRWPair:
        if self._stream is None:
            connection = socket.create_connection(self._address, TIMEOUT_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._stream = connection.makefile("rwb")
            # The stream keeps the socket open; closing the stream then closes it.
            connection.close()
        return self._stream
