from pathlib import Path

import pytest

from launch.cannot_start import CannotStartError
from launch.disk import free_megabytes, require_space


def test_a_full_disk_is_one_line_with_the_folder_and_what_is_missing():
    with pytest.raises(CannotStartError) as refusal:
        require_space(Path("/data/var"), 3_500, "installing", free=lambda _: 120)
    assert str(refusal.value) == ("the disk is too full: installing needs 3,500 MB in /data/var, 120 MB are free")


def test_just_enough_room_is_enough():
    require_space(Path("/data"), 500, "DATA_DIR", free=lambda _: 500)


def test_the_room_of_a_folder_to_come_is_that_of_the_disk_it_will_be_on(tmp_path: Path):
    assert free_megabytes(tmp_path / "not" / "yet") > 0
