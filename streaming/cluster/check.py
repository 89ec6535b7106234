"""The first task on a cluster: can an executor run ours?"""

import logging
import platform
import re
from importlib import import_module

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from streaming.cluster.interpreter import PACKAGES

log = logging.getLogger(__name__)

_PYTHON_ERROR = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception): .+$", re.MULTILINE)
_FIX = "leave SPARK_EXECUTOR_PYTHON unset to send executors an interpreter, or name one with the same versions"


class ClusterError(RuntimeError):
    """The cluster cannot run our tasks. The message is one line."""


def check_executors(session: SparkSession) -> None:
    """Run one task on an executor, and compare its packages with those of the driver. Wait until there is an executor.

    Raises:
        ClusterError: executors have no Python that runs our tasks.
    """
    log.info("waiting for an executor of %s", session.sparkContext.master)
    try:
        found = session.sparkContext.parallelize([0], 1).map(_packages).collect()[0]
    except (Py4JError, PySparkException) as error:
        raise ClusterError(f"an executor could not run a task: {reason(error)}: {_FIX}") from None
    own = _packages()
    if found[1:] != own[1:]:
        raise ClusterError(f"an executor has {', '.join(found[1:])}, and the driver {', '.join(own[1:])}: {_FIX}")
    log.info("executors run tasks: the first one is on %s", found[0])


def reason(error: Exception) -> str:
    """Return the last error that Python or Java names in a failure of Spark, as one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    named = _PYTHON_ERROR.findall("\n".join(lines))
    return (named[-1] if named else next(iter(lines), type(error).__name__))[:500]


def _packages(_: int = 0) -> tuple[str, ...]:
    """Return the host that this runs on, and the versions that tasks depend on."""
    python = ".".join(platform.python_version_tuple()[:2])
    return platform.node(), f"Python {python}", *(f"{name} {import_module(name).__version__}" for name in PACKAGES)
