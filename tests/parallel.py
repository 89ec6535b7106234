"""Two test processes side by side: which tests share a process, and which ports a process may use.

``make test`` starts pytest-xdist with two workers. Each has a database, a Redis server and a folder of its own.
"""

import os
import random
import socket
from collections.abc import Iterator

import pytest
from xdist.scheduler import LoadFileScheduling

_FIRST_PORT = 10_000  # below those that the kernel gives to connections
_PORTS_OF_A_WORKER = 2_000


_SPARK_FOLDERS = ("tests/end_to_end/", "tests/torture/", "tests/streaming/")
_LONG_FILES = ("_in_browser.py", "test_process", "kafka", "test_supervise.py", "test_hostile_connections.py")


class FileScheduling(LoadFileScheduling):
    """A worker runs whole files, in the order that :func:`longest_first` gives them.

    All tests that start Spark are one unit. So one Java runs at a time, and those of streaming share a session.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "Spark" if nodeid.startswith(_SPARK_FOLDERS) else super()._split_scope(nodeid)


def longest_first(items: list[pytest.Item]) -> None:
    """Put the longest files first, so that both workers end at about the same time."""
    items.sort(key=lambda item: _weight(item.nodeid), reverse=True)


def _weight(nodeid: str) -> int:
    """Weigh a test by what its file starts: Spark; a browser, Kafka or many processes; or less."""
    return 2 if nodeid.startswith(_SPARK_FOLDERS) else int(any(part in nodeid for part in _LONG_FILES))


def _ports() -> Iterator[int]:
    """Yield ports on which no other worker of this run listens, none twice."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = _FIRST_PORT + worker * _PORTS_OF_A_WORKER
    yield from random.sample(range(first, first + _PORTS_OF_A_WORKER), _PORTS_OF_A_WORKER)


_unused_ports = _ports()


def find_free_port() -> int:
    """Return a port of this machine on which nothing listens."""
    for port in _unused_ports:
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise RuntimeError("no port is free")
