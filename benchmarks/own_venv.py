"""Virtual environments for what a peer needs and Trendsite does not, kept in the user's cache."""

import subprocess
import venv
from importlib.metadata import version
from pathlib import Path

from benchmarks.post_file import cache_folder


def python_with(*packages: str, as_here: tuple[str, ...] = ()) -> Path:
    """Return the Python of an environment with ``packages``, each as pip takes it; the first time they are installed.

    Of the packages named ``as_here`` it has the version that we have.

    Raises:
        subprocess.CalledProcessError: they cannot be installed.
    """
    home = cache_folder() / packages[0].replace("==", "-")
    python = home / "bin" / "python"
    if not (home / "installed").exists():
        venv.create(home, with_pip=True, clear=True)
        same = [f"{name}=={version(name)}" for name in as_here]
        install = [str(python), "-m", "pip", "install", "--quiet", *packages, *same]
        subprocess.run(install, check=True, capture_output=True, timeout=300)
        (home / "installed").touch()
    return python
