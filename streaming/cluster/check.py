"""Can a cluster run our tasks? If not, or if it ended, why? The answers are one line each."""

import logging
import platform
import re
from collections.abc import Sequence
from functools import partial
from importlib import import_module

import pyspark
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from streaming.cluster.interpreter import PACKAGES
from streaming.cluster.yarn import why_ended

log = logging.getLogger(__name__)

_PYTHON_ERROR = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception): .+$", re.MULTILINE)
_JAVA_CAUSE = re.compile(r"^Caused by: (.+)$", re.MULTILINE)
_JAVA_ERROR = re.compile(r"^: (.+)$", re.MULTILINE)
_HINTS = {
    "spark://": f"SPARK_SECRET must be the master's, and its Spark of version {pyspark.__version__}",
    "k8s://": "the address must be that of Kubernetes' API, and the service account able to create pods",
    "yarn": "its queue must take applications of this user, and nodes be large enough for one; `yarn logs` has more",
}
_FIX = "leave SPARK_EXECUTOR_PYTHON unset to send executors an interpreter, or name one with the same versions"


class ClusterError(RuntimeError):
    """The cluster cannot run our tasks, or has ended. The message is one line."""


def check_executors(session: SparkSession, packages: Sequence[str] = PACKAGES) -> None:
    """Run one task on an executor, and compare its packages with those of the driver. Wait until there is an executor.

    Raises:
        ClusterError: executors have no Python that runs our tasks.
    """
    log.info("waiting for an executor of %s", session.sparkContext.master)
    try:
        found = session.sparkContext.parallelize([0], 1).map(partial(_versions, packages)).collect()[0]
    except (Py4JError, PySparkException) as error:
        raise ClusterError(f"an executor could not run a task: {reason(error)}: {_FIX}") from None
    own = _versions(packages)
    if found[1:] != own[1:]:
        raise ClusterError(f"an executor has {', '.join(found[1:])}, and the driver {', '.join(own[1:])}: {_FIX}")
    log.info("executors run tasks: the first one is on %s", found[0])


def reason(error: Exception) -> str:
    """Return the last error that Python or Java names in a failure of Spark, as one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = "\n".join(lines)
    named = _PYTHON_ERROR.findall(text) or _JAVA_CAUSE.findall(text) or _JAVA_ERROR.findall(text)
    return (named[-1] if named else next(iter(lines), type(error).__name__))[:500]


def refused_master(master: str, error: Exception) -> ClusterError:
    """Return the error for a cluster with which Spark did not start."""
    hints = [hint for start, hint in _HINTS.items() if master.startswith(start)]
    return ClusterError("; ".join([f"Spark cannot use SPARK_MASTER={master}: {reason(error)}", *hints]))


def ended(session: SparkSession) -> ClusterError:
    """Return the error for a Spark that ended by itself while it counted."""
    master = session.sparkContext.master
    told = why_ended(session.sparkContext) if master == "yarn" else ""
    return ClusterError(
        f"{told or f'Spark at {master} ended: its lines above say why'}. No post is lost: the next start counts on"
    )


def _versions(packages: Sequence[str], _: int = 0) -> tuple[str, ...]:
    """Return the host that this runs on, and the versions that tasks depend on."""
    python = ".".join(platform.python_version_tuple()[:2])
    return platform.node(), f"Python {python}", *(f"{name} {import_module(name).__version__}" for name in packages)
