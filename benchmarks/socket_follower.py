"""The collector's socket, followed: when did the n-th post of the stream arrive?"""

import socket
import time

from benchmarks.observer import Observer
from contract.socket_protocol import FollowRequest, encode_line

_BUFFER_BYTES = 1024 * 1024
_LOOK_SECONDS = 0.2


class SocketFollower(Observer):
    """Counts lines and reads no further into them, so that it takes little from what it measures."""

    def __init__(self, address: tuple[str, int]) -> None:
        """Follow the collector at ``address`` from its first post on."""
        super().__init__()
        self._address = address

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (ConnectionRefusedError, ConnectionResetError):
                time.sleep(_LOOK_SECONDS)

    def _follow(self) -> None:
        buffer = bytearray(_BUFFER_BYTES)
        posts = 0
        with socket.create_connection(self._address, _LOOK_SECONDS) as connection:
            connection.sendall(encode_line(FollowRequest(0)))
            while not self._stop.is_set():
                try:
                    received = connection.recv_into(buffer)
                except TimeoutError:
                    continue
                if not received:
                    return
                posts += buffer.count(b"\n", 0, received)
                self.note(posts)
