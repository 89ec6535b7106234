"""Network namespaces, one for each machine of a pretended network: a bridge in ours joins them."""

import contextlib
import subprocess
from pathlib import Path
from types import TracebackType

from benchmarks.harness import BenchmarkError

_PREFIX = "10.219.77"


class Namespaces:
    """``count`` namespaces and a bridge, removed when the block is left. Needs root.

    ``here`` is our own address on the bridge. ``beyond`` is one of ours that the namespaces do not reach.
    """

    def __init__(self, count: int, name: str = "tsc") -> None:
        """Prepare namespaces ``name``-1 and so on. At most 100."""
        self._bridge = f"{name}-br"
        self._names = [f"{name}-{number}" for number in range(1, count + 1)]
        self.here = f"{_PREFIX}.1"
        self.beyond = "10.219.78.1"

    def __enter__(self) -> "Namespaces":
        self._remove()
        try:
            _ip("link", "add", self._bridge, "type", "bridge")
            for address in (self.here, self.beyond):
                _ip("address", "add", f"{address}/24", "dev", self._bridge)
            _ip("link", "set", self._bridge, "up")
            for number, name in enumerate(self._names):
                self._add(name, self.address(number))
        except BenchmarkError:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._remove()

    def address(self, number: int) -> str:
        """Return the address of a namespace."""
        return f"{_PREFIX}.{number + 2}"

    def command(self, number: int) -> list[str]:
        """Return what runs a command in a namespace."""
        return ["ip", "netns", "exec", self._names[number]]

    def received(self) -> int:
        """Return how many bytes we have got from the namespaces, in TCP and IP packets."""
        links = (Path("/sys/class/net", name, "statistics", "rx_bytes") for name in self._names)
        return sum(int(link.read_text()) for link in links)

    def _add(self, name: str, address: str) -> None:
        inside = ("-n", name)
        _ip("netns", "add", name)
        _ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", name, "master", self._bridge, "up")
        _ip(*inside, "address", "add", f"{address}/24", "dev", "eth0")
        _ip(*inside, "link", "set", "eth0", "up")
        _ip(*inside, "link", "set", "lo", "up")

    def _remove(self) -> None:
        for name in self._names:
            with contextlib.suppress(BenchmarkError):
                _ip("netns", "delete", name)
        with contextlib.suppress(BenchmarkError):
            _ip("link", "delete", self._bridge)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=20, check=False)  # noqa: S607
    if done.returncode:
        raise BenchmarkError(f"ip {' '.join(arguments)} failed: {done.stderr.strip()}")
