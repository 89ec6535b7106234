"""A virtual environment for bytewax, which Trendsite does not need, kept in the user's cache."""

import subprocess
import venv
from importlib.metadata import version
from pathlib import Path

from benchmarks.post_file import cache_folder

_BYTEWAX = "bytewax==0.21.1"
_SNAPSHOT_SECONDS = "10"


def bytewax_command(port: int, redis_url: str, folder: Path) -> list[str]:  # noqa: ARG001 - they are in its environment
    """Return the command that runs the dataflow with recovery; the first time, bytewax is installed.

    Raises:
        subprocess.CalledProcessError: it cannot be installed.
    """
    home = cache_folder() / _BYTEWAX.replace("==", "-")
    python = home / "bin" / "python"
    if not (home / "installed").exists():
        venv.create(home, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", _BYTEWAX, f"redis=={version('redis')}"]
        subprocess.run(install, check=True, capture_output=True, timeout=300)
        (home / "installed").touch()
    recovery = folder / "recovery"
    recovery.mkdir()
    subprocess.run([str(python), "-m", "bytewax.recovery", str(recovery), "1"], check=True, timeout=30)
    flow = "benchmarks.peers.bytewax_flow:flow"
    options = [
        "--recovery-directory",
        str(recovery),
        "--snapshot-interval",
        _SNAPSHOT_SECONDS,
        "--backup-interval",
        "0",
    ]
    return [str(python), "-m", "bytewax.run", flow, *options]
