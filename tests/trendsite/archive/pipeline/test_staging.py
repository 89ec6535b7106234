from pathlib import Path

import pytest

from trendsite.archive.pipeline.archive_errors import BusyError
from trendsite.archive.pipeline.staging import staging


def test_only_one_process_archives(tmp_path: Path) -> None:
    with staging(tmp_path) as folder:
        (folder / "counts.csv").write_text("mine")
        with pytest.raises(BusyError, match="another archive is at work"), staging(tmp_path):
            pass
        assert (folder / "counts.csv").read_text() == "mine"
    with staging(tmp_path) as folder:
        assert folder.is_dir()


def test_leftovers_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    (tmp_path / "archiving").mkdir()
    (tmp_path / "archiving" / "counts.parquet").write_text("half")
    with staging(tmp_path) as folder:
        assert list(folder.iterdir()) == []


def test_the_folder_is_removed_at_the_end(tmp_path: Path) -> None:
    with staging(tmp_path) as folder:
        (folder / "counts.parquet").write_text("whole")
    assert not folder.exists()
