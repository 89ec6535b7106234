"""Java starts with the archive of its classes if it fits, and without it otherwise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import streaming.session
from streaming.session import CLASS_ARCHIVE, ROOT, class_flags, recorded_size

STARTS = """
import os, sys
from pathlib import Path
import streaming.session as session_module
from contract.environment import Environment
from streaming.config import StreamingConfig
session_module.CLASS_ARCHIVE = Path(sys.argv[1])
flags = session_module.class_flags()
assert flags
flags += ("-Xlog:class+load:file=" + sys.argv[2],)
session = session_module.create_session(StreamingConfig.from_env(Environment(os.environ))[0], flags)
print("counted", session.sparkContext.parallelize(range(3)).count())
session.stop()
"""


def start(archive: Path, folder: Path) -> list[str]:
    """Start Spark with an archive; return the log of the classes that Java loaded."""
    loaded = folder / "loaded.log"
    command = [sys.executable, "-c", STARTS, str(archive), str(loaded)]
    environ = {**os.environ, "DATA_DIR": str(folder / "data")}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=400, check=False)
    assert "counted 3" in done.stdout, done.stdout + done.stderr
    return loaded.read_text().splitlines()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The archive that the installation made, at a path with a space. Making one takes long: only if there is none."""
    path = tmp_path / "with space" / CLASS_ARCHIVE.name
    path.parent.mkdir()
    if class_flags():
        path.symlink_to(CLASS_ARCHIVE)
        recorded_size(path).symlink_to(recorded_size(CLASS_ARCHIVE))
        return path
    command = [sys.executable, "-m", "streaming.class_archive", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {file.name for file in path.parent.iterdir()} == {path.name, recorded_size(path).name}
    return path


def test_nearly_all_of_sparks_classes_come_from_the_archive(archive: Path, tmp_path: Path):
    loaded = start(archive, tmp_path)
    of_spark = [line for line in loaded if " org.apache.spark." in line and "Lambda" not in line]
    from_archive = [line for line in of_spark if "shared objects file" in line]
    assert len(from_archive) > 0.9 * len(of_spark) > 1_000


def test_an_archive_that_is_cut_off_is_not_used_because_java_would_crash(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(streaming.session, "CLASS_ARCHIVE", archive := tmp_path / "spark-classes.jsa")
    assert class_flags() == ()
    archive.write_bytes(b"classes")
    assert class_flags() == ()
    recorded_size(archive).write_text("7")
    assert class_flags()[0] == f'"-XX:SharedArchiveFile={archive}"'
    archive.write_bytes(b"class")
    assert class_flags() == ()


def test_spark_starts_without_an_archive_that_does_not_fit(tmp_path: Path):
    archive = tmp_path / "spark-classes.jsa"
    archive.write_bytes(b"of another Java")
    recorded_size(archive).write_text(str(archive.stat().st_size))
    assert not any("shared objects file (top)" in line for line in start(archive, tmp_path))
