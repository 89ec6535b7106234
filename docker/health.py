"""``python health.py site | collector [NETWORK] | streaming | archive``: exit code 0 if this container's part works.

The site and the collector must answer. Streaming and the archive report to Redis, so they count as ill while Redis is
away. A container that is ill needs a person, not a restart: each part finds back by itself.
"""

import http.client
import json
import os
import socket
import sys
from collections.abc import Callable

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from contract import redis_names
from contract.environment import Environment, SettingError

_TIMEOUT_SECONDS = 4
_STATUS_BYTES = 1_048_576


def check_site(settings: Environment) -> None:
    """Ask for /healthz, with a Host that the site accepts."""
    first = settings.hosts("ALLOWED_HOSTS", "127.0.0.1")[0].lstrip(".")
    host = "127.0.0.1" if first in ("", "*") else first
    connection = http.client.HTTPConnection(
        "127.0.0.1", settings.integer("PORT", 8000, 1, 65_535), timeout=_TIMEOUT_SECONDS
    )
    connection.request("GET", "/healthz", headers={"Host": host})
    response = connection.getresponse()
    if response.status != http.HTTPStatus.OK:
        raise ConnectionError(f"/healthz answers {response.status}")


def check_collector(settings: Environment) -> None:
    """Ask the collector for its status. Of several networks, the command line names the one."""
    sources = settings.sources()
    network = sys.argv[2] if len(sys.argv) > 2 else sources[0]
    address = settings.collector_addresses()[sources.index(network)]
    with socket.create_connection(address, timeout=_TIMEOUT_SECONDS) as connection, connection.makefile("rb") as answer:
        connection.sendall(b'{"ask":"status"}\n')
        json.loads(answer.readline(_STATUS_BYTES))


def check_streaming(settings: Environment) -> None:
    """Look for a fresh report about any stream."""
    with _redis(settings) as client:
        names = json.loads(client.get(redis_names.SOURCES) or "[]")
        if not any(client.exists(redis_names.streaming_status(name)) for name in names):
            raise ConnectionError("streaming does not report")


def check_archive(settings: Environment) -> None:
    """Look for a fresh report."""
    with _redis(settings) as client:
        if not client.exists(redis_names.ARCHIVE_STATUS):
            raise ConnectionError("the archive does not report")


def _redis(settings: Environment) -> "redis.Redis":
    return redis.Redis.from_url(
        settings.redis_url(),
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


CHECKS: dict[str, Callable[[Environment], None]] = {
    "site": check_site,
    "collector": check_collector,
    "streaming": check_streaming,
    "archive": check_archive,
}


def main() -> None:
    """Check the part that the command line names."""
    try:
        CHECKS[sys.argv[1]](Environment(os.environ))
    except (OSError, ValueError, SettingError, http.client.HTTPException, redis.RedisError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")


if __name__ == "__main__":
    main()
