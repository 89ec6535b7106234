"""Streaming's settings, read and checked once at start."""

import re
from dataclasses import dataclass
from pathlib import Path

from contract.environment import Environment, SettingError


@dataclass(frozen=True)
class Config:
    """What streaming runs with. ``max_batch_bytes`` bounds one micro-batch, so a backlog of any size fits."""

    data_dir: Path
    collector_address: tuple[str, int]
    redis_url: str
    spark_master: str
    spark_memory: str
    max_batch_bytes: int

    @classmethod
    def from_env(cls, env: Environment) -> "Config":
        """Return the settings of an environment.

        Raises:
            SettingError: one of them cannot be used.
        """
        return cls(
            data_dir=env.data_dir(),
            collector_address=env.collector_address(),
            redis_url=env.redis_url(),
            spark_master=_spark_master(env.text("SPARK_MASTER", "local[2]")),
            spark_memory=f"{env.integer('SPARK_MEMORY_MB', 480, 472, 65_536)}m",
            max_batch_bytes=env.integer("MAX_BATCH_BYTES", 16 * 2**20, 2**16, 2**30),
        )


def _spark_master(url: str) -> str:
    if not re.fullmatch(r"local(\[(\d+|\*)\])?|yarn|(spark|k8s)://.+", url):
        raise SettingError(f"SPARK_MASTER={url!r} is not usable: give local[2], spark://host:7077, yarn or k8s://host")
    return url
