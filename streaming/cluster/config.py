"""The settings of a Spark master other than ``local``."""

import ipaddress
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from contract.address import address_text, is_every_address, parse_address, parse_host
from contract.environment import Environment, SettingError
from contract.kafka_settings import log_topic
from streaming.cluster.masters import resource_managers

CLUSTER_MASTER = re.compile(r"yarn|k8s://.+|spark://[^/,]+:\d+(,[^/,]+:\d+)*|local-cluster\[\d+, *\d+, *\d+\]")

_PROPERTY = re.compile(r"(spark\.[^\s=]+)(?:\s*=\s*|\s+)(\S.*)")
_OF_A_SETTING = {
    "spark.master": "SPARK_MASTER",
    "spark.driver.memory": "SPARK_MEMORY_MB",
    "spark.driver.host": "SPARK_DRIVER_HOST",
    "spark.driver.bindAddress": "SPARK_DRIVER_BIND_ADDRESS",
    "spark.driver.port": "SPARK_DRIVER_PORT",
    "spark.authenticate.secret": "SPARK_SECRET",
    "spark.pyspark.python": "SPARK_EXECUTOR_PYTHON",
}
_LAST_PORT = 65_535


@dataclass(frozen=True)
class ClusterConfig:
    """Where a cluster's executors find the driver, and with what they run.

    They reach it at ``driver_host`` and ``driver_port``, where 0 is any port. ``secret`` is that of a standalone
    cluster; YARN and Kubernetes make one for each application. ``python`` is an interpreter that executors have; if it
    is empty, they are sent one. ``properties`` are further settings of Spark, and win over ours.
    """

    driver_host: str
    driver_bind_address: str
    driver_port: int = 0
    secret: str = field(default="", repr=False)
    python: str = ""
    properties: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @classmethod
    def from_env(cls, env: Environment, master: str) -> "ClusterConfig":
        """Return the settings for ``master``, checked as far as this machine can.

        Raises:
            SettingError: a setting is missing or cannot be used.
        """
        properties = _properties(env)
        _check_collector_addresses(env, master)
        _check_brokers(env, master)
        _check_manager(env, master, dict(properties))
        default = "127.0.0.1" if _is_one_machine(env, master) else ""
        host = _host("SPARK_DRIVER_HOST", env.text("SPARK_DRIVER_HOST", default))
        if is_every_address(host):
            raise SettingError(
                f"SPARK_DRIVER_HOST={host!r} is no address to connect to: give this machine's, and that one to "
                "SPARK_DRIVER_BIND_ADDRESS"
            )
        return cls(
            driver_host=host,
            driver_bind_address=_host("SPARK_DRIVER_BIND_ADDRESS", env.text("SPARK_DRIVER_BIND_ADDRESS", host)),
            # The block manager has the port that follows.
            driver_port=env.integer("SPARK_DRIVER_PORT", 0, 0, _LAST_PORT - 1),
            secret=_secret(env, master, dict(properties)),
            python=_executor_python(env),
            properties=properties,
        )


def _host(name: str, value: str) -> str:
    if not value:
        raise SettingError(f"{name} is not set: give the address of this machine at which Spark's executors reach it")
    host = parse_host(value)
    if host is None:
        raise SettingError(f"{name}={value!r} is not an address: give a name or an address without a port")
    return host


def _secret(env: Environment, master: str, properties: dict[str, str]) -> str:
    """Return SPARK_SECRET, which a standalone cluster needs, unless its authentication is off."""
    secret = env.secret("SPARK_SECRET")
    if master.startswith("spark://") and not secret and properties.get("spark.authenticate") != "false":
        raise SettingError(
            "SPARK_SECRET is not set: give the spark.authenticate.secret of the master and its workers "
            "(docs/cluster.md shows how)"
        )
    return secret


