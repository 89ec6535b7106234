"""What pip says, told briefly: a line a package, how far the big downloads are, and how it ended."""

import re
from dataclasses import dataclass
from pathlib import Path

from launch.terminal import Terminal

_PACKAGE = re.compile(
    r"\s*(?:Downloading|Using cached|Processing) (?:\S*/)?"
    r"(?P<file>(?P<name>[\w.]+?(?:-[a-zA-Z][\w.]*)*)-(?P<version>\d[^-\s]*?)(?:-\S+\.whl|\.tar\.gz|\.zip))"
    r"(?=\s|$)(?: \((?P<size>[\d.]+) (?P<unit>kB|MB|GB)\))?"
)
_BUILDING = re.compile(r"\s*Building wheel for (\S+) .*started")
_INSTALLING = re.compile(r"Installing collected packages: (.*)")

_UNITS = {"kB": 0.001, "MB": 1, "GB": 1000}
_BIG_MEGABYTES = 10


@dataclass(frozen=True)
class Package:
    """One file that pip fetches; ``megabytes`` is 0 where pip does not say, as for what it has kept."""

    file: str
    name: str
    version: str
    megabytes: float


def parse_package(line: str) -> Package | None:
    """Return the package of one line of pip, or None for a line about something else."""
    found = _PACKAGE.match(line)
    if not found:
        return None
    megabytes = float(found["size"]) * _UNITS[found["unit"]] if found["size"] else 0
    return Package(found["file"], found["name"], found["version"], megabytes)


class PipProgress:
    """Follows one run of pip. ``temporary`` is the folder that pip downloads into."""

    def __init__(self, terminal: Terminal, temporary: Path) -> None:
        """Print to ``terminal``."""
        self._terminal = terminal
        self._temporary = temporary
        self._downloading: Package | None = None
        self._doing = "asking for the list of packages"

    def line(self, line: str) -> None:
        """Take one line of pip's output."""
        if package := parse_package(line):
            self._fetch(package)
        elif found := _BUILDING.match(line):
            self._begin(f"unpacking {found[1]}")
        elif found := _INSTALLING.match(line):
            self._begin(f"installing what was downloaded ({found[1].count(',') + 1} in all)")

    def wait(self, seconds: int) -> None:
        """Show, ``seconds`` after the start, what is going on while pip says nothing."""
        if self._downloading:
            arrived = sum(path.stat().st_size for path in self._temporary.glob(f"*/{self._downloading.file}")) / 1e6
            self._doing = (
                f"{self._downloading.name} {self._downloading.version}: "
                f"{arrived:.0f} of {self._downloading.megabytes:.0f} MB"
            )
        self._terminal.update(f"  {self._doing} ({seconds} s)")

    def _fetch(self, package: Package) -> None:
        is_big = package.megabytes >= _BIG_MEGABYTES
        self._downloading = package if is_big else None
        self._doing = f"{package.name} {package.version}"
        if is_big:
            self._terminal.say(f"  {package.name} {package.version} ({package.megabytes:.0f} MB)")
        elif self._terminal.live:
            self._terminal.say(f"  {package.name} {package.version}")

    def _begin(self, doing: str) -> None:
        self._downloading = None
        self._doing = doing
        self._terminal.say(f"  {doing}")
