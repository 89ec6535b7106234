"""The settings of Spark away from ``local``, each with the reason."""

from streaming.cluster.config import ClusterConfig
from streaming.cluster.shipping import CODE

FAILURES_WITHIN = "10m"
"""Failures end an application only if they come this close together: those of months say nothing about a cluster.

Executors that cannot start at all fail more often than that. Then another start, and its line in the log, is right.
"""


def cluster_settings(config: ClusterConfig, archives: list[str]) -> dict[str, str]:
    """Return them, without the secret and without the user's own: both reach Spark outside of a command line."""
    ports = {"spark.driver.port": config.driver_port, "spark.driver.blockManager.port": config.driver_port + 1}
    return {
        "spark.driver.host": config.driver_host,
        "spark.driver.bindAddress": config.driver_bind_address,
        **({name: str(port) for name, port in ports.items()} if config.driver_port else {}),
        "spark.archives": ",".join(archives),
        "spark.executorEnv.PYTHONPATH": CODE,
        # Python reads and writes UTF-8 whatever the executor's locale.
        "spark.executorEnv.PYTHONUTF8": "1",
        "spark.executorEnv.MALLOC_ARENA_MAX": "2",
        # A lost executor's task runs elsewhere. Its range of bytes is the same, so nothing counts twice.
        "spark.task.maxFailures": "4",
        # Spark gives up after a number of lost executors on YARN and Kubernetes, or of lost masters on YARN. By default
        # it adds up those of its whole life, which here is months.
        "spark.executor.failuresValidityInterval": FAILURES_WITHIN,
        "spark.yarn.am.attemptFailuresValidityInterval": FAILURES_WITHIN,
        # Executors count on without YARN's ResourceManager, for as long as NodeManagers wait for it. Driver and
        # application master would end after a quarter of an hour.
        "spark.hadoop.yarn.resourcemanager.connect.max-wait.ms": "-1",
        # Other users of an executor's machine may open sockets in its temporary folder. Those of TCP need a secret.
        "spark.python.unix.domain.socket.enabled": "false",
    }


def checkpoint_uri(folder: str) -> str:
    """Return a folder of this machine as Spark names it, also where Hadoop's default is another file system."""
    return f"file://{folder}"


def private_settings(config: ClusterConfig, new_secret: str) -> dict[str, str]:
    """Return the settings that no other process may see: the secret, and the user's own.

    Without a secret of the cluster it is ``new_secret``. If both are empty, YARN or Kubernetes makes one.
    """
    secret = config.secret or new_secret
    return {**({"spark.authenticate.secret": secret} if secret else {}), **dict(config.properties)}
