"""The Spark session: every setting with the reason it is not Spark's default."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from streaming.config import Config
from streaming.posts import CollectorDataSource

ROOT = Path(__file__).resolve().parent.parent

_LOCAL_CHECKPOINTS = "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager"

_SOCKET_NAME_BYTES = len("/.12345678-1234-1234-1234-123456789abc.sock")
_SOCKET_PATH_BYTES = 103

_JVM_FLAGS = (
    # One thread collects: on two cores the parallel collectors only add memory and threads.
    "-XX:+UseSerialGC",
    # By default the heap starts at a share of the machine; counting needs far less.
    "-Xms48m",
    # A batch leaves some ten MB of rubbish.
    "-Xmn24m",
    # Give back what lies idle.
    "-XX:MinHeapFreeRatio=10",
    "-XX:MaxHeapFreeRatio=30",
    "-XX:ReservedCodeCacheSize=96m",
    # A stop interrupts a batch, and Spark then searches its long message with a regular expression that recurses.
    "-Xss4m",
    # A fork would copy the page tables of the whole JVM for each Python worker.
    "-Djdk.lang.Process.launchMechanism=VFORK",
    # The quotes let the path hold spaces.
    f'"-Dlog4j2.configurationFile={ROOT / "streaming" / "log4j2.properties"}"',
)


def scratch_folder(data_dir: Path) -> Path:
    """Return where Spark keeps what it needs while it runs."""
    return data_dir / "spark"


def create_session(config: Config) -> SparkSession:
    """Start Spark with what counting needs, and the collector's data source registered."""
    scratch = scratch_folder(config.data_dir)
    # What a killed run left behind; nothing in it lasts.
    shutil.rmtree(scratch, ignore_errors=True)
    # Whoever can reach Spark's sockets in it can run code here.
    scratch.mkdir(mode=0o700, parents=True)
    # Spark's Python workers take their interpreter and our data source from the environment.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    # Spark runs hundreds of threads; by default the C library gives most of them a heap of their own.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    if config.spark_master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.appName("trendsite").master(config.spark_master)
    for name, value in _settings(config, scratch).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    if config.spark_master.startswith("local"):
        _lighten_hadoop(session)
    session.dataSource.register(CollectorDataSource)
    return session


def _lighten_hadoop(session: SparkSession) -> None:
    """Empty Hadoop's configuration, and leave out the checksum file beside each file.

    Spark copies Hadoop's thousand defaults into every batch; on local files each is also the default in Hadoop's
    code. A checksum file costs a batch as much as the file, and what Spark writes is checked when it is read.
    """
    context = session.sparkContext
    hadoop = context._jsc.hadoopConfiguration()
    hadoop.clear()
    java: Any = context._jvm
    files = java.org.apache.hadoop.fs.FileSystem.get(hadoop)
    files.setWriteChecksum(False)
    files.setVerifyChecksum(False)


def _settings(config: Config, scratch: Path) -> dict[str, str]:
    return {
        "spark.driver.memory": config.spark_memory,
        "spark.driver.extraJavaOptions": " ".join((*_JVM_FLAGS, f'"-Djava.io.tmpdir={scratch}"')),
        "spark.local.dir": str(scratch),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Spark remembers thousands of finished jobs for a page that we do not serve.
        "spark.ui.retainedJobs": "10",
        "spark.ui.retainedStages": "10",
        "spark.ui.retainedTasks": "100",
        "spark.sql.ui.retainedExecutions": "5",
        "spark.sql.streaming.ui.retainedQueries": "2",
        "spark.sql.session.timeZone": "UTC",
        # Through TCP each of a batch's answers waits until the one before it is acknowledged, some 40 ms.
        "spark.python.unix.domain.socket.enabled": str(_has_room_for_a_socket(scratch)).lower(),
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.streaming.noDataMicroBatches.enabled": "false",
        "spark.sql.streaming.minBatchesToRetain": "2",
        "spark.sql.streaming.metricsEnabled": "false",
        "spark.sql.streaming.numRecentProgressUpdates": "2",
        "spark.sql.streaming.checkpointFileManagerClass": _LOCAL_CHECKPOINTS,
        # The plan of each batch is told to listeners in words; nobody reads them.
        "spark.sql.ui.explainMode": "simple",
        # A failed batch is tried again by the restart of this process, from its store.
        "spark.task.maxFailures": "1",
    }


def _has_room_for_a_socket(folder: Path) -> bool:
    """Return whether the path of a socket in a folder is as short as systems want it: 103 bytes on macOS."""
    return len(os.fsencode(folder)) + _SOCKET_NAME_BYTES <= _SOCKET_PATH_BYTES
