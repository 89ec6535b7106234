"""A standalone cluster of Spark under torture: its executors and whole machines are killed and frozen."""

import random
import sys
from pathlib import Path

from benchmarks.cluster.standalone import Standalone
from benchmarks.processes import tree
from tests.parallel import find_free_port
from tests.torture.faults import find_descendants

WORKERS = 2
_PROPERTIES = """
spark.network.timeout 15s
spark.network.timeoutInterval 5s
spark.executor.heartbeatInterval 2s
"""
"""Spark gives an executor up after this time of silence. By default it is 120 s: no run lasts long enough."""


class SparkCluster(Standalone):
    """A master and two workers of one core, all on loopback."""

    def __init__(self, folder: Path) -> None:
        """Prepare a cluster with its files in ``folder``."""
        super().__init__(folder, find_free_port(), WORKERS)
        self._properties = folder / "spark.conf"

    def settings(self) -> dict[str, str]:
        """Return the settings of a Trendsite that uses this cluster."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(_PROPERTIES)
        return {
            "SPARK_MASTER": self.master,
            "SPARK_SECRET": self.secret,
            "SPARK_DRIVER_HOST": "127.0.0.1",
            "SPARK_EXECUTOR_PYTHON": sys.executable,
            "SPARK_PROPERTIES": str(self._properties),
        }

    def machine(self, choice: random.Random) -> tuple[int, list[int]] | None:
        """Return the number of a worker that runs, and the ids of all its processes; None if none runs."""
        running = {number: pid for number in range(1, WORKERS + 1) if (pid := self.worker(number))}
        if not running:
            return None
        number = choice.choice(sorted(running))
        return number, tree(running[number])

    def python_workers(self) -> list[int]:
        """Return the ids of the Python processes of all executors."""
        return [pid for executor in self.executors() for pid in find_descendants(executor, "pyspark")]
