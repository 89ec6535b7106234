"""A whole Trendsite in containers: docker/compose.yaml as it is, in a folder of its own, with secrets and a .env."""

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.containers.images import STAND_INS
from tests.containers.podman import ROOT, FailedError, Podman, execute
from tests.parallel import find_free_port

HOST = "board.localhost"
USER = "12345:0"
PATIENCE_SECONDS = 300
_PROJECT = "trendsite-test"


class Stack:
    """The containers of one project. Caddy's ports are on a loopback address of their own."""

    def __init__(self, podman: Podman, folder: Path) -> None:
        """Copy what a person needs beside the images into ``folder``, and make the secrets."""
        self._podman = podman
        self._folder = folder / "docker"
        self._folder.mkdir()
        for name in ("compose.yaml", "Caddyfile", "make-secrets"):
            shutil.copy2(ROOT / "docker" / name, self._folder)
        execute([self._folder / "make-secrets"], timeout=10)
        self.address = ".".join(["127", *(str(random.randint(1, 250)) for _ in range(3))])
        self.site_port = find_free_port()
        settings = {
            "COMPOSE_PROFILES": "postgres,tls",
            "CONTAINER_USER": USER,
            "DATABASE_URL": "postgres://trendsite@postgres/trendsite",
            "PORT": self.site_port,
            "PUBLIC_URL": f"https://{HOST}",
            "TLS_PUBLISH_ADDRESS": self.address,
            **{f"{name.upper()}_IMAGE": f"localhost/trendsite-test-{name}" for name in STAND_INS},
        }
        (self._folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def secret(self, name: str) -> str:
        """Return a secret that the containers get."""
        return (self._folder / "secrets" / name).read_text()

    def up(self, *services: str) -> None:
        """Start services, whatever they depend on."""
        self._compose("up", "--detach", "--no-build", "--no-deps", *services)

    def down(self) -> None:
        """Remove containers, volumes and the network."""
        for container in self._podman.run("ps", "--all", "--quiet").split():
            self._podman.succeeds("rm", "--force", "--time=1", container)
        self._podman.succeeds("volume", "rm", "--all", "--force")
        self._podman.succeeds("network", "rm", "--force", f"{_PROJECT}_default")

    def _compose(self, *arguments: str) -> None:
        command = [Path(sys.executable).with_name("podman-compose"), "--project-name", _PROJECT, *arguments]
        names = ("COMPOSE_FILE", "COMPOSE_PROFILES", "DATABASE_URL", "PORT", "PUBLIC_URL", "SOURCE")
        environment = {name: value for name, value in self._podman.environment.items() if name not in names}
        execute(command, PATIENCE_SECONDS, cwd=self._folder, env=environment)

    def inspect(self, service: str, template: str) -> str:
        """Return what podman knows about the container of a service, in a template of Go."""
        return self._podman.run("inspect", "--format", template, _container(service)).strip()

    def execute(self, service: str, *command: str) -> str:
        """Run a command in the container of a service; return what it prints."""
        return self._podman.run("exec", _container(service), *command)

    def logs(self, service: str) -> str:
        """Return what a container has written, or why that is not known: it may never have been started."""
        command = ["sh", "-c", f"podman logs {_container(service)} 2>&1"]
        try:
            return execute(command, 30, env=self._podman.environment)
        except FailedError as failure:
            return str(failure)

    def is_healthy(self, service: str) -> bool:
        """Run the health check of a service, as systemd does where it runs."""
        return self._podman.succeeds("healthcheck", "run", _container(service))

    def is_running(self, service: str) -> bool:
        """Return whether the container of a service runs now."""
        return self.inspect(service, "{{.State.Running}}") == "true"

    def kill(self, service: str) -> None:
        """Kill a container's processes from outside and wait until podman has started it again."""
        pid = self.inspect(service, "{{.State.Pid}}")
        os.kill(int(pid), signal.SIGKILL)
        wait_until(lambda: self.inspect(service, "{{.State.Pid}}") not in (pid, "0"), f"{service} is started again")

    def memory(self, services: Iterable[str]) -> str:
        """Return the memory of each service, as podman measures it."""
        names = [_container(service) for service in services]
        return self._podman.run("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *names)


def _container(service: str) -> str:
    return f"{_PROJECT}_{service}_1"


def wait_until(happened: Callable[[], object], what: str) -> None:
    """Call ``happened`` twice a second until it returns something true.

    Raises:
        FailedError: it did not within PATIENCE_SECONDS.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > deadline:
            raise FailedError(f"within {PATIENCE_SECONDS} s it did not happen that {what}")
        time.sleep(0.5)
