"""The collector's settings, read and checked once at start."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from collector.mastodon_servers import Server, read_servers
from contract.address import Address, parse_host
from contract.environment import Environment, SettingError
from contract.kafka_log import KafkaTopic
from contract.kafka_settings import log_topic, source_topic

_MIB = 1024 * 1024
_PUBLIC_JETSTREAM = (
    "wss://jetstream2.us-east.bsky.network,wss://jetstream1.us-east.bsky.network,"
    "wss://jetstream2.us-west.bsky.network,wss://jetstream1.us-west.bsky.network"
)
_WEB_SOCKET = re.compile(r"(?i:wss?)://(?P<host>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True)
class Config:
    """Every setting of one collector process.

    ``running`` are the names of all sources that run side by side, ``source`` is the one of this process. It listens
    at ``address``.
    """

    source: str
    running: tuple[str, ...]
    data_dir: Path
    address: Address
    collector_secret: str = field(repr=False)
    redis_url: str = field(repr=False)
    day_grace: timedelta
    spool_max_bytes: int
    log_topic: KafkaTopic | None
    simulator_seed: int
    simulator_posts_per_second: float
    simulator_past_days: int
    replay_file: Path | None
    replay_speed: float
    replay_shift: str
    x_bearer_token: str = field(repr=False)
    x_api_url: str
    x_stream: str
    x_monthly_post_budget: int
    mastodon_servers: tuple[Server, ...]
    mastodon_with_bots: bool
    jetstream_urls: tuple[str, ...]
    jetstream_version: int | None
    kafka_topic: KafkaTopic | None

    @classmethod
    def from_env(cls, env: Environment, network: str = "") -> "Config":
        """Return the settings of the collector of ``network``, which may be left out if SOURCE has one name.

        Raises:
            SettingError: a setting is missing or cannot be used.
        """
        running, addresses = env.sources(), env.collector_listen_addresses()
        source = _own_source(running, network)
        return cls(
            source=source,
            running=tuple(running),
            data_dir=env.data_dir(),
            address=addresses[running.index(source)],
            collector_secret=env.collector_secret(),
            redis_url=env.redis_url(),
            day_grace=timedelta(seconds=env.integer("DAY_GRACE", 3600, 0, 43_200)),
            spool_max_bytes=env.integer("SPOOL_MAX_BYTES", 2048 * _MIB, _MIB, 2**50),
            log_topic=log_topic(env),
            simulator_seed=env.integer("SIMULATOR_SEED", 1, 0, 2**31 - 1),
            simulator_posts_per_second=env.number("SIMULATOR_POSTS_PER_SECOND", 250, 0, 20_000),
            simulator_past_days=env.integer("SIMULATOR_PAST_DAYS", 7, 0, 28),
            replay_file=_replay_file(env) if source == "replay" else None,
            replay_speed=env.number("REPLAY_SPEED", 1, 0, 1_000_000),
            replay_shift=env.choice("REPLAY_SHIFT", "now", ("now", "none")),
            x_bearer_token=_bearer_token(env) if source == "x" else "",
            x_api_url=_http_url(env, "X_API_URL", "https://api.x.com"),
            x_stream=env.choice("X_STREAM", "filtered", ("filtered", "sample")),
            x_monthly_post_budget=env.x_monthly_post_budget(),
            mastodon_servers=_mastodon_servers(env) if source == "mastodon" else (),
            mastodon_with_bots=env.flag("MASTODON_BOTS", default=False),
            jetstream_urls=_jetstream_urls(env),
            jetstream_version=_jetstream_version(env),
            kafka_topic=source_topic(env) if source == "kafka" else None,
        )

    def running_beside(self, stream: str) -> tuple[str, ...]:
        """Return the names of all running streams; ``stream`` is that of this process. Networks name theirs."""
        return self.running if len(self.running) > 1 else (stream,)


def _own_source(running: list[str], network: str) -> str:
    """Return the source of this process: one collector collects one of those that run side by side."""
    if network and network not in running:
        raise SettingError(f"SOURCE={','.join(running)!r} does not name {network}: name what is to be collected")
    if not network and len(running) > 1:
        raise SettingError(f"SOURCE has several networks: name this one's, as in python -m collector {running[0]}")
    return network or running[0]


def _replay_file(env: Environment) -> Path:
    path = Path(env.required("REPLAY_FILE", "SOURCE=replay needs a file of posts")).expanduser().resolve()
    if not path.is_file():
        raise SettingError(f"REPLAY_FILE={str(path)!r} is not a file: give recorded posts as JSON, plain, .gz or .zst")
    try:
        path.open("rb").close()
    except OSError as error:
        raise SettingError(f"REPLAY_FILE={str(path)!r} cannot be read: {error.strerror}") from error
    return path


def _mastodon_servers(env: Environment) -> tuple[Server, ...]:
    return read_servers(env.items("MASTODON_URL"), env.items("MASTODON_TOKEN"))


def _bearer_token(env: Environment) -> str:
    token = env.required("X_BEARER_TOKEN", "SOURCE=x needs the bearer token of an X app")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise SettingError("X_BEARER_TOKEN is not usable: it has characters no token has")
    return token


def _http_url(env: Environment, name: str, default: str) -> str:
    """Return a server's address. An unusable one is not shown, since it may have a password."""
    url = env.text(name, default).rstrip("/")
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or "@" in url or "?" in url or "#" in url or not url.isascii() or not url.isprintable():
        raise SettingError(f"{name} is not usable: give http://host or https://host, without a user or a password")
    return url


def _jetstream_version(env: Environment) -> int | None:
    version = env.choice("JETSTREAM_VERSION", "auto", ("auto", "1", "2"))
    return None if version == "auto" else int(version)


def _jetstream_urls(env: Environment) -> tuple[str, ...]:
    """Return the servers of JETSTREAM_URL, each as ``wss://host`` or ``ws://host:port``.

    An unusable one is not shown, since it may have a password.
    """
    urls = []
    for url in env.items("JETSTREAM_URL", _PUBLIC_JETSTREAM):
        address = _WEB_SOCKET.fullmatch(url.rstrip("/"))
        if address is None or parse_host(address["host"]) is None or not 0 < int(address["port"] or 443) < 65_536:
            raise SettingError(
                "JETSTREAM_URL is not usable: give wss://host or ws://host:port, several with commas, without a path, "
                "a user or a password"
            )
        urls.append(address[0].lower())
    if not urls:
        raise SettingError("JETSTREAM_URL names no server: give wss://host, or leave it unset for Bluesky's own")
    return tuple(dict.fromkeys(urls))
