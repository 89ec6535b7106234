"""What a server says about itself, and its refusals in words that people can act on. Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from collector.mastodon_servers import Server, is_loopback
from collector.sources.fields import decoded

STREAM_PATH = "/api/v1/streaming/public"
INSTANCE_PATHS = ("/api/v2/instance", "/api/v1/instance")
"""Newest first: servers before version 4.0, and some other software, have only the second."""

FEDI_BUZZ = "https://fedi.buzz, which needs no token"
_SECURE = {"wss": "https", "https": "https"}
_LOCAL = {"ws": "http", "http": "http"}


@dataclass(frozen=True, slots=True)
class Instance:
    """Where a server streams, and who may read its live feeds: ``public``, ``authenticated`` or ``disabled``.

    ``is_known`` is False if the server does not describe itself, as a relay may not.
    """

    stream_url: str
    of_itself: str = "public"
    of_others: str = "public"
    is_known: bool = True


class _Urls(msgspec.Struct):
    streaming: object = None
    streaming_api: object = None


class _Access(msgspec.Struct):
    local: object = None
    remote: object = None


class _TimelinesAccess(msgspec.Struct):
    live_feeds: _Access | None = None


class _Configuration(msgspec.Struct):
    urls: _Urls | None = None
    timelines_access: _TimelinesAccess | None = None


class _Answer(msgspec.Struct):
    """Version 2 has everything in ``configuration``, version 1 only the address, in ``urls``."""

    configuration: _Configuration | None = None
    urls: _Urls | None = None
    version: str | None = None
    uri: str | None = None
    domain: str | None = None


_decoder = msgspec.json.Decoder(_Answer)


def unknown_instance(server: Server) -> Instance:
    """Return what holds for a server that does not describe itself: it streams at its own address."""
    return Instance(server.url + STREAM_PATH, is_known=False)


def read_instance(answer: bytes, server: Server) -> Instance | None:
    """Return what a server says about itself; None if the answer is not of an instance."""
    read = decoded(answer, _decoder)
    if read is None or (read.configuration is None and not (read.version or read.uri or read.domain)):
        return None
    configuration = read.configuration or _Configuration()
    urls = configuration.urls or read.urls or _Urls()
    access = configuration.timelines_access or _TimelinesAccess()
    feeds = access.live_feeds or _Access()
    return Instance(
        (_stream_host(urls.streaming or urls.streaming_api, server) or server.url) + STREAM_PATH,
        feeds.local if isinstance(feeds.local, str) else "public",
        feeds.remote if isinstance(feeds.remote, str) else "public",
    )


def _stream_host(address: object, server: Server) -> str:
    """Return the address of the streams for HTTP; empty if it is none, or not encrypted: the token goes there."""
    if not isinstance(address, str):
        return ""
    try:
        parts = urlsplit(address)
        schemes = _SECURE | _LOCAL if is_loopback(urlsplit(server.url).hostname or "") else _SECURE
        scheme, host, port = schemes.get(parts.scheme), parts.hostname, parts.port
    except ValueError:
        return ""
    if not scheme or not host:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return (
        f"{scheme}://{shown}"
        + (f":{port}" if port else "")
        + parts.path.removesuffix("/").removesuffix("/api/v1/streaming")
    )


def closed_feeds(instance: Instance, server: Server) -> str:
    """Return why a server will not send posts, by its own account; empty if it will, or does not say."""
    feeds = {instance.of_itself, instance.of_others}
    if feeds == {"disabled"}:
        return (
            f"{server.name} has switched its live feeds off: choose another server, or a token of an account whose "
            "role there may see live feeds"
        )
    if not server.token and "public" not in feeds:
        return f"{server.name} shows its live feeds only to its accounts: {_get_token(server)}"
    return ""


def left_out(instance: Instance, server: Server) -> str:
    """Return which posts a server leaves out of its stream, in words; empty if none."""
    closed = ("disabled",) if server.token else ("disabled", "authenticated")
    if instance.of_others in closed and instance.of_itself not in closed:
        return "only posts of its own accounts"
    if instance.of_itself in closed and instance.of_others not in closed:
        return "without posts of its own accounts"
    return ""


def refusal(status: int, text: str, server: Server, instance: Instance) -> str:
    """Explain an HTTP status that refuses the stream. ``text`` is the server's own reason, perhaps empty."""
    because = f" ({text})" if text else ""
    if status == 401 and not server.token:
        return f"{server.name} asks for a token{because}: {_get_token(server)}"
    if status == 401:
        return (
            f"{server.name} does not accept the token{because}: make one of your account at "
            f"{server.url}/settings/applications, with the scope read:statuses, for MASTODON_TOKEN"
        )
    if status == 403:
        needs = "the token needs the scope read:statuses, and its account must be confirmed and not suspended"
        return f"{server.name} forbids the stream{because}: {needs if server.token else _get_token(server)}"
    if status in (404, 405, 410) and not instance.is_known:
        return f"{server.name} is not a Mastodon server (it answered {status}): correct MASTODON_URL"
    if status in (404, 405, 410):
        return f"{server.name} has no public stream (it answered {status}): choose another server"
    return f"{server.name} refuses the stream: it answered {status}{because}"


def web_page(server: Server) -> str:
    """Explain an answer that is not a stream of events."""
    return (
        f"{server.name} answered with a web page instead of a stream: it is not a Mastodon server, or something before "
        f"it does not let {STREAM_PATH} through: correct MASTODON_URL"
    )


def moved(server: Server, target: str) -> str:
    """Explain a redirect, which is not followed: the token would go to another server."""
    try:
        parts = urlsplit(target)
        host = parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        host = None
    to = f"https://{host}" if host and host.isascii() and host.isprintable() else "another address"
    return f"{server.name} refers to {to}: set MASTODON_URL to the server's own address"


def _get_token(server: Server) -> str:
    return (
        f"set MASTODON_TOKEN={server.name}=... to a token of an account there, made at "
        f"{server.url}/settings/applications with the scope read:statuses; or use {FEDI_BUZZ}"
    )
