"""A TCP proxy between streaming and the collector, which resets connections when told."""

import asyncio
import contextlib
import socket
import struct
import threading

_CHUNK_BYTES = 65_536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_END_SECONDS = 5.0


class Proxy:
    """Passes bytes on to ``target``, from a port of its own and in a thread of its own."""

    def __init__(self, target: tuple[str, int]) -> None:
        """Listen; the target need not be there yet."""
        self._target = target
        self._connections: set[asyncio.StreamWriter] = set()
        self._until_cut: int | None = None
        listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(listening)), daemon=True)
        self._thread.start()
        listening.wait()

    async def _run(self, listening: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        self.address = f"{host}:{port}"
        listening.set()
        await self._stop.wait()
        server.close()
        self._reset_all()

    def close(self) -> None:
        """End it, with every connection."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_END_SECONDS)

    def reset_all(self) -> None:
        """Reset every connection at once."""
        self._loop.call_soon_threadsafe(self._reset_all)

    def cut_after(self, size: int) -> None:
        """Reset every connection once ``size`` more bytes of answers have passed: in the middle of one, most likely."""
        self._loop.call_soon_threadsafe(setattr, self, "_until_cut", size)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        self._connections.add(writer)
        # A connection ends by itself, by a reset, or with the proxy; none of them is news.
        with contextlib.suppress(OSError, asyncio.CancelledError):
            answers, requests = await asyncio.open_connection(*self._target)
            ends.append(requests)
            self._connections.add(requests)
            await asyncio.gather(_pass_on(reader, requests), self._pass_answers_on(answers, writer))
        for end in ends:
            self._end(end)

    async def _pass_answers_on(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await answers.read(_CHUNK_BYTES):
            if self._until_cut is not None and len(data) > self._until_cut:
                writer.write(data[: self._until_cut])
                self._until_cut = None
                self._reset_all()
                return
            if self._until_cut is not None:
                self._until_cut -= len(data)
            writer.write(data)
            await writer.drain()
        writer.close()

    def _reset_all(self) -> None:
        for writer in list(self._connections):
            with contextlib.suppress(OSError):
                connection: socket.socket = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._end(writer)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._connections.discard(writer)
        writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
    writer.close()
