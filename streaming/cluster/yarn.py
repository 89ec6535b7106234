"""Asks YARN's ResourceManager about our application: what its start waits for, and why it ended.

Spark waits for a start without a word, however long: YARN accepts an application at once, and starts it when there is
room. The questions go through Hadoop's own client in Spark's Java, so they are those of the same user.
"""

import logging
import os
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext

from streaming.cluster.masters import resource_managers, unreachable

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10.0
"""YARN gives a place to an application that it has room for within a few seconds."""

SLOW_SECONDS = 60.0
"""At its place an application's master copies Spark's jars first, and starts Java."""

AGAIN_SECONDS = 300.0
"""After so long, what is waited for is logged again."""

_ASK_SECONDS = 2.0
_TAGS = "spark.yarn.tags"
_HADOOP = "spark.hadoop."
_LONGEST_TEXT = 300
_WITH_A_PLACE = ("ALLOCATED_SAVING", "ALLOCATED", "LAUNCHED")
# These keep a question short. By default Hadoop tries for a quarter of an hour.
_SHORT_QUESTIONS = {
    "yarn.resourcemanager.connect.max-wait.ms": "5000",
    "yarn.resourcemanager.connect.retry-interval.ms": "1000",
    "ipc.client.connect.max.retries": "1",
    "ipc.client.connect.max.retries.on.timeouts": "0",
    "ipc.client.connect.timeout": "5000",
    "ipc.client.rpc-timeout.ms": "10000",
}


@contextmanager
def start_explained(conf: SparkConf) -> Iterator[None]:
    """Within the block, in which Spark starts an application by ``conf``, log what keeps YARN from starting it.

    Java must run. The application gets a tag, by which it is found before Spark tells its id.
    """
    tag = f"trendsite-{secrets.token_hex(8)}"
    conf.set(_TAGS, ",".join(tags for tags in (conf.get(_TAGS, ""), tag) if tags))
    ended = threading.Event()
    settings = dict(conf.getAll())
    threading.Thread(target=_explain, args=[settings, tag, ended], name="yarn", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _explain(settings: Mapping[str, str], tag: str, ended: threading.Event) -> None:
    wait = Wait()
    while not ended.wait(_ASK_SECONDS):
        problem = waits_for(settings, tag)
        if not ended.is_set():
            wait.note(*problem)


class Wait:
    """What a start waits for. The log gets it soon, and then rarely."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._logged_at: float | None = None
        self._patience = 0.0

    def note(self, problem: str, patience: float) -> None:
        """Note what the start waits for now; empty if for nothing. Log it if it takes longer than ``patience``."""
        now = monotonic()
        if not problem or patience != self._patience:
            # With another patience it waits for something else.
            self._since, self._logged_at, self._patience = None, None, patience
        if not problem:
            return
        self._since = now if self._since is None else self._since
        last = self._logged_at
        if now - self._since >= patience and (last is None or now - last >= AGAIN_SECONDS):
            log.error("waiting: %s", problem)
            self._logged_at = now


def waits_for(settings: Mapping[str, str], tag: str) -> tuple[str, float]:
    """Return what the start of the application with ``tag`` waits for, with the fix, and how long that may take.

    The text is empty if it waits for nothing known.
    """
    managers = resource_managers(os.environ.get("HADOOP_CONF_DIR", ""))
    if problem := unreachable([address for address in managers if address]):
        return f"YARN's ResourceManager does not answer any more ({problem}): start it", PATIENCE_SECONDS
    java: Any = SparkContext._jvm
    try:
        request = java.org.apache.hadoop.yarn.api.protocolrecords.GetApplicationsRequest.newInstance()
        request.setApplicationTags(java.java.util.Collections.singleton(tag))
        with _client(settings) as client:
            for report in client.getApplications(request):
                if str(report.getYarnApplicationState()) == "ACCEPTED":
                    attempt = client.getApplicationAttemptReport(report.getCurrentApplicationAttemptId())
                    return _of_accepted(report, str(attempt.getYarnApplicationAttemptState()))
    except (Py4JError, OSError) as error:
        return f"YARN does not answer ({_cause(error)}): its ResourceManager must run", SLOW_SECONDS
    return "", PATIENCE_SECONDS


def _of_accepted(report: Any, attempt: str) -> tuple[str, float]:  # noqa: ANN401 - an object of Java
    """Return what an application waits for that YARN has accepted, of which an ``attempt`` has that state."""
    name, told = report.getApplicationId(), _one_line(report.getDiagnostics())
    if attempt in _WITH_A_PLACE:
        return f"YARN starts {name}, and that takes long ({told}): look into the log of its container", SLOW_SECONDS
    return (
        f"YARN has accepted {name} and does not start it ({told}): its queue {report.getQueue()} needs room, so start "
        "NodeManagers, end other applications, or name another queue in SPARK_PROPERTIES (spark.yarn.queue)"
    ), PATIENCE_SECONDS


def why_ended(context: SparkContext) -> str:
    """Return what YARN says of the application of a Spark that ended; empty if it says nothing."""
    java: Any = SparkContext._jvm
    try:
        name = context.applicationId
        with _client(dict(context.getConf().getAll())) as client:
            report = client.getApplicationReport(java.org.apache.hadoop.yarn.api.records.ApplicationId.fromString(name))
            status = str(report.getFinalApplicationStatus())
            if status == "UNDEFINED":
                return ""  # YARN has not ended it
            return f"YARN ended {name} as {status}: {_one_line(report.getDiagnostics())}"
    except (Py4JError, OSError) as error:
        if "ApplicationNotFoundException" in str(error):
            return (
                f"YARN's ResourceManager was started again and does not know {name} any more: with "
                "yarn.resourcemanager.recovery.enabled it would"
            )
        return ""


@contextmanager
def _client(settings: Mapping[str, str]) -> Iterator[Any]:
    """Yield a client of YARN with Hadoop's configuration, in which ``settings`` of Spark win."""
    java: Any = SparkContext._jvm
    configuration = java.org.apache.hadoop.yarn.conf.YarnConfiguration()
    hadoop = {name.removeprefix(_HADOOP): of for name, of in settings.items() if name.startswith(_HADOOP)}
    for name, value in (hadoop | _SHORT_QUESTIONS).items():
        configuration.set(name, value)
    client = java.org.apache.hadoop.yarn.client.api.YarnClient.createYarnClient()
    client.init(configuration)
    client.start()
    try:
        yield client
    finally:
        with suppress(Py4JError, OSError):
            client.stop()


def _cause(error: Exception) -> str:
    """Return what Java names first, without its stack."""
    lines = [line.strip(" :") for line in str(error).splitlines()]
    return _one_line(next((line for line in lines[1:] if line), lines[0] if lines else ""))


def _one_line(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()[:_LONGEST_TEXT].strip(" .") or "it does not say why"
