import stat
from dataclasses import replace
from pathlib import Path

import pytest

from streaming.session import _settings, scratch_folder

UNIX_SOCKETS = "spark.python.unix.domain.socket.enabled"


def test_spark_and_its_python_speak_through_sockets_that_are_nobody_elses(spark):
    scratch = Path(spark.sparkContext.getConf().get("spark.local.dir"))
    assert spark.range(3).toArrow().num_rows == 3
    assert spark.sparkContext.getConf().get(UNIX_SOCKETS) == "true"
    assert stat.S_IMODE(scratch.stat().st_mode) == 0o700
    assert any(stat.S_ISSOCK(path.stat().st_mode) for path in scratch.glob(".*.sock"))


@pytest.mark.parametrize(("length", "expected"), [(60, "true"), (61, "false"), (200, "false")])
def test_where_the_path_has_no_room_for_a_socket_they_speak_through_tcp(config, length: int, expected: str):
    scratch = scratch_folder(replace(config, data_dir=Path("/" + "d" * (length - len("/spark") - 1))).data_dir)
    assert len(str(scratch)) == length
    assert _settings(config, scratch)[UNIX_SOCKETS] == expected
