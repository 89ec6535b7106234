"""Settings from the environment: read by name, checked at start, refused with one line that says how to fix it."""

from collections.abc import Mapping
from pathlib import Path


class SettingError(ValueError):
    """A setting that cannot be used. The message is one line: its name, what is wrong, what to do."""


class Environment:
    """The settings of one process: a mapping such as ``os.environ``, read with defaults and checks.

    An empty value counts as unset. Every method raises SettingError on a value it cannot use.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        """Read from ``values``."""
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        """Return the value, without surrounding space."""
        return self._values.get(name, "").strip() or default

    def required(self, name: str, reason: str) -> str:
        """Return the value; ``reason`` completes "NAME is not set: ..."."""
        value = self.text(name)
        if not value:
            raise SettingError(f"{name} is not set: {reason}")
        return value

    def choice(self, name: str, default: str, options: tuple[str, ...]) -> str:
        """Return the value, one of ``options``."""
        value = self.text(name, default)
        if value not in options:
            raise SettingError(f"{name}={value!r} is unknown: use one of {', '.join(options)}")
        return value

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """Return the value as a whole number in [low, high]."""
        value = self.text(name, str(default))
        if not value.lstrip("-").isascii() or not value.lstrip("-").isdigit() or not low <= int(value) <= high:
            raise SettingError(f"{name}={value!r} is not usable: give a whole number from {low} to {high}")
        return int(value)

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """Return the value as a number in [low, high]."""
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not low <= number <= high:
            raise SettingError(f"{name}={value!r} is not usable: give a number from {low:g} to {high:g}")
        return number

    def flag(self, name: str, default: bool) -> bool:
        """Return the value as a yes or no."""
        return self.choice(name, "1" if default else "0", ("0", "1")) == "1"

    def address(self, name: str, default: str) -> tuple[str, int]:
        """Return the value, ``host:port``, as a pair."""
        value = self.text(name, default)
        host, _, port = value.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
            raise SettingError(f"{name}={value!r} is not an address: give host:port, such as {default}")
        return host, int(port)

    def data_dir(self) -> Path:
        """Return DATA_DIR: everything that lasts lies under it."""
        return Path(self.text("DATA_DIR", "var")).expanduser().resolve()

    def bind_address(self) -> str:
        """Return BIND_ADDRESS, where the site listens: this machine only, or every network it is in."""
        return self.choice("BIND_ADDRESS", "127.0.0.1", ("127.0.0.1", "0.0.0.0"))  # noqa: S104 - a person's choice

    def site_processes(self) -> int:
        """Return SITE_PROCESSES: how many processes serve the site, on one port."""
        return self.integer("SITE_PROCESSES", 1, 1, 64)

    def collector_address(self) -> tuple[str, int]:
        """Return COLLECTOR_ADDRESS, where the collector serves and streaming reads."""
        return self.address("COLLECTOR_ADDRESS", "127.0.0.1:5555")

    def x_monthly_post_budget(self) -> int:
        """Return X_MONTHLY_POST_BUDGET: how many posts X may send, and charge, in a UTC month."""
        return self.integer("X_MONTHLY_POST_BUDGET", 10_000, 0, 3_000_000)

    def redis_url(self) -> str:
        """Return REDIS_URL; unset, it is the unix socket of the embedded server in DATA_DIR."""
        return self.text("REDIS_URL", f"unix://{self.data_dir()}/redis.sock")
