from pathlib import Path

import pytest

from trendsite.history.staging import BusyError, staging


def test_only_one_archive_is_at_work(tmp_path: Path) -> None:
    with staging(tmp_path) as folder:
        (folder / "counts.csv").write_text("mine")
        with pytest.raises(BusyError, match="another archive is at work"), staging(tmp_path):
            pass
        assert (folder / "counts.csv").read_text() == "mine"
    with staging(tmp_path) as folder:
        assert folder.is_dir()


def test_what_a_killed_archive_left_is_gone(tmp_path: Path) -> None:
    (tmp_path / "archiving").mkdir()
    (tmp_path / "archiving" / "counts.parquet").write_text("half")
    with staging(tmp_path) as folder:
        assert list(folder.iterdir()) == []


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with staging(tmp_path) as folder:
        (folder / "counts.parquet").write_text("whole")
    assert not folder.exists()
