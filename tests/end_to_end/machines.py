"""Machines with a network between them: network namespaces of Linux. Only root can make them."""

import ctypes
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

_CLONE_NEWNET = 0x40000000

Value = TypeVar("Value")


class Machine:
    """One machine with its own network. Processes that ``run`` starts are on it too."""

    def __init__(self, namespace: str, address: str) -> None:
        self.address = address
        self._thread = ThreadPoolExecutor(1, namespace, _enter, [namespace])

    def run(self, work: Callable[[], Value]) -> Value:
        """Call ``work`` with the sockets and processes of this machine."""
        return self._thread.submit(work).result()

    def close(self) -> None:
        self._thread.shutdown()


@contextmanager
def two_machines() -> Iterator[tuple[Machine, Machine]]:
    """Yield two machines with a cable between them, and nothing else. Skip the test if this is not possible."""
    if shutil.which("ip") is None:
        pytest.skip("machines are network namespaces, and the program ip is missing (Debian: apt install iproute2)")
    name = f"trendsite-{secrets.token_hex(3)}"
    with ExitStack() as undo:
        machines = []
        for number in (1, 2):
            namespace, address = f"{name}-{number}", f"10.237.0.{number}"
            made = _ip("netns", "add", namespace)
            if made.returncode:
                pytest.skip(f"network namespaces cannot be made here: {made.stderr.strip()}")
            undo.callback(_ip, "netns", "delete", namespace)
            machines.append(Machine(namespace, address))
            undo.callback(machines[-1].close)
        cable = ("link", "add", "cable", "netns", f"{name}-1", "type", "veth", "peer", "name", "cable", "netns")
        laid = _ip(*cable, f"{name}-2")
        if laid.returncode:
            pytest.skip(f"network namespaces cannot be connected here: {laid.stderr.strip()}")
        for number, machine in enumerate(machines, start=1):
            of_machine = ("-n", f"{name}-{number}")
            for command in (
                ("address", "add", f"{machine.address}/24", "dev", "cable"),
                ("link", "set", "cable", "up"),
                ("link", "set", "lo", "up"),
            ):
                assert not _ip(*of_machine, *command).returncode, command
        yield machines[0], machines[1]


def _ip(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=60, check=False)


def _enter(namespace: str) -> None:
    """Move this thread, and what it starts, into a namespace."""
    folder = os.open(Path("/var/run/netns", namespace), os.O_RDONLY)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(folder, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns of {namespace}")
    finally:
        os.close(folder)