def _executor_python(env: Environment) -> str:
    """Return SPARK_EXECUTOR_PYTHON. Without it executors are sent this machine's, which must be Linux then."""
    path = env.text("SPARK_EXECUTOR_PYTHON")
    # It stands in a script of the shell, in double quotes.
    if path and not re.fullmatch(r"/[^\s\"\\$`]+", path):
        raise SettingError(
            f"SPARK_EXECUTOR_PYTHON={path!r} is not usable: give the absolute path of Python on the executors' machines"
        )
    if not path and sys.platform != "linux":
        raise SettingError(
            "SPARK_EXECUTOR_PYTHON is not set: this machine's Python runs on no executor, so give the path of theirs"
        )
    return path


def _check_collector_addresses(env: Environment, master: str) -> None:
    """Refuse a COLLECTOR_ADDRESS that leads each machine to itself."""
    for address in env.collector_addresses():
        if is_every_address(address[0]) or (_is_here(address[0]) and not _is_one_machine(env, master)):
            raise SettingError(
                f"COLLECTOR_ADDRESS={address_text(address)} leads executors to their own machine: give the address at "
                "which they reach the collector"
            )


def _check_brokers(env: Environment, master: str) -> None:
    """Refuse brokers that lead each machine to itself: Spark's tasks read from them."""
    topic = log_topic(env)
    addresses = [parse_address(broker) for broker in topic.brokers.split(",")] if topic else []
    if not _is_one_machine(env, master) and any(address and _is_here(address[0]) for address in addresses):
        raise SettingError(
            "LOG_URL leads executors to their own machine: give addresses at which they reach the brokers, and let the "
            "brokers advertise those"
        )


def _is_one_machine(env: Environment, master: str) -> bool:
    """Return whether driver and executors are on one machine, as for a trial."""
    if master == "yarn":
        managers = resource_managers(env.text("HADOOP_CONF_DIR"))
        return bool(managers) and all(of is not None and _is_here(of[0]) for of in managers)
    host = re.sub(r":\d+$", "", master.removeprefix("spark://").split(",")[0]).strip("[]")
    return master.startswith("local-cluster") or (master.startswith("spark://") and _is_here(host))


def _check_manager(env: Environment, master: str, properties: dict[str, str]) -> None:
    """Refuse what YARN or Kubernetes would only refuse after a start."""
    folder = env.text("HADOOP_CONF_DIR")
    if master == "yarn" and not os.access(Path(folder, "yarn-site.xml"), os.R_OK):
        raise SettingError(
            f"HADOOP_CONF_DIR={folder!r} has no yarn-site.xml that this user may read: SPARK_MASTER=yarn needs the "
            "folder with the cluster's"
        )
    if master.startswith("k8s://") and "spark.kubernetes.container.image" not in properties:
        raise SettingError(
            "SPARK_PROPERTIES names no spark.kubernetes.container.image, which SPARK_MASTER=k8s:// needs: "
            "docs/cluster.md shows a file"
        )


def _properties(env: Environment) -> tuple[tuple[str, str], ...]:
    """Return the lines of the file SPARK_PROPERTIES, as spark-defaults.conf has them. An error shows no value."""
    name = env.text("SPARK_PROPERTIES")
    if not name:
        return ()
    try:
        lines = Path(name).expanduser().read_text().splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingError(f"SPARK_PROPERTIES={name!r} cannot be read ({reason}): name a file of settings") from None
    numbered = [(number, line.strip()) for number, line in enumerate(lines, 1)]
    return tuple(_property(name, number, line) for number, line in numbered if line and not line.startswith("#"))


def _property(file: str, number: int, line: str) -> tuple[str, str]:
    found = _PROPERTY.fullmatch(line)
    if not found:
        raise SettingError(f"SPARK_PROPERTIES={file!r}, line {number}, is no setting: write spark.NAME VALUE")
    if own := _OF_A_SETTING.get(found[1]):
        raise SettingError(f"SPARK_PROPERTIES={file!r}, line {number}, has {found[1]}: set {own} instead")
    return found[1], found[2]


def _is_here(host: str) -> bool:
    """Return whether a host means the machine that asks."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
