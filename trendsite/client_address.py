"""The address of a client: viewers, API requests and failed log-ins are counted by it."""

import ipaddress
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest

from contract.address import unmapped

_MAX_CHARACTERS = 64


def address_of(peer: str, headers: Iterable[tuple[bytes, bytes]], behind_proxy: bool) -> str:
    """Return the address of a client: an IPv4 address, or the /64 network of an IPv6 address.

    ``peer`` is the other end of the connection. Behind a proxy the client is the last entry of X-Forwarded-For: the
    proxy wrote that one, while the client may have sent the others.
    """
    forwarded = [value for name, value in headers if name == b"x-forwarded-for"] if behind_proxy else []
    text = forwarded[-1].decode("latin-1").rpartition(",")[2].strip() if forwarded else peer
    try:
        address = ipaddress.ip_address(unmapped(_without_port(text)))
    except ValueError:
        return text[:_MAX_CHARACTERS]
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def request_address(request: HttpRequest) -> str:
    """Return the address of the client of a Django request."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    headers = [(b"x-forwarded-for", forwarded.encode("latin-1", "replace"))] if forwarded else []
    return address_of(request.META.get("REMOTE_ADDR") or "", headers, behind_proxy=settings.SITE_IS_HTTPS)


def _without_port(text: str) -> str:
    """Return an address without the port that some proxies add: 192.0.2.1:567, [2001:db8::1]:567."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
