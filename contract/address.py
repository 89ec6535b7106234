"""Network addresses in settings (IPv4, IPv6 and names, with a port), and a socket bound to one."""

import ipaddress
import re
import socket

Address = tuple[str, int]

_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.(?!-)[A-Za-z0-9_-]{1,63})*\.?")
_DIGITS_AND_DOTS = re.compile(r"[0-9.]+")
_PORT = re.compile("[0-9]{1,5}")


def parse_host(text: str) -> str | None:
    """Return an IPv4 address, an IPv6 address without brackets or a host name; None if the text is none of them."""
    if text.startswith("[") and text.endswith("]"):
        return text[1:-1] if ":" in text and _is_ip(text[1:-1]) else None
    if _is_ip(text):
        return text
    return text if _NAME.fullmatch(text) and not _DIGITS_AND_DOTS.fullmatch(text) else None


def parse_address(text: str) -> Address | None:
    """Return host and port of ``host:port`` or ``[::1]:port``; None if the text is neither."""
    name, _, port = text.rpartition(":")
    host = parse_host(name)
    if host is None or (":" in host and not name.startswith("[")):
        return None
    return (host, int(port)) if _PORT.fullmatch(port) and 0 < int(port) < 65_536 else None


def host_in_url(host: str) -> str:
    """Return a host as a URL has it, or as it precedes a port: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def address_text(address: Address) -> str:
    """Return ``host:port``, with IPv6 in brackets."""
    return f"{host_in_url(address[0])}:{address[1]}"


def is_every_address(host: str) -> bool:
    """Return whether a host means every address of the machine: ``0.0.0.0`` or ``::``."""
    return _is_ip(host) and ipaddress.ip_address(host).is_unspecified


def reachable_host(host: str) -> str:
    """Return the host at which this machine reaches a server; one that listens everywhere listens on loopback too."""
    return "127.0.0.1" if is_every_address(host) else host


def unmapped(host: str) -> str:
    """Return a peer's address without the prefix for IPv4 on a socket of both families, as in ``::ffff:192.0.2.1``."""
    try:
        mapped = ipaddress.IPv6Address(host).ipv4_mapped
    except ValueError:
        return host
    return str(mapped) if mapped else host


def bound_socket(address: Address, share_port: bool = False) -> socket.socket:
    """Return a TCP socket that is bound, but does not listen yet. ``::`` accepts IPv4 as well.

    A name stands for its first address, IPv4 before IPv6; ``::ffff:192.0.2.1`` is IPv4.
    ``share_port`` lets several processes listen on one port.

    Raises:
        OSError: the name is unknown, the address is not one of this machine, or the port is taken.
    """
    host, port = unmapped(address[0]), address[1]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, at = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    # asyncio sends small frames at once (TCP_NODELAY) only if the protocol is given.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if share_port:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not is_every_address(host))
        listener.bind(at)
    except OSError:
        listener.close()
        raise
    return listener


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
