"""podman as these checks use it: a configuration and a storage of their own, apart from other containers here."""

import os
import resource
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trendsite-containers"
_RUNNING = Path("/run/trendsite-containers")
_NETAVARK = Path("/usr/lib/podman/netavark")
_MOST_FILES, _MOST_PROCESSES = 65_536, 4_096


class UnusableError(RuntimeError):
    """Containers cannot run on this machine. The message is the reason."""


class FailedError(RuntimeError):
    """A command or a check failed. The message says which."""


def require_tools() -> None:
    """Check that everything is installed.

    Raises:
        UnusableError: something is missing.
    """
    if os.geteuid() != 0:
        raise UnusableError("debootstrap and memory limits need root")
    for tool in ("podman", "debootstrap", "iptables"):
        if not shutil.which(tool):
            raise UnusableError(f"{tool} is not installed")
    if not _NETAVARK.exists():
        raise UnusableError("netavark and aardvark-dns are not installed, through which containers find each other")
    if not (shutil.which("catatonit") or Path("/usr/libexec/podman/catatonit").exists()):
        raise UnusableError("catatonit is not installed, which is the init process of containers")


class Podman:
    """Runs podman and podman-compose with the same configuration."""

    def __init__(self, folder: Path) -> None:
        """Write the configuration into ``folder``; images stay in CACHE for the next time."""
        files, processes = _limit(resource.RLIMIT_NOFILE, _MOST_FILES), _limit(resource.RLIMIT_NPROC, _MOST_PROCESSES)
        limits = [f"nofile={min(files, 1_024)}:{files}", f"nproc={processes}:{processes}"]
        runtime = 'runtime = "runc"\n' if shutil.which("runc") else ""
        (folder / "containers.conf").write_text(
            f'[engine]\n{runtime}cgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
            f'[network]\nnetwork_backend = "netavark"\n[containers]\ndefault_ulimits = {limits!r}\n'
        )
        (folder / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{CACHE}/storage"\nrunroot = "{_RUNNING}"\n'
        )
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        }

    def run(self, *arguments: str | Path, timeout: float = 60) -> str:
        """Run ``podman`` with arguments; return what it prints.

        Raises:
            FailedError: it failed, or took too long.
        """
        return execute(["podman", *arguments], timeout, env=self.environment)

    def succeeds(self, *arguments: str, timeout: float = 60) -> bool:
        """Return whether ``podman`` with these arguments succeeds."""
        try:
            self.run(*arguments, timeout=timeout)
        except FailedError:
            return False
        return True


def execute(command: list[str | Path], timeout: float, **options: object) -> str:
    """Run a command; return what it prints.

    Raises:
        FailedError: it failed, or took too long.
    """
    shown = " ".join(map(str, command[:6]))
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, **options)
    except subprocess.TimeoutExpired:
        raise FailedError(f"{shown} took over {timeout:.0f} s") from None
    if done.returncode:
        raise FailedError(f"{shown} failed:\n{(done.stdout + done.stderr)[-4_000:]}")
    return done.stdout


def _limit(limit: int, wanted: int) -> int:
    """Return a limit that this user may give to a container."""
    _, hard = resource.getrlimit(limit)
    return wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
