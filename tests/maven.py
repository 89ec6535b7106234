"""The jars of real servers, for tests: Maven resolves a ``pom.xml`` once, into the user's cache."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

_RESOLVE_SECONDS = 400


class ServerMissingError(RuntimeError):
    """A real server cannot run here. The message is the reason."""


def jars(pom: Path, name: str) -> Path:
    """Return the folder with the jars of the server ``name``. Maven fills it the first time, once for each ``pom``.

    Raises:
        ServerMissingError: there is no Maven or Java, or Maven does not find the jars.
    """
    if missing := next((program for program in ("java", "mvn") if shutil.which(program) is None), None):
        raise ServerMissingError(f"a real {name} needs {missing} (Debian: apt install maven)")
    version = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "trendsite" / f"{name.lower()}-{version}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Two Mavens that fill one repository at once may damage it. Test processes run side by side.
        with (folder.parent / "maven.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                _resolve(pom, name, folder)
    return folder


def _resolve(pom: Path, name: str, folder: Path) -> None:
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    command = ["mvn", "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={draft}"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=_RESOLVE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise ServerMissingError(f"Maven did not resolve {name} in {_RESOLVE_SECONDS} s") from None
    if run.returncode:
        raise ServerMissingError(f"Maven does not resolve {name}: {run.stdout.strip()[:300]}")
    draft.rename(folder)
