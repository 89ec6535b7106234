"""``python -m tests.data_versions.make NAME=COMMIT ...``: a small data directory as that commit leaves it.

Each commit runs in a git worktree of its own with its own packages. It replays the made-up recording until two days are
counted and the first is archived. ``tests/data_versions/NAME.tar.zst`` is what it left.
"""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from pathlib import Path

import zstandard

from tests.data_versions.recording import FIRST, POSTS, SECOND, write_recording
from tests.parallel import find_free_port

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).parent

# A day takes four seconds.
_SPEED = "20000"
_PATIENCE_SECONDS = 600
_LEFT_OUT = ("log", "redis", "static", "spark", "author_keys", "archiving")
_LEFT_OUT_FILES = ("secret_key", "collector.secret", "author.key", "static.collected")


def main() -> None:
    """Make each named directory anew."""
    for argument in sys.argv[1:]:
        name, _, commit = argument.partition("=")
        with tempfile.TemporaryDirectory(prefix="trendsite-", ignore_cleanup_errors=True) as folder:
            make(name, commit, Path(folder))


def make(name: str, commit: str, folder: Path) -> None:
    """Run one commit in ``folder``, and pack what it left."""
    code = folder / "code"
    _run("git", "-C", str(ROOT), "worktree", "add", "--quiet", "--detach", str(code), commit)
    try:
        python = _venv(folder, code)
        _replay(python, code, folder)
    finally:
        _run("git", "-C", str(ROOT), "worktree", "remove", "--force", str(code))
    pack(folder / "var", FOLDER / f"{name}.tar.zst")


def _venv(folder: Path, code: Path) -> Path:
    """Return the Python of a new environment with the packages of that commit."""
    uv = str(Path(sys.executable).with_name("uv"))
    lock = code / "locks" / "requirements.lock"
    wanted = lock if lock.exists() else code / "requirements.txt"
    _run(uv, "venv", "--quiet", "--python", sys.executable, str(folder / "venv"))
    python = folder / "venv" / "bin" / "python"
    _run(uv, "pip", "install", "--quiet", "--python", str(python), "--requirement", str(wanted))
    return python


def _replay(python: Path, code: Path, folder: Path) -> None:
    port = find_free_port()
    environ = {
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "DATA_DIR": str(folder / "var"),
        "PORT": str(port),
        "COLLECTOR_ADDRESS": f"127.0.0.1:{find_free_port()}",
        "SOURCE": "replay",
        "REPLAY_FILE": str(write_recording(folder)),
        "REPLAY_SPEED": _SPEED,
        "REPLAY_SHIFT": "none",
    }
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen([python, "-m", "launch"], cwd=code, env=environ, stdout=output, stderr=output)
    try:
        began = time.monotonic()
        while not _is_counted(port):
            if process.poll() is not None or time.monotonic() - began > _PATIENCE_SECONDS:
                sys.exit((folder / "output").read_text() or "the days were not counted in time")
            time.sleep(0.5)
        time.sleep(10)  # a flush of the counts, and of Spark's state in early versions
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _is_counted(port: int) -> bool:
    """Return whether the second day is counted as far as it came, and the first one archived."""
    try:
        first, second = (_top(port, f"{day:%Y-%m-%d}") for day in (FIRST, SECOND))
    except OSError:
        return False
    return bool(first.get("final")) and second.get("posts") == POSTS


def _top(port: int, day: str) -> dict:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/top?day={day}", timeout=5) as answer:
        return json.load(answer)


def pack(data_dir: Path, path: Path) -> None:
    """Pack the files of a data directory without secrets, logs, and what every start makes again."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for file in sorted(data_dir.rglob("*")):
            name = file.relative_to(data_dir)
            if file.is_file() and name.parts[0] not in (*_LEFT_OUT, *_LEFT_OUT_FILES):
                header = tarfile.TarInfo(str(name))
                header.size, header.mtime = file.stat().st_size, int(file.stat().st_mtime)
                with file.open("rb") as content:
                    tar.addfile(header, content)
    path.write_bytes(zstandard.compress(packed.getvalue(), 19))
    print(f"{path.name}: {path.stat().st_size:,} bytes of {len(packed.getvalue()):,}")


def unpack(path: Path, data_dir: Path) -> None:
    """Unpack a data directory."""
    with tarfile.open(fileobj=io.BytesIO(zstandard.decompress(path.read_bytes()))) as tar:
        for header in tar:
            content = tar.extractfile(header)
            assert content is not None
            target = data_dir / header.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())
            os.utime(target, (header.mtime, header.mtime))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
