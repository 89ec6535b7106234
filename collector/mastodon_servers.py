"""The settings MASTODON_URL and MASTODON_TOKEN -> the servers to read. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from contract.environment import SettingError, is_host

MAX_SERVERS = 20
"""Each server has a connection and a thread of its own."""

_EXAMPLE = "https://mastodon.example"
_WITHOUT_SECRETS = re.compile(r"([a-z]{1,10}://)?[A-Za-z0-9.*_-]{0,255}(:[0-9]{1,5})?(/[a-z0-9/]{0,100})?")
_TOKEN = re.compile(r"[!-+\--~]{1,512}")  # what a header may contain, without a comma


@dataclass(frozen=True, slots=True)
class Server:
    """One server. ``name`` is its host, with the port if it is an unusual one; ``url`` has no path.

    ``token`` is empty if the server needs none. It goes to this server only, and never into an address.
    """

    name: str
    url: str
    token: str = field(default="", repr=False)


def read_servers(urls: Sequence[str], tokens: Sequence[str]) -> tuple[Server, ...]:
    """Return the servers of the items of both settings, each server once.

    Raises:
        SettingError: an item cannot be used. Its message has no token.
    """
    if not urls:
        raise SettingError(
            "MASTODON_URL is not set: give a server on which you have an account, and its MASTODON_TOKEN, "
            "or https://fedi.buzz, which needs no token"
        )
    servers = {server.name: server for server in map(_server, urls)}
    if len(servers) > MAX_SERVERS:
        raise SettingError(f"MASTODON_URL has {len(servers)} servers: give at most {MAX_SERVERS}")
    of_servers = _tokens(tokens, list(servers))
    return tuple(Server(server.name, server.url, of_servers.get(server.name, "")) for server in servers.values())


def _server(item: str) -> Server:
    """Return the server of one item of MASTODON_URL."""
    parts = _parts(item)
    if parts is None or parts.scheme not in ("http", "https"):
        raise SettingError(f"MASTODON_URL has {_shown(item)}, which is no server: give {_EXAMPLE}")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        raise SettingError(
            f"MASTODON_URL has {_shown(item)}: give only the server, such as {_EXAMPLE}, and its token in "
            "MASTODON_TOKEN"
        )
    host = parts.hostname or ""
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingError(f"MASTODON_URL has {_shown(item)}, which is not encrypted: give https://{parts.netloc}")
    return Server(_name(parts), f"{parts.scheme}://{parts.netloc.lower()}")


def _parts(item: str) -> SplitResult | None:
    """Return the parts of an address, ``https`` if it names no scheme; None if it has no usable host."""
    try:
        parts = urlsplit(item if "://" in item else f"https://{item}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    is_usable = is_host(f"[{host}]" if ":" in host else host) and not host.startswith((".", "*"))
    return parts if is_usable and port != 0 else None


def _name(parts: SplitResult) -> str:
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    usual = 443 if parts.scheme == "https" else 80
    return shown if parts.port in (None, usual) else f"{shown}:{parts.port}"


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, where nothing needs encryption."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shown(item: str) -> str:
    """Return an address as an error shows it, unless it may have a password or a token."""
    return repr(item) if _WITHOUT_SECRETS.fullmatch(item) else "an address that is not shown, as it may have a password"


def _tokens(items: Sequence[str], names: list[str]) -> dict[str, str]:
    """Return the tokens by server."""
    tokens: dict[str, str] = {}
    for item in items:
        name, token = _token(item, names)
        if not _TOKEN.fullmatch(token):
            raise SettingError(f"MASTODON_TOKEN of {name} is not usable: it is empty or has characters no token has")
        tokens[name] = token
    if len(items) > len(tokens):
        raise SettingError("MASTODON_TOKEN has several tokens for one server: give one")
    return tokens


def _token(item: str, names: list[str]) -> tuple[str, str]:
    """Return (server, token) of one item of MASTODON_TOKEN, which has the server's host or is for the only server."""
    before, equals, token = item.partition("=")
    parts = _parts(before.strip()) if equals else None
    name = _name(parts) if parts else ""
    if name in names:
        return name, token.strip()
    if name and ("." in name or ":" in name):
        raise SettingError(
            f"MASTODON_TOKEN has a token for a server that is not in MASTODON_URL ({', '.join(names)}): correct one of "
            "them"
        )
    if len(names) > 1:
        raise SettingError(
            f"MASTODON_TOKEN has a token without a server: with several servers give {names[0]}=... for each that "
            "needs one, separated by commas"
        )
    return names[0], item
