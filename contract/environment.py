"""The environment: our own settings, and variables for other programs.

:class:`Environment` reads a setting by its name and checks it at start. An unusable one is refused with one line that
says how to fix it. Variables for other programs could change or stop our Spark, Java and Python.
:func:`remove_foreign_variables` removes them, once where everything is started and again where Spark is.

Standard library only: the installer imports this module before anything is installed.
"""

import locale
import os
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from contract.address import Address, parse_address, parse_host

NETWORKS = ("bluesky", "kafka", "mastodon", "x")
"""The sources that can run side by side. The stream of each has its name."""

SOURCES = ("simulator", "replay", *NETWORKS)

SECRET_SETTINGS = frozenset(
    (
        *("ADMIN_PASSWORD", "COLLECTOR_SECRET", "DATABASE_PASSWORD", "DATABASE_URL", "EMAIL_URL", "MASTODON_TOKEN"),
        *(
            "METRICS_TOKEN",
            "REDIS_PASSWORD",
            "REDIS_URL",
            "SECRET_KEY",
            "SENTRY_DSN",
            "SPARK_SECRET",
            "X_BEARER_TOKEN",
            "ALERT_WEBHOOK",
        ),
        *("AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN"),
    )
)
"""The settings that have a secret, or may. Each can be in a file, which the setting NAME_FILE names."""

_SECRET_FILE_BYTES = 65_536

_LAST_PORT = 65_535
_WHOLE_NUMBER = re.compile("-?[0-9]{1,20}")


class SettingError(ValueError):
    """A setting that cannot be used. The message is one line: its name, what is wrong, what to do."""


_HOST = re.compile(
    r"\*"
    r"|\.?(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?"
    r"|\[[0-9A-Fa-f:.]+\]"
)


_SECRET_CHARACTERS = 32
_SECRET_DIFFERENT = 8
_PLACEHOLDERS = re.compile(
    "change[-_ ]?(me|this)|insecure|placeholder|secret[-_]?key|your[-_]|replace|example|password"
    "|0123456789abcdef0123|abcdefghijklmnop|123456789012345678901"
)
"""Parts of secrets that were copied from a page or a template."""


_NAME_OF_SECRET = re.compile("TOKEN|SECRET|KEY|PASSWORD|DSN")
_PASSWORD_IN_ADDRESS = re.compile("://[^/@]*:([^/@]+)@")
_SHORTEST_SECRET = 6
"""Characters. Hiding a shorter one would hide half of any text."""


def weakness(secret: str) -> str:
    """Return why a secret is too weak; empty if it is not. A short one can be guessed from its signatures."""
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        return "has characters other than letters, digits and signs"
    is_repeated = secret in (secret * 2)[1:-1]
    is_short = len(secret) < _SECRET_CHARACTERS or len(set(secret)) < _SECRET_DIFFERENT
    if is_short or is_repeated or _PLACEHOLDERS.search(secret.lower()):
        return "is easily guessed"
    return ""


def is_host(text: str) -> bool:
    """Return whether a text names hosts: a name, an address, ``[::1]``, all subdomains (``.example.org``), or ``*``."""
    return len(text) <= 255 and _HOST.fullmatch(text) is not None


USABLE_REDIS_URL = (
    "give redis://host:6379/0, rediss://user:password@host:6379/0?ssl_ca_certs=/path/to/ca.pem or unix:///path, with "
    "signs of the password as %2F"
)
_REDIS_URL = re.compile(
    r"rediss?://([^/?#@]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?(/[0-9]*)?(\?[^#]*)?|unix://.+"
)
_FILES_FOR_TLS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")


