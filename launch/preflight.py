"""Checks before anything starts: settings, disk space, ports, Redis, and whether another Trendsite runs."""

import errno
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

import collector.config
import streaming.config
from contract.address import Address, bound_socket, host_in_url
from contract.data_version import check_data_version, claim_data_dir
from contract.environment import Environment, SettingError
from contract.files import ForeignFileError, make_private
from contract.redis_fault import raise_fault
from contract.secret import collector_secret
from launch.machine import OLDEST_REDIS, CannotStartError, require_space
from launch.parts import read_parts
from launch.process_environment import ROOT
from launch.supervise import has_listener, stop_leftovers, supervisor_socket
from trendsite.alerts.config import AlertConfig

# The longest path that the kernel accepts for a unix socket, less what supervisord adds while it opens its own.
_SOCKET_PATH_BYTES = (103 if sys.platform == "darwin" else 107) - len(".4194304")

_MEGABYTES = 500
_REDIS_TIMEOUT_SECONDS = 2


def check_settings(values: Mapping[str, str]) -> None:
    """Check the settings of the parts on this machine, and make DATA_DIR ready.

    ``launch.process_environment.derive`` has completed the environment.

    Raises:
        SettingError: a setting cannot be used.
        CannotStartError: the disk is too full.
    """
    settings = Environment(values)
    parts, port = read_parts(settings), settings.integer("PORT", 8000, 1, 65_535)
    if parts.has_pipeline:
        for source in settings.sources():
            collector.config.Config.from_env(settings, source)
        streaming.config.StreamingConfig.from_env(settings)
    if parts.has_site:
        AlertConfig.from_env(settings)
    addresses = settings.collector_listen_addresses() if parts.has_pipeline else []
    if parts.has_site and port in (collector_port for _, collector_port in addresses):
        raise SettingError("COLLECTOR_ADDRESS and PORT name the same port: give one of them another")
    check_redis(settings.redis_url())
    check_data_version(settings.data_dir())
    check_data_dir(settings.data_dir())


def check_machine(values: Mapping[str, str]) -> None:
    """Check that nothing else runs on DATA_DIR and the ports, and that the data is no newer than this program.

    Raises:
        SettingError: a setting cannot be used.
        CannotStartError: another Trendsite or another program is in the way.
    """
    settings = Environment(values)
    parts, port = read_parts(settings), settings.integer("PORT", 8000, 1, 65_535)
    addresses = settings.collector_listen_addresses() if parts.has_pipeline else []
    if parts.has_pipeline:
        collector_secret(settings.data_dir(), settings.collector_secret())
    check_not_running(settings.data_dir())
    if parts.has_site:
        check_address((settings.bind_address(), port), "PORT to another, such as 8001", "BIND_ADDRESS")
    name = "COLLECTOR_BIND_ADDRESS" if settings.text("COLLECTOR_BIND_ADDRESS") else "COLLECTOR_ADDRESS"
    for address in addresses:
        check_address(address, "COLLECTOR_ADDRESS to another, such as 127.0.0.1:5655", name)
    claim_data_dir(settings.data_dir())


def check_redis(url: str) -> None:
    """Refuse a REDIS_URL that its server refuses, or whose server is too old. It is never shown, for its password.

    A server that does not answer now is no error, because every process waits for it.
    """
    try:
        with redis.Redis.from_url(
            url,
            protocol=2,
            socket_timeout=_REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        ) as client:
            version = str(client.info("server").get("redis_version", ""))
    except Exception as error:  # noqa: BLE001 - a Redis that is away is waited for
        raise_fault(error)
        return
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if numbers and numbers < OLDEST_REDIS:
        raise SettingError(f"REDIS_URL leads to Redis {version}: Redis 6.2 or newer, or Valkey, is needed")


def check_data_dir(data_dir: Path) -> None:
    """Refuse a DATA_DIR that is shared, not writable, too full, or too long for its sockets.

    Afterwards only its owner can read the folder and its content.
    """
    socket_path = os.fsencode(supervisor_socket(data_dir))
    if len(socket_path) > _SOCKET_PATH_BYTES:
        raise SettingError(
            f"DATA_DIR={str(data_dir)!r} is {len(socket_path) - _SOCKET_PATH_BYTES} bytes too long "
            "for the unix sockets in it: choose a shorter path"
        )
    try:
        _refuse_shared(data_dir)
        make_private(data_dir)
        for folder in ("log", "redis"):
            (data_dir / folder).mkdir(parents=True, exist_ok=True)
        (data_dir / "log" / "supervisord.log").touch()
    except ForeignFileError as error:
        raise SettingError(f"DATA_DIR={str(data_dir)!r} cannot be used: {error}") from None
    except OSError as error:
        raise SettingError(f"DATA_DIR={str(data_dir)!r} cannot be written: {error.strerror}") from error
    require_space(data_dir, _MEGABYTES, "DATA_DIR")


def _refuse_shared(data_dir: Path) -> None:
    """Refuse another user's folder, or one with more than our data, because DATA_DIR becomes private to its owner."""
    home = Path(os.path.expanduser("~")).resolve()  # noqa: PTH111 - Path.home() fails for a user without one
    if data_dir in (ROOT, *ROOT.parents, home, *home.parents, Path(tempfile.gettempdir()).resolve()):
        raise SettingError(f"DATA_DIR={str(data_dir)!r} holds more than Trendsite's data: give it a folder of its own")
    if data_dir.exists() and (owner := data_dir.stat().st_uid) != os.geteuid():
        raise SettingError(
            f"DATA_DIR={str(data_dir)!r} belongs to user {owner}, and this is user {os.geteuid()}: "
            f"start it as that user, give it to this one (chown -R {os.geteuid()}), or choose another"
        )


def check_not_running(data_dir: Path) -> None:
    """Refuse a DATA_DIR on which another Trendsite runs; stop the leftovers of one that was killed."""
    supervisor = supervisor_socket(data_dir)
    if not has_listener(supervisor):
        stop_leftovers(f"unix://{supervisor}")
        supervisor.unlink(missing_ok=True)
    for path in (supervisor, data_dir / "redis.sock"):
        if has_listener(path):
            raise CannotStartError(
                f"another Trendsite already runs on DATA_DIR={data_dir} ({path.name} answers): "
                "stop it, or choose another DATA_DIR, PORT and COLLECTOR_ADDRESS"
            )


def check_address(address: Address, other_port: str, setting: str) -> None:
    """Refuse an address that we cannot listen on, and name the fix: ``other_port``, or the ``setting`` to change."""
    host, port = address
    try:
        bound_socket(address).close()
    except OSError as error:
        where = f"port {port} of {host_in_url(host)}"
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            reason = "in use by another program" if error.errno == errno.EADDRINUSE else "not allowed to this user"
            raise CannotStartError(f"{where} is {reason}: set {other_port}") from error
        raise CannotStartError(
            f"{where} is not usable ({error.strerror}): set {setting} to an address or name of this machine"
        ) from error
