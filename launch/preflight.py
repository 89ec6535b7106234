"""Everything that would stop a start, found before anything is started: settings, room, ports, another Trendsite."""

import errno
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import redis

import collector.config
import streaming.config
from contract.environment import Environment, SettingError
from launch.cannot_start import CannotStartError
from launch.disk import require_space
from launch.environment import answers, supervisor_socket
from launch.leftovers import stop_leftovers

# A name that the kernel takes for a unix socket, less what supervisord adds while it opens its own.
_SOCKET_PATH_BYTES = (103 if sys.platform == "darwin" else 107) - len(".4194304")

_MEGABYTES = 500


def check(values: Mapping[str, str]) -> None:
    """Check the whole environment, as ``launch.environment.derive`` completed it.

    Raises:
        SettingError: a setting cannot be used.
        CannotStartError: the machine is not ready.
    """
    settings = Environment(values)
    collector.config.Config.from_env(settings)
    streaming.config.Config.from_env(settings)
    if settings.collector_address()[1] == settings.integer("PORT", 8000, 1, 65_535):
        raise SettingError("COLLECTOR_ADDRESS and PORT name the same port: give one of them another")
    check_redis_url(settings.redis_url())
    check_data_dir(settings.data_dir())
    check_not_running(settings.data_dir())
    check_port(settings.bind_address(), settings.integer("PORT", 8000, 1, 65_535), "PORT", "8001")
    check_port(*settings.collector_address(), "COLLECTOR_ADDRESS", "127.0.0.1:5556")


def check_redis_url(url: str) -> None:
    """Refuse a REDIS_URL that no client understands; its words are not shown, they may hold a password."""
    try:
        redis.Redis.from_url(url).close()
    except ValueError:
        raise SettingError("REDIS_URL is not usable: give redis://host:6379/0 or unix:///path") from None


def check_data_dir(data_dir: Path) -> None:
    """Refuse a DATA_DIR that cannot be written, is too full, or is too long for the sockets in it."""
    socket_path = os.fsencode(supervisor_socket(data_dir))
    if len(socket_path) > _SOCKET_PATH_BYTES:
        raise SettingError(
            f"DATA_DIR={str(data_dir)!r} is {len(socket_path) - _SOCKET_PATH_BYTES} bytes too long "
            "for the unix sockets in it: choose a shorter path"
        )
    try:
        for folder in ("log", "redis"):
            (data_dir / folder).mkdir(parents=True, exist_ok=True)
        (data_dir / "log" / "supervisord.log").touch()
    except OSError as error:
        raise SettingError(f"DATA_DIR={str(data_dir)!r} cannot be written: {error.strerror}") from error
    require_space(data_dir, _MEGABYTES, "DATA_DIR")


def check_not_running(data_dir: Path) -> None:
    """Refuse a DATA_DIR on which another Trendsite runs; stop what is left of one that was killed."""
    supervisor = supervisor_socket(data_dir)
    if not answers(supervisor):
        stop_leftovers(f"unix://{supervisor}")
        supervisor.unlink(missing_ok=True)
    for path in (supervisor, data_dir / "redis.sock"):
        if answers(path):
            raise CannotStartError(
                f"another Trendsite already runs on DATA_DIR={data_dir} ({path.name} answers): "
                "stop it, or choose another DATA_DIR, PORT and COLLECTOR_ADDRESS"
            )


def check_port(host: str, port: int, setting: str, example: str) -> None:
    """Refuse a port that cannot be listened on, naming the setting that changes it."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        reason = "in use by another program" if error.errno == errno.EADDRINUSE else f"not usable: {error.strerror}"
        raise CannotStartError(
            f"port {port} of {host} is {reason}: set {setting} to another, such as {example}"
        ) from error
