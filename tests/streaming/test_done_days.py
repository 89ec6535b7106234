import shutil
from datetime import date
from pathlib import Path

import pytest

from contract.closed_day import closed_day_folder
from streaming.done_days import done_days
from streaming.recovery import RecoveryError

FIRST, SECOND = date(2026, 11, 21), date(2026, 11, 22)


def close(data_dir: Path, day: date, source: str = "x") -> Path:
    folder = closed_day_folder(data_dir, source, day)
    folder.mkdir(parents=True)
    return folder


def test_a_day_is_done_once_its_counts_are_written(tmp_path):
    assert done_days(tmp_path, "x", [FIRST, SECOND]) == set()
    close(tmp_path, FIRST)
    close(tmp_path, SECOND, source="simulator")
    assert done_days(tmp_path, "x", [FIRST, SECOND]) == {FIRST}


def test_a_day_stays_done_when_the_archive_has_removed_its_folder(tmp_path):
    folder = close(tmp_path, FIRST)
    done_days(tmp_path, "x", [FIRST, SECOND])
    shutil.rmtree(folder)
    assert done_days(tmp_path, "x", [FIRST, SECOND]) == {FIRST}


def test_a_day_that_is_not_told_any_more_is_forgotten(tmp_path):
    folder = close(tmp_path, FIRST)
    done_days(tmp_path, "x", [FIRST, SECOND])
    shutil.rmtree(folder)
    done_days(tmp_path, "x", [SECOND])
    assert done_days(tmp_path, "x", [FIRST]) == set()


def test_a_damaged_record_is_refused_with_the_command_that_recovers(tmp_path):
    close(tmp_path, FIRST)
    done_days(tmp_path, "x", [FIRST, SECOND])
    (record,) = (tmp_path / "counts" / "x").iterdir()
    record.write_bytes(b"[\0\0")
    with pytest.raises(RecoveryError, match=f": rm {record}$"):
        done_days(tmp_path, "x", [FIRST, SECOND])
