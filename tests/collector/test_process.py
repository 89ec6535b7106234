"""The real process: killed at any moment, on a full disk, with wrong settings."""

import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.__main__ import explained
from tests.collector.made_up import replay_of, write_recording
from tests.collector.test_ingest import replayed

POSTS = 60_000


class Collector:
    """A running ``python -m collector`` on a port of its own."""

    def __init__(self, data_dir: Path, port: int, **settings: str) -> None:
        address = {"DATA_DIR": str(data_dir), "COLLECTOR_ADDRESS": f"127.0.0.1:{port}"}
        redis = {"REDIS_URL": f"unix://{data_dir}/absent.sock"}
        environment = {"PATH": os.environ["PATH"]} | address | redis | settings
        command = [sys.executable, "-m", "collector"]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        self.port = port

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit code and what was logged."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        _, log = self.process.communicate(timeout=10)
        return self.process.returncode, log

    @contextlib.contextmanager
    def asking(self) -> Iterator:
        """A connection to its socket, as a file, as soon as it listens."""
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(self._connection())
            yield stack.enter_context(connection.makefile("rwb"))

    def _connection(self) -> socket.socket:
        for _ in range(200):
            with contextlib.suppress(ConnectionRefusedError):
                return socket.create_connection(("127.0.0.1", self.port), 10)
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.05)
        raise TimeoutError("the collector does not listen")

    def wait_for_bytes(self, count: int) -> int:
        """Wait until so many bytes are committed; return how many are."""
        with self.asking() as file:
            for _ in range(2_000):
                file.write(b'{"ask":"status"}\n')
                file.flush()
                end: int = json.loads(file.readline())["end_offset"]
                if end >= count:
                    return end
                time.sleep(0.005)
        raise TimeoutError(f"{count} bytes never came")

    def stream(self) -> bytes:
        """Everything committed so far."""
        end = self.wait_for_bytes(0)
        with self.asking() as file:
            file.write(b'{"ask":"read","start":0,"end":%d}\n' % end)
            file.flush()
            return file.read(json.loads(file.readline())["bytes"])


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def replay_settings(path: Path) -> dict[str, str]:
    return {"SOURCE": "replay", "REPLAY_FILE": str(path), "REPLAY_SPEED": "0", "REPLAY_SHIFT": "none"}


def test_a_replay_killed_again_and_again_gives_the_same_bytes(tmp_path, port):
    path = write_recording(tmp_path / "day.ndjson", POSTS)
    expected, _ = replayed(path, tmp_path / "expected")
    reached = 0
    for part in range(1, 5):
        collector = Collector(tmp_path / "var", port, **replay_settings(path))
        now_reached = collector.wait_for_bytes(max(reached + 1, len(expected) * part // 8))
        collector.end(signal.SIGKILL)
        assert now_reached >= reached
        reached = now_reached
        spool = tmp_path / "var" / "spool" / replay_of(path).name
        for torn in [*spool.glob("*.ndjson"), *spool.glob("*.commits")]:
            with torn.open("ab") as file:
                file.write(b'{"id":"half a po')
    collector = Collector(tmp_path / "var", port, **replay_settings(path))
    collector.wait_for_bytes(len(expected))
    assert collector.stream() == expected
    code, log = collector.end()
    assert code == 0
    assert f"end of day.ndjson, {POSTS} posts" in log


def test_a_signal_to_stop_commits_and_exits_cleanly(tmp_path, port):
    collector = Collector(tmp_path / "var", port)
    collector.wait_for_bytes(1_000)
    code, log = collector.end()
    assert code == 0, log
    assert "Traceback" not in log


def test_following_with_nothing_but_a_socket_works(tmp_path, port):
    collector = Collector(tmp_path / "var", port)
    with collector.asking() as file:
        file.write(b'{"ask":"follow","start":0}\n')
        file.flush()
        assert "hashtags" in json.loads(file.readline())
    assert collector.end(signal.SIGINT)[0] == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SOURCE": "carrier pigeon"}, "SOURCE='carrier pigeon' is unknown"),
        ({"SOURCE": "replay", "REPLAY_FILE": "/nowhere"}, "REPLAY_FILE='/nowhere' is not a file"),
        ({"SOURCE": "x"}, "X_BEARER_TOKEN is not set"),
        ({"REDIS_URL": "http://host"}, "REDIS_URL is not usable"),
        ({"DATA_DIR": "/proc/nothing"}, "/proc/nothing"),
    ],
)
def test_a_wrong_setting_is_one_line(tmp_path, port, settings, said):
    collector = Collector(tmp_path / "var", port, **settings)
    _, log = collector.process.communicate(timeout=10)
    assert collector.process.returncode == 1
    assert said in log
    assert "Traceback" not in log


