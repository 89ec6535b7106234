"""Who asks: the address by which viewers, and programs that use the API, are told apart. Pure."""

import ipaddress
from collections.abc import Iterable

_LONGEST_ADDRESS = 64


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
