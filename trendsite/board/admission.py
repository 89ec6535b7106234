"""Who may come in: so many viewers in all, so many from one address. Pure.

Each process counts its own.
"""

import ipaddress
from collections import Counter
from collections.abc import Iterable

from trendsite.board.refusal import RefusedError

_LONGEST_ADDRESS = 64


class Admission:
    """The addresses of everybody who is in."""

    def __init__(self, most: int, most_from_one: int) -> None:
        """Let in ``most`` viewers, ``most_from_one`` of them from the same address."""
        self._most = most
        self._most_from_one = most_from_one
        self._inside: Counter[str] = Counter()

    def enter(self, address: str) -> None:
        """Let a viewer in.

        Raises:
            RefusedError: there are too many already.
        """
        if self._inside.total() >= self._most:
            raise RefusedError("full", f"{self._most} viewers watch through this process: try again later")
        if self._inside[address] >= self._most_from_one:
            raise RefusedError("address", f"{self._most_from_one} viewers of your address watch already")
        self._inside[address] += 1

    def leave(self, address: str) -> None:
        """Let a viewer out that was let in."""
        self._inside[address] -= 1
        if not self._inside[address]:
            del self._inside[address]


def address_of(peer: str, headers: Iterable[tuple[bytes, bytes]], behind_proxy: bool) -> str:
    """Return what stands for one viewer's address: an IPv4 address, or the /64 network of an IPv6 one.

    ``peer`` is whoever is connected. Behind a proxy it is the last entry of X-Forwarded-For: the one that our own
    proxy wrote, whatever the viewer sent before it.
    """
    forwarded = [value for name, value in headers if name == b"x-forwarded-for"] if behind_proxy else []
    text = forwarded[-1].decode("latin-1").rpartition(",")[2].strip() if forwarded else peer
    try:
        address = ipaddress.ip_address(_without_port(text))
    except ValueError:
        return text[:_LONGEST_ADDRESS]
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _without_port(text: str) -> str:
    """Return an address that may have a port, as some proxies write it: 192.0.2.1:567, [2001:db8::1]:567."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
