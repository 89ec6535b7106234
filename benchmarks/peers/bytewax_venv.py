"""A virtual environment for bytewax, which Trendsite does not need, kept in the user's cache."""

import subprocess
from pathlib import Path

from benchmarks.own_venv import python_with

_BYTEWAX = "bytewax==0.21.1"
_SNAPSHOT_SECONDS = "10"


def bytewax_command(port: int, redis_url: str, folder: Path) -> list[str]:  # noqa: ARG001 - they are in its environment
    """Return the command that runs the dataflow with recovery; the first time, bytewax is installed.

    Raises:
        subprocess.CalledProcessError: it cannot be installed.
    """
    python = python_with(_BYTEWAX, as_here=("redis",))
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
