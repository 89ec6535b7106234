"""A Python that runs on executors: this one, with the packages that tasks need, as one archive.

It is a copy of the interpreter, its standard library, the shared libraries that they need besides the C library, and
the packages. It runs from any folder, on a Linux of the same processor with a C library that is no older. It is made
once for each version and set of packages, and stays in DATA_DIR.
"""

import gzip
import hashlib
import logging
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

from contract.environment import SettingError

log = logging.getLogger(__name__)

PACKAGES = ("msgspec", "pyarrow")
"""The packages that tasks import. Spark on the executors brings its own Python part."""

KAFKA_PACKAGES = (*PACKAGES, "confluent_kafka")
"""The same where the log is in Kafka."""

LIBRARIES = "lib"
"""The folder of the shared libraries in the archive. The interpreter's launcher names it to the loader."""

NAME = f"python{sys.version_info.major}.{sys.version_info.minor}"

_FOLDER = "executors"
_NEEDLESS = re.compile(
    r"(^|/)(__pycache__|tests?|idlelib|tkinter|turtledemo|ensurepip|lib2to3|(site|dist)-packages|include|src)(/|$)"
    r"|(^|/)(config-\d|_tkinter|_curses|readline|nis|_test|_xx|_ctypes_test|gandiva|_flight)"
    r"|lib(arrow|arrow_python)_flight|\.(a|pyx|pxi|pxd|h)$"
)
# Part of the C library, which must be that of the machine.
_OF_C_LIBRARY = re.compile(r"(ld-linux|linux-vdso|lib(c|m|dl|rt|pthread|util|resolv|nsl)\.so)")
_NEEDED = re.compile(r"=> (/\S+) \(")
_SECONDS_FOR_LDD = 20
_COMPRESSION = 1


def interpreter_archive(data_dir: Path, packages: Sequence[str] = PACKAGES) -> Path:
    """Return the archive of the interpreter for executors. Make it if DATA_DIR has none of these versions.

    Raises:
        SettingError: it cannot be made. The message is one line.
    """
    folder = data_dir / _FOLDER
    versions = ", ".join((platform.python_version(), *(f"{name} {version(name)}" for name in packages)))
    key = hashlib.sha256(f"{versions} {sys.base_prefix} {platform.machine()}".encode()).hexdigest()[:12]
    archive = folder / f"{NAME}-{key}.tar.gz"
    if archive.exists():
        return archive
    log.info("making the interpreter for executors, once for Python %s: this takes about half a minute", versions)
    began = monotonic()
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        _write(archive.with_suffix(".part"), packages)
        archive.with_suffix(".part").rename(archive)
    except OSError as error:
        raise SettingError(
            f"the interpreter for executors cannot be made in {folder} ({error.strerror or error}): free some 200 MB, "
            "or set SPARK_EXECUTOR_PYTHON to a Python that executors have"
        ) from None
    size = archive.stat().st_size / 2**20
    log.info("the interpreter for executors is made: %.0f MiB in %.0f s", size, monotonic() - began)
    return archive


def _write(path: Path, packages: Sequence[str]) -> None:
    binary, stdlib = Path(sys.executable).resolve(), Path(sysconfig.get_path("stdlib"))
    folders = {f"lib/{NAME}": stdlib}
    for folder in _package_folders(packages):
        folders[f"lib/{NAME}/site-packages/{folder.name}"] = folder
    with gzip.open(path, "wb", _COMPRESSION) as compressed, tarfile.open(fileobj=compressed, mode="w|") as archive:
        archive.add(binary, f"bin/{NAME}")
        programs = [binary]
        for name, folder in folders.items():
            for file in _files(folder):
                # Links are followed, because their targets stay here.
                archive.add(file.resolve(), f"{name}/{file.relative_to(folder)}", recursive=False)
                if ".so" in file.suffixes:
                    programs.append(file)
        for library in sorted(_shared_libraries(programs)):
            if not any(library.is_relative_to(folder) for folder in folders.values()):
                archive.add(library.resolve(), f"{LIBRARIES}/{library.name}")


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder that a task may need."""
    for top, folders, files in os.walk(folder):
        inside = Path(top).relative_to(folder)
        folders[:] = sorted(found for found in folders if not _NEEDLESS.search(str(inside / found)))
        for file in sorted(files):
            if not _NEEDLESS.search(str(inside / file)) and Path(top, file).exists():
                yield Path(top, file)


def _package_folders(packages: Sequence[str]) -> Iterator[Path]:
    """Yield the folder of each package, and the one beside it where its wheel has shared libraries."""
    for package in packages:
        found = find_spec(package)
        if found is None or found.origin is None:
            raise FileNotFoundError(0, f"no package {package}")
        folder = Path(found.origin).parent
        yield folder
        if (libraries := folder.with_name(f"{package}.libs")).exists():
            yield libraries


def _shared_libraries(programs: list[Path]) -> Iterator[Path]:
    """Yield the shared libraries that programs need, each once, without those of the C library."""
    try:
        done = subprocess.run(  # noqa: S603 - files of this interpreter
            ["ldd", *map(str, programs)],  # noqa: S607 - that of PATH
            capture_output=True,
            text=True,
            timeout=_SECONDS_FOR_LDD,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OSError(0, f"ldd took more than {_SECONDS_FOR_LDD} s") from None
    for needed in {Path(path) for path in _NEEDED.findall(done.stdout)}:
        if not _OF_C_LIBRARY.match(needed.name):
            yield needed
