import os
import socket
import stat
import struct
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.errors import PySparkException

from contract.post import Post
from streaming.jobs.stream_job import start_query
from streaming.session import ROOT, StartHelpers, _jvm_flags, _settings, scratch_folder, with_python
from tests.streaming.fake_counts import NOON

UNIX_SOCKETS = "spark.python.unix.domain.socket.enabled"


def test_spark_talks_to_its_python_through_private_sockets(spark):
    scratch = Path(spark.sparkContext.getConf().get("spark.local.dir"))
    assert spark.range(3).toArrow().num_rows == 3
    assert spark.sparkContext.getConf().get(UNIX_SOCKETS) == "true"
    assert stat.S_IMODE(scratch.stat().st_mode) == 0o700
    # Spark removes some of them meanwhile.
    assert any(path.is_socket() for path in scratch.glob(".*.sock"))


def text_of_java(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def kind_of_answer(port: int) -> int:
    """Send the frame of a remote call with a Java string; return the kind of Spark's answer."""
    receiver = b"\0\1" + text_of_java("127.0.0.1") + struct.pack(">i", port) + text_of_java("endpoint-verifier")
    body = receiver + bytes.fromhex("aced000574") + text_of_java("of a stranger")
    message = b"\3" + struct.pack(">qi", 7, len(body)) + body
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(struct.pack(">q", len(message) + 8) + message)
        return connection.makefile("rb").read(9)[8]


def test_spark_unpacks_no_object_of_a_stranger(spark):
    refused = 5  # an object that was unpacked has an answer, 4
    assert kind_of_answer(int(spark.sparkContext.getConf().get("spark.driver.port"))) == refused
    assert spark.range(3).count() == 3


@pytest.mark.parametrize(("length", "expected"), [(60, "true"), (61, "false"), (200, "false")])
def test_with_a_path_too_long_for_sockets_spark_uses_tcp(config, length: int, expected: str):
    scratch = scratch_folder(replace(config, data_dir=Path("/" + "d" * (length - len("/spark") - 1))).data_dir)
    assert len(str(scratch)) == length
    assert _settings(config, scratch)[UNIX_SOCKETS] == expected


def test_only_java_on_linux_starts_processes_by_vfork_which_that_of_macos_refuses():
    assert any("VFORK" in flag for flag in _jvm_flags("linux"))
    assert not any("VFORK" in flag for flag in _jvm_flags("darwin"))


FOREIGN = {
    "SPARK_HOME": "/nowhere",
    "SPARK_CONF_DIR": "/nowhere",
    "SPARK_LOCAL_IP": "203.0.113.1",
    "PYSPARK_PYTHON": "/nowhere/python",
    "PYSPARK_DRIVER_PYTHON": "/nowhere/python",
    "PYSPARK_SUBMIT_ARGS": "--master yarn pyspark-shell",
    "HADOOP_CONF_DIR": "/nowhere",
    "JAVA_TOOL_OPTIONS": "-Xbogus",
    "_JAVA_OPTIONS": "-Xbogus",
    "JDK_JAVA_OPTIONS": "-Xbogus",
    "PYTHONPATH": "/nowhere",
    "LC_ALL": "C",
}
READ_BY_SPARK = """
import os, sys
from pathlib import Path
from contract.environment import Environment
from contract.files import restrict_new_files
from streaming.config import StreamingConfig
from streaming.session import create_session
restrict_new_files()
session = create_session(StreamingConfig.from_env(Environment(os.environ))[0])
counted = session.sparkContext.parallelize(range(3)).map(str).count()
session.range(3).write.parquet(sys.argv[1] + "/by_hadoop")
modes = {oct(path.lstat().st_mode & 0o077) for path in Path(sys.argv[1]).rglob("*")}
session.stop()
print("counted", counted, modes)
"""


def test_spark_starts_with_a_foreign_environment_for_a_user_without_a_name(tmp_path):
    nameless = ["unshare", "--user", "--map-user=1004", "--map-group=1004"]
    if subprocess.run([*nameless, "true"], capture_output=True).returncode:
        nameless = []
    java = {name: os.environ[name] for name in ("PATH", "JAVA_HOME") if name in os.environ}
    environ = {**java, **FOREIGN, "DATA_DIR": str(tmp_path / "vär")}
    command = [*nameless, sys.executable, "-c", READ_BY_SPARK, str(tmp_path / "vär")]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=400, umask=0o022)
    assert "counted 3 {'0o0'}" in done.stdout, done.stdout + done.stderr


