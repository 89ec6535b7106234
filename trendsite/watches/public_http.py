"""Posts to an address that a user chose, and to no machine of a private network.

The host is resolved once. Every address that it has must be public, and the connection goes to one of those: a second
answer of its name server changes nothing. Redirects are not followed. The whole exchange has one deadline.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

DEADLINE_SECONDS = 10.0
MAX_ANSWER_BYTES = 4_096

_CONNECT_SECONDS = 5.0
_STANDARD_PORTS = {"http": 80, "https": 443}
_LEAST_OTHER_PORT = 1_024
_TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
"""IPv6 addresses that stand for an IPv4 address, which may be private."""


class AddressError(ValueError):
    """An address that is not called. The message is one line for people."""


class CallError(RuntimeError):
    """A call that failed. ``text``, marked for translation, has a placeholder for the name of the ``error``."""

    def __init__(self, text: str, error: Exception) -> None:
        self.text, self.error = text, type(error).__name__
        super().__init__(text % {"error": self.error})


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the internet: not private, loopback, link-local, multicast or reserved."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _TRANSLATED):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def public_addresses(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host.

    Raises:
        AddressError: one of them is not public.
        OSError: the host has none.
    """
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(map(is_public, found)):
        raise AddressError(gettext_noop("the address is in a private network"))
    return found


def any_addresses(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host, whatever they are.

    Raises:
        OSError: the host has none.
    """
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


Resolve = Callable[[str, int], list[str]]


def checked_url(url: str) -> SplitResult:
    """Return the parts of a URL that may be called.

    Raises:
        AddressError: its scheme, host, port or user is not allowed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressError(_("This is no address of the web.")) from None
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in _STANDARD_PORTS or not parts.hostname or not is_plain:
        raise AddressError(_("Give an address such as https://example.org/hook."))
    if parts.username or parts.password:
        raise AddressError(_("Leave out user and password: the signature shows who calls."))
    if port is not None and port not in _STANDARD_PORTS.values() and port < _LEAST_OTHER_PORT:
        raise AddressError(_("Give port 80, 443 or one from 1024 on."))
    return parts


@dataclass(frozen=True)
class Answer:
    """What a server answered: its status and the seconds after which it wants the next attempt, 0 for none."""

    status: int
    retry_after: int = 0


def post(url: str, body: bytes, headers: Mapping[str, str], resolve: Resolve = public_addresses) -> Answer:
    """Post a body and return the answer.

    Raises:
        AddressError: the address may not be called.
        CallError: there was no answer in time.
    """
    parts = checked_url(url)
    port = parts.port or _STANDARD_PORTS[parts.scheme]
    host = parts.hostname or ""
    try:
        address = resolve(host, port)[0]
    except (OSError, UnicodeError) as error:
        raise CallError(gettext_noop("no connection (%(error)s)"), error) from error
    connection = _connection(parts.scheme, host, port, address)
    deadline = threading.Timer(DEADLINE_SECONDS, _cut, [connection])
    deadline.daemon = True
    deadline.start()
    try:
        return _exchange(connection, parts, body, headers)
    finally:
        deadline.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to one IP address of its host."""

    address = ""

    def connect(self) -> None:
        """Connect to the address that was checked."""
        self.sock = socket.create_connection((self.address, self.port), _CONNECT_SECONDS)


class _PinnedTls(_Pinned):
    """The same with TLS, whose certificate must be that of the host."""

    def connect(self) -> None:
        """Connect, and shake hands in the name of the host."""
        super().connect()
        context = ssl.create_default_context()
        # First the socket, then the handshake: the deadline can cut it.
        tls = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = tls
        tls.do_handshake()


def _exchange(connection: _Pinned, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> Answer:
    try:
        connection.connect()
    except OSError as error:
        raise CallError(gettext_noop("no connection (%(error)s)"), error) from error
    try:
        target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
        answer.read(MAX_ANSWER_BYTES)
        return Answer(answer.status, _seconds(answer.getheader("Retry-After", "")))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CallError(gettext_noop("no answer (%(error)s)"), error) from error


def _connection(scheme: str, host: str, port: int, address: str) -> _Pinned:
    connection = (_PinnedTls if scheme == "https" else _Pinned)(host, port, timeout=_CONNECT_SECONDS)
    connection.address = address
    return connection


def _cut(connection: http.client.HTTPConnection) -> None:
    """End an exchange that takes too long: each read has a time limit, and a server may send one byte at a time."""
    try:
        if connection.sock:
            connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _seconds(value: str) -> int:
    return min(int(value), 3_600) if value.isascii() and value.isdigit() and len(value) < 10 else 0