class Environment:
    """The settings of one process: a mapping such as ``os.environ``, read with defaults and checks.

    An empty value counts as unset. Every method raises SettingError on a value it cannot use.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        """Read from ``values``."""
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        """Return the value, without surrounding space. A secret may be in the file that ``NAME_FILE`` names."""
        value = self._values.get(name, "").strip()
        if name in SECRET_SETTINGS and (path := self._values.get(f"{name}_FILE", "").strip()):
            if value:
                raise SettingError(f"{name} and {name}_FILE are both set: leave one of them unset")
            value = _secret_in_file(f"{name}_FILE", path)
        return value or default

    def items(self, name: str, default: str = "") -> list[str]:
        """Return the value as a list of items between commas, without surrounding space or empty items."""
        return [item.strip() for item in self.text(name, default).split(",") if item.strip()]

    def hosts(self, name: str, default: str) -> list[str]:
        """Return the value as a list of host names or addresses, as Django's ALLOWED_HOSTS has them."""
        hosts = self.items(name, default)
        for host in hosts:
            if not is_host(host):
                raise SettingError(
                    f"{name} has {host!r}, which is no host: give names or addresses with commas, without scheme "
                    f"and port, such as {default}"
                )
        if not hosts:
            raise SettingError(f"{name} names no host: give names or addresses with commas, such as {default}")
        return hosts

    def secret(self, name: str) -> str:
        """Return a secret that is hard to guess; empty if unset. An error does not show it."""
        value = self.text(name)
        if value and (fault := weakness(value)):
            raise SettingError(
                f"{name} {fault}: give at least {_SECRET_CHARACTERS} random characters, as `openssl rand -hex 32` "
                "prints them, or leave it unset"
            )
        return value

    def secret_values(self) -> tuple[str, ...]:
        """Return every value, or part of one, that must not leave this machine, the longest first."""
        found: set[str] = set()
        for name in {*self._values, *SECRET_SETTINGS}:
            value = self.text(name)
            found.update(_PASSWORD_IN_ADDRESS.findall(value))
            if _NAME_OF_SECRET.search(name):
                found.update((value, *re.split("[,=]", value)))
        long = (secret for secret in found if len(secret) >= _SHORTEST_SECRET)
        return tuple(sorted(long, key=lambda secret: (-len(secret), secret)))

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
        if not _WHOLE_NUMBER.fullmatch(value) or not low <= int(value) <= high:
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

    def address(self, name: str, default: str) -> Address:
        """Return the value, ``host:port`` or ``[::1]:port``, as a pair."""
        return self._checked_address(name, self.text(name, default), default)

    def _checked_address(self, name: str, value: str, default: str) -> Address:
        address = parse_address(value)
        if address is None:
            raise SettingError(f"{name}={value!r} is not an address: give host:port, such as {default} or [::1]:5555")
        return address

    def data_dir(self) -> Path:
        """Return DATA_DIR: all durable data is under it."""
        return Path(self.text("DATA_DIR", "var")).expanduser().resolve()

    def bind_address(self) -> str:
        """Return BIND_ADDRESS, where the site listens: one address of this machine, or all of them."""
        value = self.text("BIND_ADDRESS", "127.0.0.1")
        host = parse_host(value)
        if host is None:
            raise SettingError(
                f"BIND_ADDRESS={value!r} is not an address: give 127.0.0.1, an address or name of this machine, "
                "0.0.0.0 for every IPv4 network or :: for every network"
            )
        return host

    def site_processes(self) -> int:
        """Return SITE_PROCESSES: how many processes serve the site, on one port."""
        return self.integer("SITE_PROCESSES", 1, 1, 64)

    def sources(self) -> list[str]:
        """Return SOURCE: one name, or several networks that run side by side."""
        names = self.items("SOURCE") or ["simulator"]
        if unknown := next((name for name in names if name not in SOURCES), None):
            raise SettingError(f"SOURCE={unknown!r} is unknown: use one of {', '.join(SOURCES)}")
        if again := next((name for name in names if names.count(name) > 1), None):
            raise SettingError(f"SOURCE has {again} twice: name each network once")
        alone = next((name for name in names if name not in NETWORKS), None)
        if alone and len(names) > 1:
            raise SettingError(
                f"SOURCE has {alone} beside others, but it runs alone: name {alone} only, or networks "
                f"({', '.join(NETWORKS)})"
            )
        return names

    def collector_addresses(self) -> list[Address]:
        """Return COLLECTOR_ADDRESS: where streaming reads what the collector of each name of SOURCE serves.

        Of one address the networks after the first have the ports that follow.
        """
        sources, values = self.sources(), self.items("COLLECTOR_ADDRESS", "127.0.0.1:5555")
        if len(values) not in (1, len(sources)):
            raise SettingError(
                f"COLLECTOR_ADDRESS has {len(values)} addresses and SOURCE {len(sources)} names "
                f"({','.join(sources)}): give one address, or one for each name"
            )
        addresses = [self._checked_address("COLLECTOR_ADDRESS", value, "127.0.0.1:5555") for value in values]
        if len(values) == 1:
            host, port = addresses[0]
            addresses = [(host, port + number) for number in range(len(sources))]
        if addresses[-1][1] > _LAST_PORT:
            raise SettingError(f"COLLECTOR_ADDRESS={values[0]!r} leaves no ports for the other networks: give a lower")
        if len(set(addresses)) < len(addresses):
            raise SettingError("COLLECTOR_ADDRESS has an address twice: give each network its own")
        return addresses

    def collector_listen_addresses(self) -> list[Address]:
        """Return where the collector of each name of SOURCE listens: COLLECTOR_BIND_ADDRESS, at the same port.

        Without COLLECTOR_BIND_ADDRESS it listens where its readers connect.
        """
        addresses, value = self.collector_addresses(), self.text("COLLECTOR_BIND_ADDRESS")
        if not value:
            return addresses
        host = parse_host(value)
        if host is None:
            raise SettingError(
                f"COLLECTOR_BIND_ADDRESS={value!r} is not an address: give an address or name of this machine without "
                "a port, 0.0.0.0 for every IPv4 network or :: for every network"
            )
        return [(host, port) for _, port in addresses]

    def collector_secret(self) -> str:
        """Return COLLECTOR_SECRET, which collector and readers share; empty if unset."""
        return self.secret("COLLECTOR_SECRET")

    def x_monthly_post_budget(self) -> int:
        """Return X_MONTHLY_POST_BUDGET: the most posts that X may send, and charge, in a UTC month."""
        return self.integer("X_MONTHLY_POST_BUDGET", 10_000, 0, 3_000_000)

    def redis_url(self) -> str:
        """Return REDIS_URL with REDIS_PASSWORD; if unset, the unix socket of the embedded server in DATA_DIR.

        An error does not show it.
        """
        url = self.text("REDIS_URL", f"unix://{self.data_dir()}/redis.sock")
        if not _REDIS_URL.fullmatch(url):
            raise SettingError(f"REDIS_URL is not usable: {USABLE_REDIS_URL}")
        for name, path in parse_qsl(url.partition("?")[2]):
            if name in _FILES_FOR_TLS and not os.access(path, os.R_OK):
                raise SettingError(
                    f"REDIS_URL names {path!r} as {name}, which cannot be read: give a file in PEM format"
                )
        return with_password(url, self.text("REDIS_PASSWORD"))


