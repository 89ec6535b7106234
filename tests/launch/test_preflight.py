import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from contract.environment import SettingError
from launch import preflight
from launch.cannot_start import CannotStartError
from launch.environment import ROOT


def start(**settings: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher where it is going to refuse before it starts anything."""
    return subprocess.run(
        [sys.executable, "-m", "launch"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eight thousand"),
        ("SITE_PROCESSES", "0"),
        ("MAX_VIEWERS", "many"),
        ("SOURCE", "fax"),
        ("MAX_BATCH_BYTES", "-1"),
        ("DATABASE_URL", "nonsense"),
        ("REDIS_URL", "http://secret@example.org"),
        ("COLLECTOR_ADDRESS", "5555"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line_and_exit_code_2(short_dir, free_port, name, value):
    settings = {"DATA_DIR": str(short_dir), "PORT": str(free_port), name: value}
    ended = start(**settings)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"trendsite: {name}")
    assert ended.stderr.count("\n") == 1
    assert "secret" not in ended.stderr
    assert ended.stdout == ""


def test_a_busy_port_is_one_line_with_the_setting_that_changes_it(short_dir):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        ended = start(DATA_DIR=str(short_dir), PORT=str(port))
    assert ended.returncode == 1
    assert ended.stderr == (
        f"trendsite: port {port} of 127.0.0.1 is in use by another program: set PORT to another, such as 8001\n"
    )


def test_a_free_port_is_accepted_right_after_its_last_user_left():
    with socket.create_server(("127.0.0.1", 0)) as left:
        port = left.getsockname()[1]
    preflight.check_port("127.0.0.1", port, "PORT", "8001")


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(CannotStartError, match="COLLECTOR_ADDRESS"):
        preflight.check_port("203.0.113.1", 5555, "COLLECTOR_ADDRESS", "127.0.0.1:5556")


def test_a_data_dir_too_long_for_a_unix_socket_is_refused_before_anything_is_made(tmp_path: Path):
    data_dir = tmp_path / ("d" * 100)
    with pytest.raises(SettingError, match="too long for the unix sockets"):
        preflight.check_data_dir(data_dir)
    assert not data_dir.exists()


def test_a_data_dir_that_is_a_file_is_refused(short_dir: Path):
    (short_dir / "file").touch()
    with pytest.raises(SettingError, match="cannot be written"):
        preflight.check_data_dir(short_dir / "file")


@pytest.mark.parametrize("name", ["supervisor.sock", "redis.sock"])
def test_another_trendsite_on_the_same_data_dir_is_refused(short_dir: Path, name: str):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(short_dir / name))
        other.listen()
        with pytest.raises(CannotStartError, match="another Trendsite already runs on DATA_DIR="):
            preflight.check_not_running(short_dir)


def test_sockets_that_a_killed_trendsite_left_behind_are_in_nobodys_way(short_dir: Path):
    for name in ("supervisor.sock", "redis.sock"):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(short_dir / name))
    preflight.check_not_running(short_dir)
