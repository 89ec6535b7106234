"""``python -m benchmarks.cluster.acceptance``: is a replay counted on a cluster as on this machine, byte for byte?

A master and two workers run as ``nobody``, in ``/``, with an empty environment, each in a network namespace of its own.
In the middle of a replay the executor that reads is killed. Then executors cannot reach the collector, which the driver
must log within half a minute. Needs root. It ends with an error if one of this fails.

With ``--log kafka`` the cluster's executors read from a real Kafka instead, with the client library that they are sent.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.cluster.kafka import kafka_at
from benchmarks.cluster.namespaces import Namespaces
from benchmarks.cluster.pipeline import SECRET, Pipeline
from benchmarks.cluster.standalone import Standalone
from benchmarks.harness import BenchmarkError, wait_until
from benchmarks.made_up_posts import Recipe, post_file

_HOURS = 1.0
_REPORT_SECONDS = 30.0
_PLANNED_SECONDS = 0.5


def main() -> None:
    """Count a replay twice, and compare."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster.acceptance", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long the replay takes")
    parser.add_argument("--posts", type=int, default=60_000, help="how many posts it has")
    parser.add_argument("--port", type=int, default=7080, help="the collector's port; the next is the master's")
    parser.add_argument("--log", choices=["spool", "kafka"], default="spool", help="where the cluster reads posts")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    folder.chmod(0o755)
    file, speed = post_file(Recipe(chosen.posts, hours=_HOURS)), _HOURS * 3600 / chosen.seconds
    try:
        with Pipeline(folder / "local", file, speed, ("127.0.0.1", chosen.port), SPARK_MASTER="local[2]") as pipeline:
            pipeline.start_collector()
            # Authors are hashed with a key of the recording, which is deleted at its end. Another key gives other
            # estimates of the same authors.
            shutil.copytree(folder / "local" / "var" / "author_keys", folder / "driver" / "var" / "author_keys")
            pipeline.start_streaming()
            expected = pipeline.wait_until_counted()
        found = on_cluster(folder, file, speed, chosen.port, chosen.log == "kafka")
        print(f"local[2]: {expected}\ncluster:  {found}", flush=True)
        if chosen.log == "spool":
            report_of_unreachable(folder, file, chosen.port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if found == expected else "the counts differ")


def on_cluster(folder: Path, file: Path, speed: float, port: int, has_kafka: bool) -> dict[str, str]:
    """Count a file on a cluster whose reading executor is killed; return the SHA-256 of each day.

    Raises:
        BenchmarkError: the driver ended, or a secret is where others may read it.
    """
    with ExitStack() as means:
        network = means.enter_context(Namespaces(3))
        cluster = means.enter_context(Standalone(folder / "cluster", port + 1, 2, network, is_nobody=True))
        broker = means.enter_context(kafka_at(folder / "kafka", network.here)) if has_kafka else ""
        address = (network.here, port)
        settings = {"SPARK_MASTER": cluster.master, "SPARK_SECRET": cluster.secret, "SPARK_DRIVER_HOST": network.here}
        log_url = f"kafka://{broker}/posts" if broker else ""
        with Pipeline(folder / "driver", file, speed, address, log_url, **settings) as pipeline:
            streaming = pipeline.start_streaming()
            wait_until(lambda: "executors run tasks" in pipeline.log("streaming"), "executors run tasks", 1200)
            collector = pipeline.start_collector()
            kill_reader(cluster, collector, int(broker.rpartition(":")[2] or port))
            found = pipeline.wait_until_counted()
            if not Path(f"/proc/{streaming}").exists():
                raise BenchmarkError("the driver ended")
            logs = {**cluster.texts(), "streaming": pipeline.log("streaming")}
            print(logs["streaming"])
            refuse_shown(cluster.secret, logs)
            refuse_shown(SECRET, logs)
    return found


def report_of_unreachable(folder: Path, file: Path, port: int) -> None:
    """Print the line about a collector that executors do not reach, and the seconds until it was logged.

    Raises:
        BenchmarkError: there was none, or it came too late.
    """
    with Namespaces(2) as network, Standalone(folder / "cut-off", port + 1, 1, network, is_nobody=True) as cluster:
        settings = {"SPARK_MASTER": cluster.master, "SPARK_SECRET": cluster.secret, "SPARK_DRIVER_HOST": network.here}
        with Pipeline(folder / "cut-off-driver", file, 0, (network.beyond, port), **settings) as pipeline:
            pipeline.start_collector()
            pipeline.start_streaming()
            wait_until(lambda: " counting " in pipeline.log("streaming"), "the query starts", 1200)
            began = time.monotonic()
            lines = wait_until(lambda: _reports(pipeline.log("streaming")), "the driver logs it", _REPORT_SECONDS + 60)
            seconds = time.monotonic() - began
    print(f"{lines[0]}\nlogged after {seconds:.0f} s, with the start of the query")
    if seconds > _REPORT_SECONDS:
        raise BenchmarkError(f"the driver logged it only after {seconds:.0f} s")


def _reports(log: str) -> list[str]:
    return [line for line in log.splitlines() if "COLLECTOR_ADDRESS" in line]


def kill_reader(cluster: Standalone, collector: int, port: int) -> None:
    """Kill an executor in the middle of a task: one that waits for posts of a collector that is stopped.

    A connection to a broker's ``port`` stays open between two tasks, so of Kafka's readers one is killed at any moment.
    """
    victim = wait_until(lambda: _stopped_while_read(cluster, collector, port), "a task reads", 1200)
    os.kill(victim, signal.SIGKILL)
    print(f"killed executor {victim} of {cluster.executors()}")
    os.kill(collector, signal.SIGCONT)


def _stopped_while_read(cluster: Standalone, collector: int, port: int) -> int | None:
    """Stop the collector in the middle of a task and return the task's executor; None if there was none.

    A batch that has been planned before the stop has a task soon after it.
    """
    os.kill(collector, signal.SIGSTOP)
    time.sleep(_PLANNED_SECONDS)
    if readers := cluster.readers(port):
        return readers[0]
    os.kill(collector, signal.SIGCONT)
    time.sleep(_PLANNED_SECONDS)
    return None


def refuse_shown(secret: str, logs: dict[str, str]) -> None:
    """Raise a BenchmarkError if a secret is in a log or in the command line of a process."""
    shown = [name for name, text in logs.items() if secret in text]
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = path.read_text(errors="replace")
        except OSError:
            continue
        if secret in text:
            shown.append(str(path))
    if shown:
        raise BenchmarkError(f"a secret is shown in {', '.join(shown)}")


if __name__ == "__main__":
    main()