def test_a_busy_port_and_a_busy_spool_are_each_one_line(tmp_path, port):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        second = Collector(tmp_path / "other", busy.getsockname()[1])
        _, log = second.process.communicate(timeout=10)
    assert (second.process.returncode, log.count("\n")) == (1, 1)
    assert "cannot be listened on" in log
    first = Collector(tmp_path / "var", port)
    first.wait_for_bytes(1)
    second = Collector(tmp_path / "var", port)
    _, log = second.process.communicate(timeout=10)
    assert (second.process.returncode, log.count("\n")) == (1, 1)
    assert "in use by another collector" in log
    first.end()


def test_a_damaged_spool_is_one_line_and_its_command_begins_anew(tmp_path, port):
    collector = Collector(tmp_path / "var", port)
    collector.wait_for_bytes(1_000)
    collector.end()
    (log_path,) = (tmp_path / "var" / "spool" / "simulator").glob("*.commits")
    log_path.unlink()
    stopped = Collector(tmp_path / "var", port)
    _, log = stopped.process.communicate(timeout=10)
    assert (stopped.process.returncode, log.count("\n")) == (1, 1)
    assert f"{log_path} is missing" in log
    subprocess.run(log.rpartition("anew: ")[2], shell=True, check=True)
    again = Collector(tmp_path / "var", port)
    again.wait_for_bytes(1_000)
    assert again.end()[0] == 0


@pytest.mark.parametrize("what", ["spool/simulator/00000000000000000000.ndjson", "author.key"])
def test_a_file_that_cannot_be_read_is_one_line_that_names_it(tmp_path, port, what):
    collector = Collector(tmp_path / "var", port)
    collector.wait_for_bytes(1_000)
    collector.end()
    path = tmp_path / "var" / what
    path.rename(path.with_suffix(".aside"))
    path.mkdir()
    (path / "x").touch()
    stopped = Collector(tmp_path / "var", port)
    _, log = stopped.process.communicate(timeout=10)
    assert (stopped.process.returncode, log.count("\n")) == (1, 1), log
    assert str(path) in log


def test_a_file_that_is_not_ours_is_explained_with_the_command_that_helps():
    line = explained(PermissionError(errno.EACCES, "Permission denied", "/var/my spool/1.commits"))
    assert line.startswith("/var/my spool/1.commits: Permission denied: ")
    assert f"chown -R {os.geteuid()} '/var/my spool/1.commits' && chmod -R u+rwX '/var/my spool/1.commits'" in line


@pytest.fixture
def tiny_disk(tmp_path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a full disk needs a tmpfs of our own: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_stops_nothing_and_loses_nothing(tmp_path, tiny_disk, port):
    path = write_recording(tmp_path / "day.ndjson", 30_000)
    expected, _ = replayed(path, tmp_path / "expected")
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(b"x" * 1_500_000)
    collector = Collector(tiny_disk, port, **replay_settings(path))
    line = ""
    while "cannot be written" not in line:
        line = collector.process.stderr.readline()
    stuck = collector.stream()
    assert expected.startswith(stuck)
    assert len(stuck) < len(expected)
    followers = contextlib.ExitStack()
    following = [followers.enter_context(collector.asking()) for _ in range(20)]
    for file in following:
        file.write(b'{"ask":"follow"}\n')
        file.flush()
        assert file.read(len(stuck)) == stuck
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", tiny_disk], check=True)
    rest = expected[len(stuck) :]
    assert all(file.read(len(rest)) == rest for file in following)
    followers.close()
    code, log = collector.end()
    assert (code, log.count("cannot be written")) == (0, 0)
