"""The Spark session: each setting that is not Spark's default, with the reason."""

import logging
import os
import secrets
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.datasource import DataSource

from contract.environment import remove_foreign_variables
from streaming.cluster.check import check_executors, refused_master
from streaming.cluster.config import ClusterConfig
from streaming.cluster.interpreter import KAFKA_PACKAGES, PACKAGES
from streaming.cluster.masters import wait_for_master
from streaming.cluster.settings import cluster_settings, private_settings
from streaming.cluster.shipping import PYTHON, archives, driver_folder, spark_home
from streaming.cluster.yarn import start_explained
from streaming.config import StreamingConfig
from streaming.source.collector import CollectorDataSource

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent

Answer = TypeVar("Answer")

CLASS_ARCHIVE = Path(sys.prefix, "spark-classes.jsa")
"""Java's classes for Spark, beside the packages that they are from (``launch.install`` makes it)."""

# Hadoop sets the mode of each file itself, by default readable for all users.
_HADOOP_UMASK = ("fs.permissions.umask-mode", "077")

_LOCAL_CHECKPOINTS = "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager"

_SOCKET_NAME_BYTES = len("/.12345678-1234-1234-1234-123456789abc.sock")
_SOCKET_PATH_BYTES = 103

_JVM_FLAGS = (
    # One thread collects: on two cores the parallel collectors only add memory and threads.
    "-XX:+UseSerialGC",
    # By default the heap starts at a share of the machine's memory. Counting needs far less.
    "-Xms48m",
    # A batch leaves about ten MB of garbage.
    "-Xmn24m",
    # Return idle memory to the system, but leave room for a few full batches before all of the heap is collected.
    "-XX:MinHeapFreeRatio=25",
    "-XX:MaxHeapFreeRatio=40",
    "-XX:ReservedCodeCacheSize=96m",
)

_KEEPS_PYTHON = "spark.python.use.daemon"
_NOT_IN_TIME = "Python worker failed to connect back"
_short_lived = threading.Lock()

_START_HELPER = "pyspark.sql.worker.plan_data_source_read"


def scratch_folder(data_dir: Path) -> Path:
    """Return the folder for Spark's temporary files."""
    return data_dir / "spark"


def create_session(config: StreamingConfig, java_flags: Sequence[str] | None = None) -> SparkSession:
    """Start Spark with the settings for counting, and register the collector as a data source.

    On a cluster, executors get what they need first: Spark asks the data source's code for its name at once.
    ``java_flags`` are added to Java's own; by default those that use the archive of its classes, if there is one.

    Raises:
        ClusterError: the cluster cannot run our tasks. The message is one line.
        SettingError: what executors need cannot be made.
    """
    scratch = scratch_folder(config.data_dir)
    # A killed run may have left files.
    shutil.rmtree(scratch, ignore_errors=True)
    # Access to Spark's sockets in this folder allows running code here.
    scratch.mkdir(mode=0o700, parents=True)
    remove_foreign_variables(os.environ)
    # Spark's Python workers find their interpreter and our data source by the environment.
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = str(ROOT)
    # Spark runs hundreds of threads. By default the C library gives most of them a heap of their own.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    conf = SparkConf().setMaster(config.spark_master).setAppName("trendsite")
    for name, value in _settings(config, scratch, class_flags() if java_flags is None else java_flags).items():
        conf.set(name, value)
    session = _on_cluster(config, config.cluster, conf, scratch) if config.cluster else _here(conf)
    _skip_lookup()
    for source in _data_sources(config):
        with_python(session, partial(session.dataSource.register, source))
    return session


def _data_sources(config: StreamingConfig) -> list[type[DataSource]]:
    if config.log_topic is None:
        return [CollectorDataSource]
    from streaming.source.kafka import KafkaDataSource  # its client library is installed only where LOG_URL is set

    return [KafkaDataSource]


