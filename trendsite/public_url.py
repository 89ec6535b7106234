"""The site's public address, PUBLIC_URL, and the origin of every absolute link in mails, feeds and pages.

The ``Host`` of a request is used only if the settings allow it, so a stranger cannot choose where a link leads.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from contract.environment import SettingError, is_host

_EXAMPLE = "give scheme, host and, if it is not served at /, a path: https://board.example/trends/"
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_OUR_FIRST_SEGMENTS = frozenset(
    {
        *("account", "admin", "alerts", "api", "compare", "days", "embed", "feeds", "forgotten-password", "hashtags"),
        *("healthz", "hidden", "invitation", "language", "languages", "login", "logout", "metrics", "moderation"),
        *("months", "own-board", "people", "readyz", "search", "static", "status", "weeks", "ws", "years"),
        *("board-code.svg", "board-history", "manifest.webmanifest", "offline", "service-worker.js"),
    }
)
_STANDARD_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class PublicUrl:
    """``origin`` is ``https://board.example``; ``prefix`` the path, ``/trends`` or empty, without its last slash."""

    origin: str
    host: str
    prefix: str

    @property
    def is_https(self) -> bool:
        """Whether browsers use https."""
        return self.origin.startswith("https:")


def parse_public_url(text: str) -> PublicUrl:
    """Return PUBLIC_URL, checked.

    Raises:
        SettingError: it is not a usable URL.
    """
    refusal = SettingError(f"PUBLIC_URL={_shown(text)!r} is not usable: {_EXAMPLE}")
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise refusal from None
    host = f"[{url.hostname}]" if url.hostname and ":" in url.hostname else url.hostname or ""
    prefix = url.path.rstrip("/")
    is_plain = not (url.query or url.fragment or "@" in url.netloc) and host not in ("", "*") and host[0] != "."
    if url.scheme not in _STANDARD_PORTS or not is_plain or not is_host(host) or port == 0:
        raise refusal
    segments = prefix.split("/")[1:]
    if not _PREFIX.fullmatch(prefix) or {".", ".."} & set(segments):
        raise refusal
    if segments and segments[0] in _OUR_FIRST_SEGMENTS:
        raise SettingError(f"PUBLIC_URL={text!r} is not usable: the site has pages at /{segments[0]} of its own")
    shown_port = "" if port in (None, _STANDARD_PORTS[url.scheme]) else f":{port}"
    return PublicUrl(f"{url.scheme}://{host}{shown_port}", host, prefix)


def _shown(text: str) -> str:
    """Return an address without a password."""
    return re.sub(r"//[^/@]*@", "//…@", text)


def site_origin() -> str:
    """Return the site's origin for mails, independent of any request: PUBLIC_URL, or a host that it serves."""
    public: PublicUrl | None = settings.PUBLIC_URL
    if public:
        return public.origin
    named = [host for host in settings.ALLOWED_HOSTS if host[0] not in "*."]
    return _origin_of(named[0] if named else "localhost", has_port=True)


def request_origin(request: HttpRequest) -> str:
    """Return the site's origin for a response: PUBLIC_URL, or the request's allowed host at our own port."""
    public: PublicUrl | None = settings.PUBLIC_URL
    if public:
        return public.origin
    host, _, port = request.get_host().rpartition(":")
    return _origin_of(host, has_port=True) if port.isdigit() else _origin_of(request.get_host(), has_port=False)


def _origin_of(host: str, has_port: bool) -> str:
    """Return the origin of a host, always with our port; behind a proxy that ends TLS, with the proxy's."""
    if settings.SITE_IS_HTTPS:
        return f"https://{host}"
    return f"http://{host}:{settings.SITE_PORT}" if has_port else f"http://{host}"
