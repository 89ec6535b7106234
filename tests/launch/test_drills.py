"""The drills of docs/operations.md with damaged and removed files, each by the command of the page or of the error."""

import re
import subprocess
from pathlib import Path

import pytest

from collector.log import LogCorruptionError
from contract.files import spool_folder
from launch.process_environment import ROOT
from streaming.state.errors import StoreError, damaged
from streaming.state.store import CountsStore
from tests.launch.made_up_data import DAY, SOURCE, commit, count, counted, counts_path, make_data_dir, open_spool, posts


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A DATA_DIR whose spool is counted to its end."""
    make_data_dir(tmp_path / "var")
    count_again(tmp_path / "var")
    return tmp_path / "var"


def count_again(data_dir: Path) -> None:
    """Count the whole spool, as streaming does after a start."""
    spool, store = open_spool(data_dir), CountsStore(counts_path(data_dir))
    count(store, spool, spool.committed.end)
    store.close()
    spool.close()


def run(command: str, folder: Path) -> None:
    """Run a command as a person would, in a folder."""
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def page_command(part: str) -> str:
    """Return the command of the page that contains ``part``, for the source of these tests."""
    page = (ROOT / "docs" / "operations.md").read_text()
    [line] = [line for line in page.splitlines() if line.startswith("    ") and part in line]
    return line.partition(" #")[0].strip().replace("bluesky", SOURCE)


def test_counts_that_the_page_removes_are_counted_again_from_the_spool(data_dir):
    before = counted(data_dir)
    run(page_command("/counts/"), data_dir.parent)
    assert not counts_path(data_dir).exists()
    count_again(data_dir)
    assert counted(data_dir) == before
    assert sum(before[1][DAY, "*", ""]) == 400


def test_the_command_that_damaged_counts_name_lets_them_be_counted_again(data_dir):
    before = counted(data_dir)
    counts_path(data_dir).write_bytes(b"no database" * 1_000)
    with pytest.raises(StoreError) as error:
        CountsStore(counts_path(data_dir))
    run(re.search(r": (rm -f .+)$", str(damaged(counts_path(data_dir), error.value)))[1], data_dir)
    count_again(data_dir)
    assert counted(data_dir) == before


def test_the_command_that_a_damaged_spool_names_lets_the_source_begin_anew(data_dir):
    segment = max(spool_folder(data_dir, SOURCE).glob("*.ndjson"))
    content = bytearray(segment.read_bytes())
    content[100] ^= 1
    segment.write_bytes(content)
    with pytest.raises(LogCorruptionError) as error:
        open_spool(data_dir)
    run(re.search(r"begin anew: (mv .+)$", str(error.value))[1], data_dir)
    spool = open_spool(data_dir)
    commit(spool, posts(10))
    spool.close()
    count_again(data_dir)
    assert sum(counted(data_dir)[1][DAY, "*", ""]) == 10
