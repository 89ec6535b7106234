"""What tests of the launcher share: short folders for unix sockets, ports of our own, and a terminal to read."""

import io
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from launch.terminal import Terminal


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """A folder whose path leaves room for the name of a unix socket."""
    with tempfile.TemporaryDirectory(prefix="trendsite-") as folder:
        yield Path(folder).resolve()


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def plain_terminal(screen: io.StringIO) -> Terminal:
    return Terminal(screen, live=False)
