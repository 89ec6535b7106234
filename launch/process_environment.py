"""The environment that every process of one Trendsite shares: ``.env``, and the values derived from it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from dotenv import load_dotenv

from contract.environment import Environment, remove_foreign_variables
from contract.past_days import read_past_days
from launch import java
from launch.machine import find_redis_server
from launch.parts import check_shared

ROOT = Path(__file__).resolve().parent.parent

PACKAGES = ROOT / "locks" / "requirements.lock"

OWN_OUTPUT = "/dev/fd/1"


def load() -> None:
    """Add ``.env`` to the environment, where variables already set win; remove variables meant for other programs."""
    load_dotenv(ROOT / ".env")
    remove_foreign_variables(os.environ)


def derive(values: Mapping[str, str], terminal: str, live: bool) -> dict[str, str]:
    """Return the variables that supervisord.conf and the processes read, with every path absolute.

    ``terminal`` is the file that the greeter writes to; ``live`` is whether it can rewrite a line.

    Raises:
        SettingError: PARTS, PORT, SOURCE or SITE_PROCESSES is not usable, or two machines do not share what they must.
        CannotStartError: there is no Redis server, neither embedded nor in REDIS_URL.
    """
    settings = Environment(values)
    check_shared(values)
    is_embedded = not settings.text("REDIS_URL")
    return {
        "DATA_DIR": str(settings.data_dir()),
        "PORT": str(settings.integer("PORT", 8000, 1, 65_535)),
        "BIND_ADDRESS": settings.bind_address(),
        "COLLECTORS": str(len(settings.sources())),
        "SITE_PROCESSES": str(settings.site_processes()),
        "REDIS_URL": settings.redis_url(),
        "REDIS_SERVER": str(find_redis_server()) if is_embedded else "redis-server",
        "EMBEDDED_REDIS": "true" if is_embedded else "false",
        "DJANGO_SETTINGS_MODULE": "trendsite.settings",
        "PYTHON": sys.executable,
        "PYTHONUNBUFFERED": "1",
        "SENDS_ALERTS": "true" if settings.text("ALERT_EMAIL") or settings.text("ALERT_WEBHOOK") else "false",
        "ARCHIVES_CLASSES": "true" if wants_class_archive(values) else "false",
        "SIMULATES_PAST_DAYS": "true" if wants_past_days(settings) else "false",
        "GREETER_OUTPUT": terminal,
        "GREETER_IS_LIVE": "1" if live else "0",
        # Only a file of ours can be rotated.
        "GREETER_LOG_BYTES": "0" if terminal == OWN_OUTPUT else "1MB",
    }


def wants_past_days(settings: Environment) -> bool:
    """Return whether the days before the simulator's first start are still to be simulated.

    Raises:
        SettingError: SIMULATOR_PAST_DAYS is not usable.
    """
    days = settings.integer("SIMULATOR_PAST_DAYS", 7, 0, 28)
    is_simulator = settings.sources() == ["simulator"]
    return is_simulator and days > 0 and not read_past_days(settings.data_dir()).result


def wants_class_archive(values: Mapping[str, str]) -> bool:
    """Return whether the archive of Java's classes is still to be made for the Java of JAVA_HOME."""
    home = values.get("JAVA_HOME")
    return home is not None and not java.is_archived(Path(sys.prefix), Path(home), PACKAGES)


def terminal_file(data_dir: Path) -> str:
    """Return the file through which supervisord reaches our own output.

    supervisord opens it by name. A socket (as under systemd) or another user's terminal does not allow that, so it is
    a log then.
    """
    try:
        Path(OWN_OUTPUT).open("ab").close()
    except OSError:
        return str(data_dir / "log" / "greeter.log")
    return OWN_OUTPUT
