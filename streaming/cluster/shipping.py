"""What executors are sent: our code, and an interpreter or the path of theirs.

Spark unpacks each archive beside the executor's working directory, under the name behind ``#``. Executors and the
planners on the driver start Python by the same relative path, ``code/python``: on executors it is a script in the
archive, and here one in the driver's working directory.
"""

import io
import shlex
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pyspark

from streaming.cluster.config import ClusterConfig
from streaming.cluster.interpreter import LIBRARIES, NAME, PACKAGES, interpreter_archive

ROOT = Path(__file__).resolve().parents[2]

CODE = "code"
PYTHON = f"./{CODE}/python"
"""The interpreter, from the working directory of an executor or of the driver."""

_INTERPRETER = "interpreter"
_PARTS = ("contract", "streaming")
_OWN = f"""\
#!/bin/sh
# The interpreter that came with this code.
export LD_LIBRARY_PATH="$PWD/{_INTERPRETER}/{LIBRARIES}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
exec "$PWD/{_INTERPRETER}/bin/{NAME}" "$@"
"""
_NAMED = """\
#!/bin/sh
exec {python} "$@"
"""


def archives(config: ClusterConfig, data_dir: Path, scratch: Path, packages: Sequence[str] = PACKAGES) -> list[str]:
    """Make the archives for executors; return their addresses, as ``spark.archives`` has them.

    An interpreter that is sent has ``packages``.

    Raises:
        SettingError: the interpreter cannot be made.
    """
    code = scratch / f"{CODE}.tar.gz"
    with tarfile.open(code, "w:gz") as archive:
        for part in _PARTS:
            for path in sorted((ROOT / part).rglob("*.py")):
                archive.add(path, str(path.relative_to(ROOT)))
        script = (_NAMED.format(python=shlex.quote(config.python)) if config.python else _OWN).encode()
        entry = tarfile.TarInfo("python")
        entry.size, entry.mode = len(script), 0o755
        archive.addfile(entry, io.BytesIO(script))
    interpreter = [] if config.python else [f"{interpreter_archive(data_dir, packages).as_uri()}#{_INTERPRETER}"]
    return [f"{code.as_uri()}#{CODE}", *interpreter]


def driver_folder(scratch: Path) -> Path:
    """Make the driver's working directory, with this interpreter at the place where executors have theirs."""
    folder = scratch / "driver"
    script = folder / PYTHON
    script.parent.mkdir(parents=True)
    # A link would lose the packages of a virtual environment.
    script.write_text(_NAMED.format(python=shlex.quote(sys.executable)))
    script.chmod(0o700)
    return folder


def spark_home(scratch: Path) -> Path:
    """Make a home of Spark from links. The workers of ``local-cluster`` unpack archives there, and nowhere else."""
    folder = scratch / "home"
    folder.mkdir()
    for path in Path(pyspark.__file__).parent.iterdir():
        (folder / path.name).symlink_to(path)
    return folder
