"""LOG_URL, KAFKA_URL and KAFKA_PROPERTIES -> the topics of Kafka, and how their clients connect."""

import os
import re
from importlib.util import find_spec
from pathlib import Path

from contract.environment import Environment, SettingError
from contract.kafka_log import USABLE_LOG_URL, KafkaTopic, parse_kafka_url

_PROPERTY = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)(?:\s*=\s*|\s+)(\S.*)")
_OF_A_CONNECTION = re.compile(
    r"security\.protocol|enable\.ssl\.certificate\.verification|(?:ssl|sasl|socket)\.[a-z0-9._]+"
    r"|client\.(?:id|rack|dns\.lookup)|broker\.address\.(?:family|ttl)|reconnect\.backoff\.(?:max\.)?ms"
    r"|connections\.max\.idle\.ms"
)
_USABLE_PROPERTIES = (
    "give librdkafka's names for a connection, such as security.protocol, ssl.ca.location, sasl.username"
)
_USABLE_KAFKA_URL = "give kafka://host:9092/topic, several brokers with commas"


def log_topic(env: Environment) -> KafkaTopic | None:
    """Return the topic of LOG_URL, None for the spool. An error does not show it: it may have a password.

    Raises:
        SettingError: LOG_URL or KAFKA_PROPERTIES cannot be used.
    """
    return _topic(env, "LOG_URL", USABLE_LOG_URL) if env.text("LOG_URL") else None


def source_topic(env: Environment) -> KafkaTopic:
    """Return the topic of KAFKA_URL, which other systems write posts to.

    Raises:
        SettingError: KAFKA_URL or KAFKA_PROPERTIES cannot be used, or the topic is that of LOG_URL.
    """
    env.required("KAFKA_URL", f"SOURCE=kafka reads a topic: {_USABLE_KAFKA_URL}")
    topic, own = _topic(env, "KAFKA_URL", _USABLE_KAFKA_URL), log_topic(env)
    if own and topic.name in (own.name, own.commits) and set(own.brokers.split(",")) & set(topic.brokers.split(",")):
        raise SettingError(
            "KAFKA_URL names a topic of LOG_URL, which collectors write: give the topic that others write"
        )
    return topic


def _topic(env: Environment, name: str, usable: str) -> KafkaTopic:
    topic = parse_kafka_url(env.text(name), _properties(env))
    if topic is None:
        raise SettingError(f"{name} is not usable: {usable}")
    if find_spec("confluent_kafka") is None:
        raise SettingError(
            f"{name} needs a package that is not installed: pip install -r requirements-kafka.txt, or use make run"
        )
    # Its client library is installed only where Kafka is used.
    from contract.kafka_client import fault_in_settings

    if fault := fault_in_settings(topic):
        raise SettingError(f"KAFKA_PROPERTIES={env.text('KAFKA_PROPERTIES')!r} is not usable: {fault}")
    return topic


def _properties(env: Environment) -> tuple[tuple[str, str], ...]:
    """Return the settings in the file KAFKA_PROPERTIES. An error shows no value."""
    path = env.text("KAFKA_PROPERTIES")
    if not path:
        return ()
    numbered = [(number, line.strip()) for number, line in enumerate(_lines(path), 1)]
    properties = dict(_property(path, number, line) for number, line in numbered if line and not line.startswith("#"))
    needs_protocol = any(name.startswith(("ssl.", "sasl.")) for name in properties)
    if needs_protocol and "security.protocol" not in properties:
        raise SettingError(
            f"KAFKA_PROPERTIES={path!r} has no security.protocol, so its ssl and sasl settings would have no effect: "
            "add security.protocol=SSL, SASL_SSL or SASL_PLAINTEXT"
        )
    return tuple(properties.items())


def _lines(path: str) -> list[str]:
    try:
        return Path(path).expanduser().read_text("utf-8").splitlines()
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingError(f"KAFKA_PROPERTIES={path!r} cannot be read ({reason}): name a file of settings") from None


def _property(file: str, number: int, line: str) -> tuple[str, str]:
    where = f"KAFKA_PROPERTIES={file!r}, line {number},"
    found = _PROPERTY.fullmatch(line)
    if not found:
        raise SettingError(f"{where} is no setting: write NAME=VALUE")
    name, value = found.groups()
    if name == "bootstrap.servers":
        raise SettingError(f"{where} has {name}: set KAFKA_URL or LOG_URL instead")
    if not _OF_A_CONNECTION.fullmatch(name):
        raise SettingError(f"{where} has {name}, which is not a setting of a connection: {_USABLE_PROPERTIES}")
    if name.endswith(".location") and not os.access(value, os.R_OK):
        raise SettingError(
            f"{where} names {value!r} as {name}, which cannot be read: give a file that this user may read"
        )
    return name, value