def with_password(url: str, password: str) -> str:
    """Return a URL with a password, unless it has one or is of a file."""
    try:
        parts = urlsplit(url)
        if not password or not parts.hostname or parts.password is not None:
            return url
    except ValueError:  # it is refused where it is used
        return url
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def _secret_in_file(name: str, path: str) -> str:
    """Return what a file has, without surrounding space.

    Raises:
        SettingError: there is no such file, or it has no text.
    """
    try:
        with Path(path).expanduser().open("rb") as file:
            value = file.read(_SECRET_FILE_BYTES).decode().strip()
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingError(f"{name}={path!r} cannot be read ({reason}): name a file that this user may read") from None
    except ValueError:
        value = ""
    if not value:
        raise SettingError(f"{name}={path!r} has no text: write the secret into it")
    return value


_FOREIGN_PREFIXES = ("SPARK_", "PYSPARK_", "HADOOP_", "YARN_", "HIVE_", "PYTHON", "LC_")
_FOREIGN_NAMES = frozenset(
    (
        *("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "CLASSPATH"),
        *("LOCAL_DIRS", "DJANGO_SETTINGS_MODULE", "LANG", "LANGUAGE", "__PYVENV_LAUNCHER__"),
    )
)
_OWN_NAMES = frozenset(
    (
        *("SPARK_MASTER", "SPARK_MEMORY_MB", "SPARK_SECRET", "SPARK_SECRET_FILE", "SPARK_PROPERTIES"),
        *("SPARK_DRIVER_HOST", "SPARK_DRIVER_BIND_ADDRESS", "SPARK_DRIVER_PORT", "SPARK_EXECUTOR_PYTHON"),
        # The interpreter that launch uses; and variables that only change where and when Python writes.
        *("PYTHON", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED"),
    )
)
_NAMES_OF_YARN = {"HADOOP_CONF_DIR"}
_UTF8_LOCALES = ("C.UTF-8", "en_US.UTF-8", "C")


def foreign_variables(environ: Mapping[str, str]) -> list[str]:
    """Return the names of variables that are for other programs."""
    own = _OWN_NAMES | (_NAMES_OF_YARN if environ.get("SPARK_MASTER", "").strip() == "yarn" else set())
    return [name for name in environ if name not in own and _is_foreign(name)]


def remove_foreign_variables(environ: MutableMapping[str, str]) -> None:
    """Remove the variables for other programs, and make Python and Java read and write UTF-8."""
    for name in foreign_variables(environ):
        del environ[name]
    environ["PYTHONUTF8"] = "1"
    environ["LC_ALL"] = _utf8_locale()


def _is_foreign(name: str) -> bool:
    return name in _FOREIGN_NAMES or name.startswith(_FOREIGN_PREFIXES)


def _utf8_locale() -> str:
    """Return a locale of this machine, with UTF-8 if there is one: without it Java does not find all file names."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in _UTF8_LOCALES:
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"
