"""One requirements file in one .venv: whether it is installed as it stands, and installing it."""

import hashlib
import os
import queue
import re
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from launch.cannot_start import CannotStartError
from launch.pip_progress import PipProgress
from launch.terminal import Terminal

_TICK_SECONDS = 0.5
_ERROR_LINES = 15


def fingerprint(file: Path) -> str:
    """Return a hash of a requirements file and of those that it includes."""
    text = file.read_text()
    included = [fingerprint(file.parent / name) for name in re.findall(r"^-r\s+(\S+)", text, re.MULTILINE)]
    return hashlib.sha256("\n".join([text, *included]).encode()).hexdigest()


def is_installed(venv: Path, file: Path) -> bool:
    """Return whether ``file`` was installed into ``venv`` as it stands now."""
    stamp = _stamp(venv, file)
    return stamp.exists() and stamp.read_text() == fingerprint(file)


def mark_installed(venv: Path, file: Path) -> None:
    """Remember that ``file`` is installed."""
    _stamp(venv, file).write_text(fingerprint(file))


def install(venv: Path, file: Path, terminal: Terminal) -> None:
    """Install ``file`` into ``venv``.

    Raises:
        CannotStartError: pip failed; what it said is printed before.
    """
    log = venv / "install.log"
    # Beside what it installs: /tmp is often a small part of memory, and here the download can be watched.
    with tempfile.TemporaryDirectory(dir=venv, prefix="download-") as temporary, _pip(venv, file, temporary) as pip:
        log.write_text("".join(_follow(pip, PipProgress(terminal, Path(temporary)))))
    if pip.returncode:
        terminal.say(_what_went_wrong(log.read_text()))
        raise CannotStartError(
            f"the packages of {file.name} could not be installed: pip's words are above and in {log}"
        )
    mark_installed(venv, file)


def _pip(venv: Path, file: Path, temporary: str) -> subprocess.Popen[str]:
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--requirement", str(file)]
    return subprocess.Popen(
        [str(venv / "bin" / "python"), "-u", "-m", "pip", "install", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": temporary},
    )


def _follow(process: subprocess.Popen[str], progress: PipProgress) -> list[str]:
    """Return pip's lines when it has ended, having shown them as they came."""
    arriving: queue.Queue[str | None] = queue.Queue(maxsize=1000)
    threading.Thread(target=_read, args=(process, arriving), daemon=True).start()
    started = time.monotonic()
    lines: list[str] = []
    while True:
        try:
            line = arriving.get(timeout=_TICK_SECONDS)
        except queue.Empty:
            progress.wait(round(time.monotonic() - started))
            continue
        if line is None:
            process.wait()
            return lines
        lines.append(line)
        progress.line(line)


def _read(process: subprocess.Popen[str], arriving: "queue.Queue[str | None]") -> None:
    for line in process.stdout or ():
        arriving.put(line)
    arriving.put(None)


def _what_went_wrong(output: str) -> str:
    """Return what pip said from its first error on, without the warnings about other things."""
    lines = [line for line in output.splitlines() if not line.startswith("WARNING")]
    first = next((number for number, line in enumerate(lines) if "error" in line.lower()), len(lines) - _ERROR_LINES)
    return "\n".join(lines[max(first, 0) :][:_ERROR_LINES])


def _stamp(venv: Path, file: Path) -> Path:
    return venv / f"{file.name}.installed"
