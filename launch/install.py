"""``python3 -m launch.install [--dev] COMMAND``: makes .venv and Java ready, then becomes COMMAND.

Runs before anything is installed, so it and what it imports need the standard library only.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

from launch import java, requirements
from launch.cannot_start import CannotStartError
from launch.disk import require_space
from launch.terminal import Terminal

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"

# Measured: 0.9 GB stay, Java adds 0.1 GB, and pip needs 2.7 GB on the way, besides what it keeps for next time.
_MEGABYTES = 3_500


def main() -> None:
    """Install what is missing, then run the command with JAVA_HOME set."""
    parser = argparse.ArgumentParser(prog="python3 -m launch.install", description=main.__doc__)
    parser.add_argument("--dev", action="store_true", help="install the tools for tests and checks too")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what to run then")
    arguments = parser.parse_args()
    try:
        os.environ["JAVA_HOME"] = str(_make_ready("requirements-dev.txt" if arguments.dev else "requirements.txt"))
    except CannotStartError as error:
        sys.exit(f"trendsite: {error}")
    except KeyboardInterrupt:
        sys.exit("\ntrendsite: stopped while installing; the next start takes it up again")
    os.execvp(arguments.command[0], arguments.command)


def _make_ready(requirements_name: str) -> Path:
    """Return a JAVA_HOME, once it and the packages are there."""
    terminal = Terminal(sys.stdout, sys.stdout.isatty())
    _make_venv(terminal)
    _install_once(ROOT / requirements_name, "600 MB", terminal)
    home = java.find_java_home(os.environ, VENV)
    if home:
        return home
    terminal.say(f"No Java {java.OLDEST_MAJOR} or newer found in JAVA_HOME or PATH: taking one from Python's packages.")
    _install_once(ROOT / "requirements-java.txt", "50 MB", terminal)
    java.write_wrapper(VENV)
    home = java.find_java_home(os.environ, VENV)
    if home is None:
        raise CannotStartError(
            f"the Java in {VENV / 'java'} does not run here: install Java {java.OLDEST_MAJOR} or newer "
            "(Debian: apt install openjdk-17-jre-headless) or point JAVA_HOME to one"
        )
    return home


def _make_venv(terminal: Terminal) -> None:
    if (VENV / "bin" / "pip").exists() and (VENV / "bin" / "python").exists():
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise CannotStartError(
            f"this Python cannot make a .venv: on Debian and Ubuntu, apt install python{version}-venv"
        )
    require_space(VENV, _MEGABYTES, "installing")
    terminal.say(f"Making .venv with Python {version}")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True, timeout=300, check=False
    )
    if made.returncode:
        terminal.say((made.stdout + made.stderr).strip())
        raise CannotStartError(f"Python {version} could not make .venv: its words are above")


def _install_once(file: Path, size: str, terminal: Terminal) -> None:
    if requirements.is_installed(VENV, file):
        return
    require_space(VENV, _MEGABYTES, "installing")
    terminal.say(f"Installing {file.name} into .venv (about {size} to download the first time)")
    started = time.monotonic()
    requirements.install(VENV, file, terminal)
    terminal.say(f"Installed {file.name} in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
