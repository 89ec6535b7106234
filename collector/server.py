"""The spool -> any number of readers on a TCP socket, each from any offset."""

import asyncio
import contextlib
import logging
import socket

import msgspec

from collector.commit_log import SpoolCorruptionError
from collector.segment_reader import OffsetError
from collector.spool import Spool
from contract.socket_protocol import (
    MAX_REQUEST_BYTES,
    FollowRequest,
    ReadHeader,
    ReadRequest,
    Refusal,
    ReleaseRequest,
    StatusRequest,
    decode_request,
    encode_line,
)

MAX_CONNECTIONS = 64
MAX_FOLLOWERS = 32
PROBE_SECONDS = 15
IDLE_SECONDS = 600.0
SEND_SECONDS = 60.0
_SEND_BUFFER_BYTES = 512 * 1024

log = logging.getLogger(__name__)


class Server:
    """Answers contract.socket_protocol's requests from one spool."""

    def __init__(self, spool: Spool) -> None:
        """Serve this spool."""
        self._spool = spool
        self._readers: set[asyncio.Task[None]] = set()
        self._followers = 0
        self._grown = asyncio.Event()

    async def start(self, host: str, port: int) -> asyncio.Server:
        """Listen.

        Raises:
            OSError: the address is taken or not ours.
        """
        return await asyncio.start_server(self._serve, host, port, limit=MAX_REQUEST_BYTES)

    def wake_followers(self) -> None:
        """Tell those who follow that the stream has grown; to be called in the event loop."""
        self._grown.set()
        self._grown = asyncio.Event()

    async def close(self) -> None:
        """End all conversations."""
        for task in self._readers:
            task.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a reader is served outside a task")
        self._readers.add(task)
        writer.transport.set_write_buffer_limits(high=_SEND_BUFFER_BYTES)
        _probe(writer.get_extra_info("socket"))
        try:
            if len(self._readers) > MAX_CONNECTIONS:
                await self._refuse(writer, f"{MAX_CONNECTIONS} readers are connected already")
            else:
                await self._converse(reader, writer)
            writer.close()
            async with asyncio.timeout(SEND_SECONDS):
                await writer.wait_closed()
        except OSError as error:
            log.debug("a reader went away: %r", error)
        except asyncio.CancelledError:
            # Only close() cancels; ending quietly here keeps asyncio from logging it as a failure.
            log.debug("a conversation was ended")
        finally:
            writer.transport.abort()
            self._readers.discard(task)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other, until the reader leaves or asks for what there is not."""
        try:
            while line := await _request_line(reader):
                await self._answer(line, writer)
        except msgspec.DecodeError as error:
            await self._refuse(writer, f"not a request: {error}")
        except UnicodeDecodeError:
            await self._refuse(writer, "not a request: not UTF-8")
        except (OffsetError, SpoolCorruptionError) as error:
            await self._refuse(writer, str(error))
        except ValueError:
            await self._refuse(writer, f"not a request: longer than {MAX_REQUEST_BYTES} bytes")

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        match decode_request(line):
            case StatusRequest():
                await _send(writer, encode_line(self._spool.status()))
            case ReleaseRequest(offset):
                self._spool.release(offset)
                await _send(writer, encode_line(self._spool.status()))
            case ReadRequest(start, end):
                low, high = self._spool.lines_between(start, end)
                await _send(writer, encode_line(ReadHeader(high - low)))
                await self._send_bytes(writer, low, high)
            case FollowRequest(start) if self._followers < MAX_FOLLOWERS:
                self._followers += 1
                try:
                    await self._follow(writer, start)
                finally:
                    self._followers -= 1
            case FollowRequest():
                await self._refuse(writer, f"{MAX_FOLLOWERS} readers follow already")
                raise ConnectionAbortedError("too many follow")

    async def _follow(self, writer: asyncio.StreamWriter, start: int) -> None:
        kept_start = max(start, self._spool.first_offset)
        position, _ = self._spool.lines_between(kept_start, self._spool.committed.end)
        while not _is_gone(writer):
            grown = self._grown
            end = self._spool.committed.end
            await self._send_bytes(writer, position, end)
            position = end
            if position == self._spool.committed.end:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PROBE_SECONDS):
                        await grown.wait()

    async def _send_bytes(self, writer: asyncio.StreamWriter, low: int, high: int) -> None:
        try:
            for chunk in self._spool.read(low, high):
                await _send(writer, chunk)
        except (OffsetError, SpoolCorruptionError) as error:
            # Part of what was promised is sent, so nothing but a broken connection can say this.
            log.warning("a reader was cut off: %s", error)
            raise ConnectionAbortedError(str(error)) from error

    async def _refuse(self, writer: asyncio.StreamWriter, reason: str) -> None:
        await _send(writer, encode_line(Refusal(reason)))


def _probe(connection: socket.socket) -> None:
    """Let the system ask every so often whether the reader is still there, when there is nothing to send."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):  # macOS asks after two hours
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PROBE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBE_SECONDS)


def _is_gone(writer: asyncio.StreamWriter) -> bool:
    """Return whether the reader has left; one that only closed its own side still wants to hear."""
    connection: socket.socket = writer.get_extra_info("socket")
    return writer.is_closing() or connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0


async def _request_line(reader: asyncio.StreamReader) -> bytes:
    """Return the next line; empty when the reader has left.

    Raises:
        ValueError: it is too long.
        TimeoutError: none came.
    """
    async with asyncio.timeout(IDLE_SECONDS):
        return await reader.readline()


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send, and wait until the reader has taken most of it.

    Raises:
        TimeoutError: the reader takes nothing.
    """
    writer.write(data)
    async with asyncio.timeout(SEND_SECONDS):
        await writer.drain()
