"""A restore fills an empty DATA_DIR or says in one line why not; a killed one is finished by the same command."""

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from contract.data_version import DATA_VERSION, RESTORING, check_data_version, claim_data_dir
from contract.environment import Environment, SettingError
from launch import restore as restore_module
from launch.backup import make_backup
from launch.bundle import BundleError
from launch.database_copy import DatabaseCopyError
from launch.restore import RestoreError, restore
from tests.launch.made_up_data import counted, make_data_dir
from tests.launch.test_backup import TERMINAL, files_in, make, settings


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A backup of made-up data with a database."""
    data_dir = tmp_path / "var"
    make_data_dir(data_dir)
    claim_data_dir(data_dir)
    with closing(sqlite3.connect(data_dir / "trendsite.sqlite3")) as database:
        database.execute("CREATE TABLE people (name TEXT)")
    path = tmp_path / "one.tar.zst"
    make_backup(settings(data_dir), path, with_archive=True, terminal=TERMINAL)
    return path


def test_the_command_says_what_it_restored(bundle, tmp_path):
    process = make("launch.restore", str(bundle), data_dir=tmp_path / "new")
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 0, said
    assert "simulator: counts up to offset " in said
    assert ", 400 posts" in said
    assert counted(tmp_path / "new") == counted(tmp_path / "var")


def test_a_folder_with_anything_in_it_is_refused(bundle, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes").touch()
    with pytest.raises(RestoreError, match=r"is not empty: .* mv "):
        restore(settings(tmp_path / "mine"), bundle, TERMINAL)
    assert files_in(tmp_path / "mine") == {"notes"}


def test_a_running_trendsite_is_refused(bundle, short_dir):
    with socket.socket(socket.AF_UNIX) as supervisor:
        supervisor.bind(str(short_dir / "supervisor.sock"))
        supervisor.listen()
        with pytest.raises(RestoreError, match="Trendsite runs on DATA_DIR"):
            restore(settings(short_dir), bundle, TERMINAL)


def test_a_backup_of_newer_data_is_refused_with_both_versions(bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(restore_module, "DATA_VERSION", DATA_VERSION - 1)
    with pytest.raises(RestoreError, match=rf"\(data version {DATA_VERSION}\).*\(data version {DATA_VERSION - 1}\)"):
        restore(settings(tmp_path / "new"), bundle, TERMINAL)
    assert not (tmp_path / "new").exists()


def test_a_damaged_backup_restores_nothing_and_a_whole_one_can_follow(bundle, tmp_path):
    content = bundle.read_bytes()
    damaged = tmp_path / "damaged.tar.zst"
    damaged.write_bytes(content[: len(content) // 2])
    new = tmp_path / "new"
    with pytest.raises(BundleError, match="damaged"):
        restore(settings(new), damaged, TERMINAL)
    assert {path.name for path in new.glob("*")} <= {RESTORING}
    restore(settings(new), bundle, TERMINAL)
    assert counted(new) == counted(tmp_path / "var")


@pytest.mark.parametrize("moved", range(5))
def test_a_killed_restore_starts_nothing_until_it_is_finished(bundle, tmp_path, monkeypatch, moved):
    new = tmp_path / "new"
    replace, calls = Path.replace, []

    def killed(path: Path, to: Path) -> Path:
        if RESTORING in path.parts and path.parent.name == "data":
            calls.append(path)
            if len(calls) > moved:
                raise KeyboardInterrupt
        return replace(path, to)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            restore(settings(new), bundle, TERMINAL)
    with pytest.raises(SettingError, match="did not finish"):
        check_data_version(new)
    restore(settings(new), bundle, TERMINAL)
    check_data_version(new)
    assert counted(new) == counted(tmp_path / "var")
    assert not (new / RESTORING).exists()


def test_an_unfinished_restore_is_not_finished_from_another_backup(bundle, tmp_path):
    new = tmp_path / "new"
    (new / RESTORING).mkdir(parents=True)
    about = restore_module.read_about(bundle)
    about.size += 1
    (new / RESTORING / "checked").write_bytes(msgspec.json.encode(about))
    with pytest.raises(RestoreError, match="another backup"):
        restore(settings(new), bundle, TERMINAL)


def test_the_database_goes_where_database_url_says_and_never_over_another(bundle, tmp_path):
    elsewhere = tmp_path / "db" / "mine.sqlite3"
    environment = Environment({"DATA_DIR": str(tmp_path / "new"), "DATABASE_URL": f"sqlite:///{elsewhere}"})
    elsewhere.parent.mkdir()
    elsewhere.touch()
    with pytest.raises(DatabaseCopyError, match="exists already"):
        restore(environment, bundle, TERMINAL)
    with pytest.raises(DatabaseCopyError, match="DATABASE_URL names postgresql"):
        restore(settings(tmp_path / "new", DATABASE_URL="postgres://u@h/n"), bundle, TERMINAL)
