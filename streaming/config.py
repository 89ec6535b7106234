"""The settings of streaming, read and checked once at start."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from contract.address import Address
from contract.environment import Environment, SettingError
from contract.kafka_log import KafkaTopic
from contract.kafka_settings import log_topic
from contract.logs import is_json
from contract.secret import collector_secret
from streaming.cluster.config import CLUSTER_MASTER, ClusterConfig

_DEFAULT_MASTER = "local[2]"
_LOCAL_MASTER = re.compile(r"local(\[(\d+|\*)\])?")


@dataclass(frozen=True)
class StreamingConfig:
    """The settings of counting the stream of one collector.

    ``max_batch_bytes`` bounds a micro-batch, so that a backlog of any size fits. ``collector_secret`` is empty if it
    is not set and not yet read from DATA_DIR. ``running`` are the sources that are counted side by side, and
    ``source`` is the one that this collector must serve. Without others, both are empty and it may serve any.
    ``cluster`` is None if Spark's tasks run in this machine's processes.
    """

    data_dir: Path
    collector_address: Address
    redis_url: str = field(repr=False)
    spark_master: str
    spark_memory: str
    max_batch_bytes: int
    collector_secret: str = field(default="", repr=False)
    source: str = ""
    running: tuple[str, ...] = ()
    has_json_log: bool = False
    log_topic: KafkaTopic | None = None
    cluster: ClusterConfig | None = None

    @classmethod
    def from_env(cls, env: Environment) -> list["StreamingConfig"]:
        """Return the settings for each collector of an environment.

        Raises:
            SettingError: a setting is invalid.
        """
        sources, addresses = env.sources(), env.collector_addresses()
        of_first = cls._of_first(env, addresses[0])
        if len(sources) == 1:
            return [of_first]
        return [
            replace(of_first, source=source, running=tuple(sources), collector_address=address)
            for source, address in zip(sources, addresses, strict=True)
        ]

    @classmethod
    def _of_first(cls, env: Environment, address: Address) -> "StreamingConfig":
        master = _spark_master(env.text("SPARK_MASTER", "local[2]"))
        return cls(
            data_dir=env.data_dir(),
            collector_address=address,
            redis_url=env.redis_url(),
            spark_master=master,
            spark_memory=f"{env.integer('SPARK_MEMORY_MB', 480, 472, 65_536)}m",
            max_batch_bytes=env.integer("MAX_BATCH_BYTES", 16 * 2**20, 2**16, 2**30),
            collector_secret=env.collector_secret(),
            has_json_log=is_json(env),
            log_topic=log_topic(env),
            cluster=None if _LOCAL_MASTER.fullmatch(master) else ClusterConfig.from_env(env, master),
        )

    def on_this_machine(self) -> "StreamingConfig":
        """Return these settings with Spark's tasks on this machine: the files of a backfill are only here."""
        return replace(self, spark_master=_DEFAULT_MASTER, cluster=None) if self.cluster else self

    def with_secret(self) -> "StreamingConfig":
        """Return these settings with the secret that the collector shares. Create it in DATA_DIR if it is missing.

        Raises:
            SettingError: the file of the secret is unusable.
        """
        return replace(self, collector_secret=collector_secret(self.data_dir, self.collector_secret))


def _spark_master(url: str) -> str:
    if not _LOCAL_MASTER.fullmatch(url) and not CLUSTER_MASTER.fullmatch(url):
        raise SettingError(f"SPARK_MASTER={url!r} is not usable: give local[2], spark://host:7077, yarn or k8s://host")
    return url
