import sys
from pathlib import Path

import pytest

from contract.environment import SettingError
from launch.process_environment import derive


def test_without_settings_everything_is_on_this_machine_under_var():
    derived = derive({}, "/dev/fd/1", live=False)
    data_dir = Path.cwd() / "var"
    assert derived["DATA_DIR"] == str(data_dir)
    assert derived["REDIS_URL"] == f"unix://{data_dir}/redis.sock"
    assert derived["EMBEDDED_REDIS"] == "true"
    assert derived["PORT"] == "8000"
    assert derived["SITE_PROCESSES"] == "1"
    assert derived["PYTHON"] == sys.executable
    assert Path(derived["REDIS_SERVER"]).is_file()


def test_a_redis_url_replaces_the_embedded_server():
    derived = derive({"REDIS_URL": "redis://elsewhere:6379/0"}, "/dev/fd/1", live=False)
    assert (derived["REDIS_URL"], derived["EMBEDDED_REDIS"]) == ("redis://elsewhere:6379/0", "false")


def test_a_relative_data_dir_is_made_absolute_for_processes_that_run_elsewhere(monkeypatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    assert derive({"DATA_DIR": "kept"}, "/dev/fd/1", live=False)["DATA_DIR"] == str(tmp_path / "kept")


def test_an_invalid_port_is_refused():
    with pytest.raises(SettingError, match="PORT='http'"):
        derive({"PORT": "http"}, "/dev/fd/1", live=False)


def test_a_redis_url_needs_no_embedded_server(monkeypatch):
    monkeypatch.setattr("launch.process_environment.find_redis_server", lambda: pytest.fail("looked for a server"))
    assert derive({"REDIS_URL": "redis://elsewhere"}, "/dev/fd/1", live=False)["REDIS_SERVER"] == "redis-server"