PATIENCE_SECONDS = 240


class Process:
    """The methods of Java's ProcessHandle that end_idle uses."""

    def __init__(self, children: int) -> None:
        self.destroyed = False
        self._children = children

    def children(self) -> "Process":
        return self

    def count(self) -> int:
        return self._children

    def destroy(self) -> None:
        self.destroyed = True


def python_processes(spark) -> dict[int, str]:
    """Return the module that each Python process of Spark runs."""
    processes = spark.sparkContext._jvm.ProcessHandle.current().descendants().toArray()
    arguments = {process.pid(): process.info().arguments().orElse(None) for process in processes}
    return {pid: list(found)[-1] for pid, found in arguments.items() if found}


def test_python_that_loads_the_source_ends_with_its_answer(spark, config, collector):
    earlier = python_processes(spark)
    collector.append(Post("a:1", NOON, "en", ["tea"], ["Tea"]))
    begun = threading.Event()
    query = start_query(spark, config, 0, lambda _: begun.set(), ending := threading.Event())
    assert begun.wait(PATIENCE_SECONDS)
    running = python_processes(spark)
    ending.set()
    query.stop()
    assert "pyspark.worker" in running.values()
    started = {module for pid, module in running.items() if pid not in earlier}
    assert not started & {"pyspark.sql.worker.lookup_data_sources", "pyspark.sql.worker.create_data_source"}


def test_python_that_does_not_start_in_time_gets_longer_and_another_fault_is_raised(spark, caplog):
    parse = spark.sparkContext._jvm.java.lang.Integer.parseInt
    ways = []

    def ask():
        ways.append(spark.sparkContext._jsc.sc().conf().get("spark.python.use.daemon"))
        return parse("Python worker failed to connect back." if len(ways) == 1 else "7")

    assert with_python(spark, ask) == 7
    assert ways == ["false", "true"]
    assert "Python did not start within ten seconds" in caplog.text
    with pytest.raises(PySparkException, match="another fault"):
        with_python(spark, lambda: parse("another fault"))


def test_helpers_with_children_are_left_running(spark, config, collector):
    collector.append(Post("a:1", NOON, "en", ["tea"], ["Tea"]))
    begun = threading.Event()
    query = start_query(spark, config, 0, lambda _: begun.set(), ending := threading.Event())
    assert begun.wait(PATIENCE_SECONDS)
    helpers = StartHelpers(spark)
    used = [helper for helper in helpers.running() if helper.children().count()]
    are_ended = helpers.end_idle()
    ending.set()
    query.stop()
    assert used
    assert all(helper.isAlive() for helper in used)
    assert not are_ended


def test_idle_helpers_are_ended_until_none_is_left(monkeypatch):
    idle, used = Process(children=0), Process(children=1)
    running = iter([[idle, used], []])
    helpers = StartHelpers(None)
    monkeypatch.setattr(helpers, "running", lambda: next(running))
    assert not helpers.end_idle()
    assert (idle.destroyed, used.destroyed) == (True, False)
    assert helpers.end_idle()


def test_no_helper_is_ended_while_another_query_starts(monkeypatch):
    idle = Process(children=0)
    helpers = StartHelpers(None)
    monkeypatch.setattr(helpers, "running", lambda: [] if idle.destroyed else [idle])
    helpers.hold("first")
    helpers.hold("second")
    helpers.release("first")
    assert not helpers.end_idle()
    assert not idle.destroyed
    helpers.release("second")
    assert not helpers.end_idle()
    assert idle.destroyed
    assert helpers.end_idle()
