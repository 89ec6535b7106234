"""Apache Hadoop YARN as processes: its jars by Maven, started, killed and started again by tests.

A ResourceManager and NodeManagers, all on loopback. Hadoop's default file system is that of this machine.
"""

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import Request, urlopen
from xml.sax.saxutils import escape

from benchmarks.cluster.executors import executors_in, readers_in
from benchmarks.harness import wait_until
from launch.java import find_java_home
from launch.process_environment import ROOT
from tests.maven import jars
from tests.parallel import find_free_port

POM = Path(__file__).parent / "pom.xml"
_START_SECONDS = 60
_STOP_SECONDS = 20
_JAVA = ("-Xmx256m", "-Xms48m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_SERVERS = "org.apache.hadoop.yarn.server"
_MANAGER = "resourcemanager.ResourceManager"
_NODE = "nodemanager.NodeManager"
_NODE_MEGABYTES = 4_096
_LOG = """
log4j.rootLogger=INFO,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{1}: %m%n
"""


def yarn_jars() -> Path:
    """Return the folder with YARN's jars.

    Raises:
        ServerMissingError: there is no Maven or Java, or Maven does not find the jars.
    """
    return jars(POM, "YARN")


class Yarn:
    """A ResourceManager and ``nodes`` NodeManagers in ``folder``, stopped when the block is left.

    ``configuration`` is the folder for HADOOP_CONF_DIR.
    """

    def __init__(self, folder: Path, nodes: int = 1) -> None:
        self._folder = folder
        self._classes = yarn_jars() / "*"
        self._nodes = nodes
        self._web = f"127.0.0.1:{find_free_port()}"
        self._common = self._common_settings()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.configuration = self._configure("conf", self._common)

    def __enter__(self) -> "Yarn":
        self.start_manager()
        for number in range(1, self._nodes + 1):
            self.start_node(number)
        wait_until(lambda: self.running_nodes() == self._nodes, "all nodes are registered", _START_SECONDS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in reversed(self._processes.values()):
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pid in self.executors():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def start_manager(self) -> None:
        """Start the ResourceManager; do not wait for it."""
        self._start("manager", _MANAGER, self.configuration)

    def start_node(self, number: int) -> None:
        """Start a NodeManager, 1 or more; do not wait for it."""
        folders = {f"{of}-dirs": str(self._folder / f"{of}-{number}") for of in ("local", "log")}
        own = {f"yarn.nodemanager.{name}": folder for name, folder in folders.items()}
        self._start(f"node-{number}", _NODE, self._configure(f"conf-{number}", self._common | own))

    def kill(self, name: str) -> None:
        """End ``manager`` or ``node-NUMBER`` as a power cut does. Containers of a node go on."""
        process = self._processes.pop(name)
        process.kill()
        process.wait()

    def executors(self) -> list[int]:
        """Return the process ids of the executors."""
        return executors_in(self._folder)

    def readers(self, port: int) -> list[int]:
        """Return the executors of which a task is connected to a collector on ``port``."""
        return readers_in(self._folder, port)

    def running_nodes(self) -> int:
        """Return how many nodes the ResourceManager has; 0 while it does not answer."""
        with contextlib.suppress(OSError):
            return int(self._ask("metrics")["clusterMetrics"]["activeNodes"])
        return 0

    def applications(self, state: str = "RUNNING") -> list[str]:
        """Return the ids of the applications in a state."""
        found = self._ask(f"apps?states={state}")["apps"] or {"app": []}
        return [app["id"] for app in found["app"]]

    def kill_application(self, name: str) -> None:
        """Do what ``yarn application -kill`` does."""
        self._ask(f"apps/{name}/state?user.name=root", b'{"state": "KILLED"}')

    def texts(self) -> dict[str, str]:
        """Return all logs of the servers and the containers by their names."""
        logs = [*self._folder.glob("*.log"), *self._folder.glob("log-*/*/*/*")]
        return {str(path.relative_to(self._folder)): path.read_text(errors="replace") for path in logs}

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        request = Request(f"http://{self._web}/ws/v1/cluster/{path}", body, method="PUT" if body else "GET")
        request.add_header("Content-Type", "application/json")
        with urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def _common_settings(self) -> dict[str, str]:
        addresses = ("address", "scheduler.address", "resource-tracker.address", "admin.address")
        return {
            "yarn.resourcemanager.hostname": "127.0.0.1",
            **{f"yarn.resourcemanager.{name}": f"127.0.0.1:{find_free_port()}" for name in addresses},
            "yarn.resourcemanager.webapp.address": self._web,
            "yarn.resourcemanager.scheduler.class": f"{_SERVERS}.resourcemanager.scheduler.fifo.FifoScheduler",
            "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": "200",
            "yarn.scheduler.minimum-allocation-mb": "128",
            "yarn.nodemanager.hostname": "127.0.0.1",
            **{f"yarn.nodemanager.{name}address": "127.0.0.1:0" for name in ("", "localizer.", "webapp.")},
            "yarn.nodemanager.resource.memory-mb": str(_NODE_MEGABYTES),
            "yarn.nodemanager.pmem-check-enabled": "false",
            "yarn.nodemanager.vmem-check-enabled": "false",
            "yarn.nodemanager.disk-health-checker.enable": "false",
        }

    def _configure(self, name: str, settings: dict[str, str]) -> Path:
        """Write a folder of Hadoop's settings."""
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        core = {"fs.defaultFS": "file:///", "hadoop.tmp.dir": str(self._folder / "tmp")}
        for file, values in {"core-site.xml": core, "yarn-site.xml": settings}.items():
            rows = [
                f"<property><name>{key}</name><value>{escape(value)}</value></property>"
                for key, value in values.items()
            ]
            (folder / file).write_text(f"<configuration>{''.join(rows)}</configuration>")
        (folder / "log4j.properties").write_text(_LOG)
        return folder

    def _start(self, name: str, server: str, configuration: Path) -> None:
        home = find_java_home(os.environ, ROOT / ".venv")
        environ = {"PATH": "/usr/bin:/bin", "JAVA_HOME": str(home)}
        command = [f"{home}/bin/java", *_JAVA, "-cp", f"{configuration}:{self._classes}", f"{_SERVERS}.{server}"]
        with (self._folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                command, cwd="/", env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
