"""The supervisord that is the parent of every process: run it, ask it, and clean up after one that was killed.

``python -m launch.supervise -c FILE`` becomes supervisord in the foreground; ``python -m launch.supervise status``,
or another action of supervisorctl, asks the Trendsite that runs on the DATA_DIR of ``.env``.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from supervisor import supervisord
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates

from contract.environment import Environment
from launch import pause, process_environment
from launch.parts import read_parts

_COLLECTOR = "program:collector"
_STOP_CHECKS = 50
_PAUSE_SECONDS = 0.2
_NOT_ALL_RUN = 3
_AT_REST = {
    ("past-days", "EXITED"),
    ("past-days", "STOPPED"),
    ("class-archive", "EXITED"),
    ("class-archive", "STOPPED"),
    ("redis", "STOPPED"),
    ("alerts", "STOPPED"),
}
"""Processes that are well without running: two end after their work, settings do not need the others."""


class ForegroundOptions(ServerOptions):  # type: ignore[misc]  # an untyped base class
    """Supervisord's options, except that a closed terminal stops everything instead of restarting it.

    Each collector has the name and the log of its network, and only the parts in PARTS run. A configuration file cannot
    express this.
    """

    def get_signal(self) -> int | None:
        """Return the next signal to act on, if one came."""
        received: int | None = super().get_signal()
        return signal.SIGTERM if received == signal.SIGHUP else received

    def processes_from_section(self, parser: object, section: str, *rest: object) -> list[Any]:
        """Return the configurations of the processes of one section of the file."""
        if not read_parts(Environment(os.environ)).include(section.removeprefix("program:")):
            return []
        configs: list[Any] = super().processes_from_section(parser, section, *rest)
        if section == _COLLECTOR:
            _name_after_networks(configs, Environment(os.environ).sources())
        return configs

    def process_groups_from_parser(self, parser: object) -> list[Any]:
        """Return the groups of processes, without those of parts that run on another machine."""
        return [group for group in super().process_groups_from_parser(parser) if group.process_configs]


def _name_after_networks(collectors: list[Any], sources: list[str]) -> None:
    """Give each collector its network. A collector that runs alone is just ``collector``."""
    for config, source in zip(collectors, sources, strict=True):
        is_alone = len(sources) == 1
        config.name = "collector" if is_alone else source
        config.stdout_logfile = str(Path(config.stdout_logfile).with_name(f"{log_name(source, is_alone)}.log"))
        config.command = config.command if is_alone else f"{config.command} {source}"


def log_name(source: str, is_alone: bool) -> str:
    """Return the name of the log of a source's collector, without its suffix."""
    return "collector" if is_alone else f"collector-{source}"


def supervisor_socket(data_dir: Path) -> Path:
    """Return the unix socket on which the running supervisord takes requests."""
    return data_dir / "supervisor.sock"


def has_listener(path: Path) -> bool:
    """Return whether a process listens on a unix socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True


def find_leftovers(server_url: str, processes: Path = Path("/proc")) -> list[int]:
    """Return the processes that the supervisord of ``server_url`` started (none where there is no /proc)."""
    mark = f"SUPERVISOR_SERVER_URL={server_url}".encode()
    found = []
    for variables in processes.glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in variables.read_bytes().split(b"\0"):
                found.append(int(variables.parent.name))
    return found


def stop_leftovers(server_url: str) -> None:
    """Stop the processes that a killed supervisord left running, by force after ten seconds."""
    _signal(find_leftovers(server_url), signal.SIGTERM)
    for _ in range(_STOP_CHECKS):
        if not find_leftovers(server_url):
            return
        time.sleep(_PAUSE_SECONDS)
    _signal(find_leftovers(server_url), signal.SIGKILL)


def _signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)


def _control(arguments: list[str]) -> None:
    process_environment.load()
    data_dir = Environment(os.environ).data_dir()
    if not has_listener(supervisor_socket(data_dir)):
        sys.exit(f"trendsite: nothing runs on DATA_DIR={data_dir}")
    os.environ["DATA_DIR"] = str(data_dir)
    command = [
        sys.executable,
        "-m",
        "supervisor.supervisorctl",
        "-c",
        str(process_environment.ROOT / "supervisord.conf"),
    ]
    if arguments != ["status"]:
        os.execv(sys.executable, [*command, *arguments])
    answer = subprocess.run([*command, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    print(answer.stdout, end="")
    sys.exit(0 if answer.returncode == _NOT_ALL_RUN and runs(answer.stdout) else answer.returncode)


def runs(status: str) -> bool:
    """Return whether every process runs, by supervisorctl's list of them, but for those at rest."""
    processes = [line.split()[:2] for line in status.splitlines()]
    return all(state == "RUNNING" or (name, state) in _AT_REST for name, state in processes)


def main() -> None:
    """Become supervisord, or ask it by supervisorctl where no configuration file is given."""
    if "-c" in sys.argv:
        _become_supervisord()
    else:
        _control(sys.argv[1:])


def _become_supervisord() -> None:
    """Run until everything has stopped. After a `reload`, become the launcher, once no upgrade is at work."""
    given = pause.given_environment(os.environ)
    os.environ.pop(pause.GIVEN_ENVIRONMENT, None)
    options = ForegroundOptions()
    options.realize(None, doc=__doc__)
    options.first, options.test = True, False
    supervisord.go(options)
    options.close_httpservers()
    options.close_logger()
    pause.leave()
    if options.mood == SupervisorStates.RESTARTING and given is not None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        pause.start_again(Environment(os.environ).data_dir(), given)


if __name__ == "__main__":
    main()
