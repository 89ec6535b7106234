import os
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.environment import SettingError
from launch import preflight
from launch.machine import CannotStartError
from launch.process_environment import ROOT


def start(**settings: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher with settings that it refuses before it starts anything."""
    return subprocess.run(
        [sys.executable, "-m", "launch"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        timeout=180,
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
        ("COLLECTOR_SECRET", "secret"),
        ("BIND_ADDRESS", "[::1"),
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


SHARED = {
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DATABASE_URL": "postgres://me@127.0.0.1:1/x",
    "ARCHIVE_URL": "s3://b/c",
}


@pytest.mark.parametrize("parts", ["site", "pipeline"])
@pytest.mark.parametrize("missing", SHARED)
def test_two_machines_start_only_with_what_they_share(short_dir, free_port, parts, missing):
    ended = start(DATA_DIR=str(short_dir), PORT=str(free_port), PARTS=parts, **{**SHARED, missing: ""})
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"trendsite: {missing} is not set: with PARTS={parts} both machines use one ")
    assert ended.stderr.count("\n") == 1


def test_the_site_alone_checks_neither_collector_nor_spark(short_dir, free_port):
    others = {
        "COLLECTOR_ADDRESS": "203.0.113.1:5555",
        "SPARK_MASTER": "none",
        "SOURCE": "replay",
        "REPLAY_FILE": "none",
    }
    values = {"DATA_DIR": str(short_dir), "PORT": str(free_port), "PARTS": "site", **SHARED, **others}
    preflight.check_settings(values)
    preflight.check_machine(values)
    assert not (short_dir / "collector.secret").exists()


def test_the_pipeline_alone_leaves_the_port_of_the_site_to_others(short_dir, free_port):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        settings = {"PORT": str(busy.getsockname()[1]), "COLLECTOR_ADDRESS": f"127.0.0.1:{free_port}"}
        values = {"DATA_DIR": str(short_dir), "PARTS": "pipeline", **SHARED, **settings}
    preflight.check_settings(values)
    preflight.check_machine(values)


def test_a_busy_port_is_one_line_with_the_setting_that_changes_it(short_dir):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        ended = start(DATA_DIR=str(short_dir), PORT=str(port))
    assert ended.returncode == 1
    assert ended.stderr == (
        f"trendsite: port {port} of 127.0.0.1 is in use by another program: set PORT to another, such as 8001\n"
    )


def test_a_free_port_is_accepted_right_after_its_last_user_left(free_port):
    socket.create_server(("127.0.0.1", free_port)).close()
    preflight.check_address(("127.0.0.1", free_port), "PORT to another", "BIND_ADDRESS")


@pytest.mark.parametrize("host", ["203.0.113.1", "2001:db8::1", "everywhere.invalid"])
@pytest.mark.parametrize("setting", ["BIND_ADDRESS", "COLLECTOR_ADDRESS", "COLLECTOR_BIND_ADDRESS"])
def test_an_address_of_another_machine_is_one_line_with_its_setting(short_dir, free_port, host, setting):
    value = host if setting != "COLLECTOR_ADDRESS" else f"[{host}]:5555" if ":" in host else f"{host}:5555"
    ended = start(DATA_DIR=str(short_dir), PORT=str(free_port), **{setting: value})
    assert ended.returncode == 1
    assert "is not usable" in ended.stderr
    assert ended.stderr.endswith(f": set {setting} to an address or name of this machine\n")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("data_dir", ["/", str(ROOT), str(ROOT.parent), str(Path.home()), tempfile.gettempdir()])
def test_a_shared_data_dir_is_refused_before_it_becomes_private(data_dir):
    before = Path(data_dir).stat().st_mode
    with pytest.raises(SettingError, match="give it a folder of its own"):
        preflight.check_data_dir(Path(data_dir))
    assert Path(data_dir).stat().st_mode == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_data_dir_of_another_user_is_one_line(short_dir, free_port):
    os.chown(short_dir, 1004, 1004)
    ended = start(DATA_DIR=str(short_dir), PORT=str(free_port))
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith(f"trendsite: DATA_DIR='{short_dir}' belongs to user 1004, and this is user 0: ")


def test_a_start_creates_the_secret_and_makes_files_private(short_dir, free_port):
    (short_dir / "trendsite.sqlite3").touch(mode=0o644)
    short_dir.chmod(0o755)
    with socket.create_server(("127.0.0.1", free_port)):
        start(DATA_DIR=str(short_dir), PORT=str(free_port))
    modes = {path.name: path.stat().st_mode & 0o777 for path in short_dir.iterdir()}
    locks = {"pause.lock": 0o600, "running.lock": 0o600}
    assert modes == {"trendsite.sqlite3": 0o600, "collector.secret": 0o600, "log": 0o700, "redis": 0o700, **locks}
    assert short_dir.stat().st_mode & 0o777 == 0o700


def test_a_data_dir_too_long_for_a_unix_socket_is_refused_and_not_created(tmp_path: Path):
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


def test_sockets_of_a_killed_trendsite_do_not_prevent_a_start(short_dir: Path):
    for name in ("supervisor.sock", "redis.sock"):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(short_dir / name))
    preflight.check_not_running(short_dir)


class OldRedis(socketserver.StreamRequestHandler):
    """Redis before 6.0: it knows no HELLO, and its INFO has a version."""

    def handle(self):
        info = b"# Server\r\nredis_version:5.0.14\r\n"
        replies = {b"INFO": b"$%d\r\n%s\r\n" % (len(info), info), b"AUTH": b"+OK\r\n"}
        while header := self.rfile.readline():
            words = [(self.rfile.readline(), self.rfile.readline())[1].strip().upper() for _ in range(int(header[1:]))]
            self.wfile.write(replies.get(words[0], b"-ERR unknown command\r\n"))


@pytest.fixture
def old_redis() -> Iterator[str]:
    """The URL of a Redis that is too old."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), OldRedis) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"redis://:secret@127.0.0.1:{server.server_address[1]}/0"
        server.shutdown()


def test_a_redis_before_6_2_is_refused_with_its_version_and_without_its_password(old_redis):
    with pytest.raises(SettingError) as refusal:
        preflight.check_redis(old_redis)
    assert str(refusal.value) == "REDIS_URL leads to Redis 5.0.14: Redis 6.2 or newer, or Valkey, is needed"


def test_a_redis_that_does_not_answer_yet_does_not_prevent_a_start(free_port):
    preflight.check_redis(f"redis://127.0.0.1:{free_port}/0")


def test_the_redis_of_the_tests_is_new_enough(redis_url):
    preflight.check_redis(redis_url)
