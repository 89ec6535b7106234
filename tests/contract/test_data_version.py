"""Data of a newer program is refused by every program, in one line."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from contract.data_version import (
    DATA_VERSION,
    DATA_VERSION_FILE,
    RESTORING,
    DataVersion,
    check_data_version,
    claim_data_dir,
    read_data_version,
)
from contract.environment import SettingError
from contract.version import VERSION

ROOT = Path(__file__).resolve().parents[2]


def newer(data_dir: Path) -> Path:
    version = DataVersion(DATA_VERSION + 1, "99.1")
    (data_dir / DATA_VERSION_FILE).write_bytes(msgspec.json.encode(version))
    return data_dir


def test_the_first_program_names_its_version_and_older_data_is_raised_to_it(tmp_path):
    claim_data_dir(tmp_path / "new")
    assert read_data_version(tmp_path / "new") == DataVersion(DATA_VERSION, VERSION)
    (tmp_path / DATA_VERSION_FILE).write_bytes(msgspec.json.encode(DataVersion(DATA_VERSION - 1, "0.0.1")))
    claim_data_dir(tmp_path)
    assert read_data_version(tmp_path) == DataVersion(DATA_VERSION, VERSION)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [DATA_VERSION_FILE]


def test_data_without_a_version_is_older_than_versions(tmp_path):
    (tmp_path / "spool").mkdir()
    check_data_version(tmp_path)
    assert read_data_version(tmp_path) is None


def test_newer_data_is_refused_with_both_versions_and_is_not_touched(tmp_path):
    content = (newer(tmp_path) / DATA_VERSION_FILE).read_bytes()
    with pytest.raises(SettingError) as refused:
        claim_data_dir(tmp_path)
    line = str(refused.value)
    assert f"Trendsite 99.1 (data version {DATA_VERSION + 1})" in line
    assert f"this is Trendsite {VERSION} (data version {DATA_VERSION})" in line
    assert "restore the backup" in line
    assert "\n" not in line
    assert (tmp_path / DATA_VERSION_FILE).read_bytes() == content


def test_a_damaged_version_and_an_unfinished_restore_are_refused(tmp_path):
    (tmp_path / DATA_VERSION_FILE).write_text("{")
    with pytest.raises(SettingError, match="is damaged"):
        check_data_version(tmp_path)
    (tmp_path / RESTORING).mkdir()
    with pytest.raises(SettingError, match="make restore"):
        check_data_version(tmp_path)


@pytest.mark.parametrize(
    "program",
    [
        ["-m", "launch"],
        ["-m", "collector"],
        ["-m", "streaming"],
        ["-m", "trendsite.serve"],
        ["-m", "launch.backup"],
        ["manage.py", "migrate"],
        ["manage.py", "archive"],
    ],
    ids=" ".join,
)
def test_every_program_refuses_newer_data_in_one_line(tmp_path, free_port, program):
    own = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")}
    settings = {"DATA_DIR": str(newer(tmp_path)), "PORT": str(free_port)}
    ended = subprocess.run(
        [sys.executable, *program],
        cwd=ROOT,
        env=own | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode != 0
    assert "was written by Trendsite 99.1" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == [DATA_VERSION_FILE]
