"""Everything in DATA_DIR/log has a largest size."""

from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from launch.process_environment import ROOT, derive

MEGABYTE = 2**20


def configured(monkeypatch: pytest.MonkeyPatch, data_dir: Path, terminal: str) -> ServerOptions:
    values = {"DATA_DIR": str(data_dir), "REDIS_URL": "redis://elsewhere"}
    for name, value in derive(values, terminal, live=False).items():
        monkeypatch.setenv(name, value)
    options = ServerOptions()
    options.realize(["-c", str(ROOT / "supervisord.conf")], doc="supervisord")
    return options


def test_every_log_is_rotated(monkeypatch, tmp_path):
    (tmp_path / "log").mkdir()
    greeter_log = str(tmp_path / "log" / "greeter.log")
    options = configured(monkeypatch, tmp_path, greeter_log)
    logs = {
        process.stdout_logfile: process.stdout_logfile_maxbytes * (process.stdout_logfile_backups + 1)
        for group in options.process_group_configs
        for process in group.process_configs
    }
    assert greeter_log in logs
    assert all(Path(path).parent == tmp_path / "log" for path in logs)
    assert all(0 < size <= 15 * MEGABYTE for size in logs.values()), logs
    assert 0 < options.logfile_maxbytes * (options.logfile_backups + 1) <= 6 * MEGABYTE


def test_our_own_output_is_not_ours_to_rotate(monkeypatch, tmp_path):
    (tmp_path / "log").mkdir()
    options = configured(monkeypatch, tmp_path, "/dev/fd/1")
    (greeter,) = (group for group in options.process_group_configs if group.name == "greeter")
    assert greeter.process_configs[0].stdout_logfile_maxbytes == 0