def _here(conf: SparkConf) -> SparkSession:
    """Return a session whose tasks run in this machine's processes."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    _log_in(conf)
    session = SparkSession.builder.config(conf=conf).getOrCreate()
    _lighten_hadoop(session)
    return session


def _on_cluster(config: StreamingConfig, cluster: ClusterConfig, conf: SparkConf, scratch: Path) -> SparkSession:
    """Return a session whose tasks run on executors, after one of them has shown that it can."""
    wait_for_master(config.spark_master)
    packages = PACKAGES if config.log_topic is None else KAFKA_PACKAGES
    sent = archives(cluster, config.data_dir, scratch, packages)
    for name, value in cluster_settings(cluster, sent).items():
        conf.set(name, value)
    os.environ["SPARK_LOCAL_IP"] = cluster.driver_bind_address
    # Planners on the driver start Python by the path that it has on executors.
    os.environ["PYSPARK_PYTHON"] = PYTHON
    os.chdir(driver_folder(scratch))
    if config.spark_master.startswith("local-cluster"):
        os.environ["SPARK_HOME"] = str(spark_home(scratch))
    try:
        if config.spark_master == "yarn":
            SparkContext._ensure_initialized(conf=conf)
        else:
            _log_in(conf)
        # Only now: what is set before has become a part of Java's command line.
        new_secret = secrets.token_hex(32) if config.spark_master.startswith("local-cluster") else ""
        for name, value in private_settings(cluster, new_secret).items():
            conf.set(name, value)
        with start_explained(conf) if config.spark_master == "yarn" else nullcontext():
            session = SparkSession.builder.config(conf=conf).getOrCreate()
    except (Py4JError, PySparkException) as error:
        raise refused_master(config.spark_master, error) from None
    check_executors(session, packages)
    return session


def is_alive(session: SparkSession) -> bool:
    """Return whether Spark still runs."""
    try:
        return not cast(Any, session.sparkContext._jsc).sc().isStopped()
    except (Py4JError, OSError, AttributeError):
        return False


def _log_in(conf: SparkConf) -> None:
    """Start the JVM, and give Hadoop a user name. In the system, a user id may have none."""
    SparkContext._ensure_initialized(conf=conf)
    java: Any = SparkContext._jvm
    user = java.org.apache.hadoop.security.UserGroupInformation
    user.setLoginUser(user.createRemoteUser("trendsite"))


def _lighten_hadoop(session: SparkSession) -> None:
    """Empty Hadoop's configuration, and switch off its checksum files.

    Spark copies Hadoop's thousand defaults into every batch. For local files each is also the default in Hadoop's
    code. A checksum file costs a batch as much as the file itself, and Spark checks its files when it reads them.
    """
    context = session.sparkContext
    hadoop = context._jsc.hadoopConfiguration()
    hadoop.clear()
    hadoop.set(*_HADOOP_UMASK)
    java: Any = context._jvm
    files = java.org.apache.hadoop.fs.FileSystem.get(hadoop)
    files.setWriteChecksum(False)
    files.setVerifyChecksum(False)


def _jvm_flags(platform: str) -> tuple[str, ...]:
    """Return the flags for a ``sys.platform``. Java on macOS starts no process if it is asked for vfork."""
    # A fork would copy the page tables of the whole JVM for each Python worker.
    return (*_JVM_FLAGS, "-Djdk.lang.Process.launchMechanism=VFORK") if platform == "linux" else _JVM_FLAGS


def class_flags() -> tuple[str, ...]:
    """Return the flags with which Java uses the archive of its classes (streaming.class_archive), if there is one.

    Java checks that it fits, but ends with a signal if it is cut off: so its size must be the recorded one. Without the
    second flag, Java would say in the log that an archive of another version does not fit.
    """
    try:
        is_whole = CLASS_ARCHIVE.stat().st_size == int(recorded_size(CLASS_ARCHIVE).read_text())
    except (OSError, ValueError):
        is_whole = False
    return (f'"-XX:SharedArchiveFile={CLASS_ARCHIVE}"', "-Xlog:cds=off,cds+dynamic=off") if is_whole else ()


def recorded_size(archive: Path) -> Path:
    """Return the file that has the size of an archive of classes, in bytes."""
    return archive.with_name(f"{archive.name}.size")


def _skip_lookup() -> None:
    """Register no data sources of installed packages. Spark would start a Python process to look for them."""
    java: Any = SparkContext._jvm
    manager = getattr(getattr(java.org.apache.spark.sql.execution.datasources, "DataSourceManager$"), "MODULE$")
    none_found = java.org.apache.spark.api.python.PythonUtils.toScalaMap({})
    getattr(manager, "dataSourceBuilders_$eq")(java.scala.Option.apply(none_found))


def _settings(config: StreamingConfig, scratch: Path, java_flags: Sequence[str] = ()) -> dict[str, str]:
    return {
        "spark.driver.memory": config.spark_memory,
        "spark.driver.extraJavaOptions": " ".join(
            (*_jvm_flags(sys.platform), _log_flag(config), *_jvm_folders(scratch), *java_flags)
        ),
        "spark.local.dir": str(scratch),
        f"spark.hadoop.{_HADOOP_UMASK[0]}": _HADOOP_UMASK[1],
        # Spark's own ports unpack Java objects. Without a secret, everyone who reaches them could send some.
        "spark.authenticate": "true",
        "spark.network.crypto.enabled": "true",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # By default Spark remembers thousands of finished jobs for its web page, which is off.
        "spark.ui.retainedJobs": "10",
        "spark.ui.retainedStages": "10",
        "spark.ui.retainedTasks": "100",
        "spark.sql.ui.retainedExecutions": "5",
        "spark.sql.streaming.ui.retainedQueries": "2",
        "spark.sql.session.timeZone": "UTC",
        # Through TCP, each response within a batch waits about 40 ms for the acknowledgement of the one before.
        "spark.python.unix.domain.socket.enabled": str(_has_room_for_socket(scratch)).lower(),
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.streaming.noDataMicroBatches.enabled": "false",
        "spark.sql.streaming.minBatchesToRetain": "2",
        "spark.sql.streaming.metricsEnabled": "false",
        "spark.sql.streaming.numRecentProgressUpdates": "2",
        "spark.sql.streaming.checkpointFileManagerClass": _LOCAL_CHECKPOINTS,
        # Spark writes the plan of each batch for listeners. There are none, so the shortest form will do.
        "spark.sql.ui.explainMode": "simple",
        # After a failed batch this process restarts and continues from the counts file.
        "spark.task.maxFailures": "1",
    }


def _log_flag(config: StreamingConfig) -> str:
    """Return the flag that chooses how the JVM logs: a second file overrides the first. Quotes allow spaces."""
    names = ("log4j2.properties", "log4j2-json.properties") if config.has_json_log else ("log4j2.properties",)
    return f'"-Dlog4j2.configurationFile={",".join(str(ROOT / "streaming" / name) for name in names)}"'


def _jvm_folders(scratch: Path) -> tuple[str, ...]:
    """Return the flags that keep the JVM's files in ``scratch``. A user without a name has no home."""
    return f'"-Djava.io.tmpdir={scratch}"', f'"-Duser.home={scratch}"'


def _has_room_for_socket(folder: Path) -> bool:
    """Return whether the path of a socket in a folder is short enough: the limit is 103 bytes on macOS."""
    return len(os.fsencode(folder)) + _SOCKET_NAME_BYTES <= _SOCKET_PATH_BYTES


def with_python(session: SparkSession, ask: Callable[[], Answer]) -> Answer:
    """Return what ``ask`` returns, which asks Spark a question that it starts Python for.

    Each process ends when it has answered. Spark gives such a process ten seconds to start. On a machine on which that
    is not enough, its daemon starts another one, which may take longer.
    """
    try:
        with _short_lived_python(session):
            return ask()
    except (Py4JError, PySparkException) as error:
        if _NOT_IN_TIME not in str(error):
            raise
        log.warning("Python did not start within ten seconds: this machine is very slow or busy, so it gets longer")
        return ask()


@contextmanager
def _short_lived_python(session: SparkSession) -> Iterator[None]:
    """Let each Python process that Spark starts within the block end when it has answered.

    Spark would keep two for each question, 90 MB, for at least a minute. Another query's batch that begins within the
    block gets a worker of its own. One thread enters at a time.
    """
    settings: Any = cast(Any, session.sparkContext._jsc).sc().conf()
    with _short_lived:
        settings.set(_KEEPS_PYTHON, "false")
        try:
            yield
        finally:
            settings.set(_KEEPS_PYTHON, "true")


class StartHelpers:
    """The Python processes that plan a query's first batch. Spark would keep them, 30 MB each, for ever.

    All queries of a session share them. Spark starts one again if another query needs it. Any thread may use this.
    """

    def __init__(self, session: SparkSession) -> None:
        """Watch the helpers of ``session``."""
        self._session = session
        self._lock = threading.Lock()
        self._starting: set[object] = set()

    def hold(self, query: object) -> None:
        """Let no helper end while ``query`` starts: one that starts, too, has no child yet."""
        with self._lock:
            self._starting.add(query)

    def release(self, query: object) -> None:
        """Let helpers end again: the first batch of ``query`` is done, or it has waited long for posts."""
        with self._lock:
            self._starting.discard(query)

    def end_idle(self) -> bool:
        """End the helpers without child processes; return whether none is left. Call it again until then.

        Spark ends each child a minute after its last use. If a helper ended before its child, Spark would fail when
        it uses the child again.
        """
        with self._lock:
            if self._starting:
                return False
            helpers = self.running()
            for helper in helpers:
                if not helper.children().count():
                    helper.destroy()
            return not helpers

    def running(self) -> list[Any]:
        """Return the running helpers, as Java's ProcessHandle."""
        java: Any = self._session.sparkContext._jvm
        children = java.ProcessHandle.current().children().toArray()
        arguments = [child.info().arguments().orElse(None) for child in children]
        return [child for child, last in zip(children, arguments, strict=True) if last and last[-1] == _START_HELPER]
