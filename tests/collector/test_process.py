"""The collector's process: killed at any moment, on a full disk, with wrong settings."""

import contextlib
import errno
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from collector import server as server_module
from collector.__main__ import explained
from collector.log.spool import Spool
from streaming.source.client import CollectorClient
from tests.collector.intake.test_ingest import replayed
from tests.collector.made_up import NOON, post, recorded, replay_of, steady, write_recording
from tests.parallel import find_free_port
from tests.torture.faults import LeapingClock

POSTS = 60_000
FAR = datetime(2038, 1, 19, tzinfo=UTC)
PATIENCE_SECONDS = 60
SECRET = "9f1c4b7e2a6d8035c1e4f7092b5d8a63"


class Collector:
    """A running ``python -m collector`` on a port of its own."""

    def __init__(self, data_dir: Path, port: int, **settings: str) -> None:
        address = {"DATA_DIR": str(data_dir), "COLLECTOR_ADDRESS": f"127.0.0.1:{port}"}
        secret = {"COLLECTOR_SECRET": SECRET}
        redis = {"REDIS_URL": f"unix://{data_dir}/absent.sock"}
        environment = {"PATH": os.environ["PATH"]} | address | secret | redis | settings
        command = [sys.executable, "-m", "collector"]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        self.port = port

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit code and what was logged."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """Wait for the end of the process; return the exit code and what was logged."""
        _, log = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, log

    @contextlib.contextmanager
    def asking(self) -> Iterator:
        """A connection to its socket, as a file, as soon as it listens."""
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(self._connection())
            yield stack.enter_context(connection.makefile("rwb"))

    def _connection(self) -> socket.socket:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(ConnectionRefusedError):
                return socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS)
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.05)
        raise TimeoutError("the collector does not listen")

    def wait_for_status(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until something holds of the stream's status; return it."""
        end = time.monotonic() + 3 * PATIENCE_SECONDS
        with self.asking() as file:
            while time.monotonic() < end:
                file.write(b'{"ask":"status"}\n')
                file.flush()
                status: dict[str, Any] = json.loads(file.readline())
                if holds(status):
                    return status
                time.sleep(0.005)
        raise TimeoutError(f"it did not come to that: {status}")

    def wait_for_bytes(self, count: int) -> int:
        """Wait until so many bytes are committed. Return the number of committed bytes."""
        return self.wait_for_status(lambda status: status["end_offset"] >= count)["end_offset"]

    def wait_for_closed_days(self) -> dict[str, Any]:
        """Wait until there are days and all are closed, as a recording closes its own at its end; return the status."""

        def are_closed(status: dict[str, Any]) -> bool:
            days = status["days"].values()
            return bool(days) and all(day["closed_offset"] is not None for day in days)

        return self.wait_for_status(are_closed)

    def stream(self) -> bytes:
        """Everything committed so far."""
        end = self.wait_for_bytes(0)
        with CollectorClient(("127.0.0.1", self.port), SECRET) as client:
            return client.read(0, end)


@pytest.fixture
def port() -> int:
    return find_free_port()


def replay_settings(path: Path) -> dict[str, str]:
    return {"SOURCE": "replay", "REPLAY_FILE": str(path), "REPLAY_SPEED": "0", "REPLAY_SHIFT": "none"}


def test_a_replay_killed_repeatedly_writes_the_same_bytes(tmp_path, port):
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
    collector.wait_for_closed_days()
    assert collector.stream() == expected
    code, log = collector.end()
    assert code == 0
    assert f"end of day.ndjson, {POSTS} posts" in log


def test_a_quiet_live_stream_closes_its_day_on_the_next_though_no_post_comes(tmp_path, port):
    clock = LeapingClock(tmp_path)
    if clock.missing:
        pytest.skip(clock.missing)
    collector = Collector(tmp_path / "var", port, **clock.environment())
    collector.wait_for_bytes(1_000)
    collector.end()
    clock.leap(26 * 3_600)
    collector = Collector(tmp_path / "var", port, SIMULATOR_POSTS_PER_SECOND="0", **clock.environment())
    end = collector.wait_for_bytes(1_000)
    status = collector.wait_for_closed_days()
    assert {span["closed_offset"] for span in status["days"].values()} == {end}
    assert status["clock"][:10] > max(status["days"])
    assert collector.end()[0] == 0


def test_a_live_stream_that_leapt_to_2038_restarts_by_itself_and_logs_it(tmp_path, port):
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    folder = tmp_path / "var" / "spool" / "simulator"
    spool = Spool(folder, "simulator", 2**30)
    spool.append([replace(post(), created_at=today)], {})
    spool.append(steady(20, start=(FAR - NOON).total_seconds()), {})
    spool.commit(None, 0, FAR, FAR.date())
    spool.close()
    collector = Collector(tmp_path / "var", port)
    collector.wait_for_bytes(2_000)
    assert b'"2038-' not in collector.stream()
    code, log = collector.end()
    assert code == 0, log
    assert "simulator restarts with its 1 posts since" in log
    assert "had set its clock to 2038-01-19" in log


def test_a_signal_to_stop_commits_and_exits_cleanly(tmp_path, port):
    collector = Collector(tmp_path / "var", port)
    collector.wait_for_bytes(1_000)
    code, log = collector.end()
    assert code == 0, log
    assert "Traceback" not in log


def test_a_plain_socket_can_follow(tmp_path, port):
    collector = Collector(tmp_path / "var", port)
    with collector.asking() as file:
        file.write(b'{"ask":"follow","start":0}\n')
        file.flush()
        assert "hashtags" in json.loads(file.readline())
    assert collector.end(signal.SIGINT)[0] == 0


@contextlib.contextmanager
def attacked_by(*attacks: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run each in a thread of its own, until its event is set at the end."""
    stop = threading.Event()
    attackers = [threading.Thread(target=attack, args=(stop,)) for attack in attacks]
    for attacker in attackers:
        attacker.start()
    try:
        yield
    finally:
        stop.set()
        for attacker in attackers:
            attacker.join()


def test_anonymous_connections_can_neither_release_nor_block_readers(tmp_path, port):
    """18,000 posts from 23:50 on. The first 6,000 belong to a day that closes."""
    late = datetime(2026, 3, 4, 23, 50, tzinfo=UTC)
    path = tmp_path / "night.ndjson"
    path.write_text("".join(recorded(n, late + timedelta(seconds=n / 10)) + "\n" for n in range(18_000)))
    settings = {**replay_settings(path), "DAY_GRACE": "60", "SPOOL_MAX_BYTES": str(2**20)}
    collector = Collector(tmp_path / "var", port, **settings)

    def release_all(stop: threading.Event) -> None:
        with CollectorClient(("127.0.0.1", port)) as stranger:
            while not stop.is_set():
                with collector.asking() as file:
                    file.write(b'{"ask":"release","offset":%d}\n' % stranger.status().end_offset)
                    file.flush()
                    assert b"need the collector's secret" in file.readline()

    reader = CollectorClient(("127.0.0.1", port), SECRET)
    with attacked_by(release_all), contextlib.ExitStack() as idle, reader as client:
        for _ in range(server_module.MAX_READERS + 10):
            idle.enter_context(collector.asking())
        while (status := client.status()).days.get(late.date()) is None or not status.days[late.date()].closed_offset:
            time.sleep(0.05)
        end = client.status().end_offset
        assert client.read(0, end).count(b"\n") > 6_000
    with CollectorClient(("127.0.0.1", port), SECRET) as client:
        released = client.release(end)
        assert (list(released.days), released.first_offset) == ([late.date(), late.date() + timedelta(days=1)], 0)
        assert list(client.release(end, [late.date()]).days) == [late.date() + timedelta(days=1)]
    code, log = collector.end()
    assert (code, "Traceback" in log) == (0, False), log


RUBBISH = [
    b"",
    b"GET / HTTP/1.1\r\n\r\n",
    os.urandom(500),
    b"x" * 100_000,
    b'{"ask":"foll',
    b'{"ask":"challenge"}\n',
]


def flood(port: int, stop: threading.Event) -> None:
    """Connect repeatedly, each time with other rubbish, and hold the latest 200 connections."""
    held: deque[socket.socket] = deque()
    for rubbish in itertools.cycle(RUBBISH):
        if stop.is_set():
            break
        with contextlib.suppress(OSError):
            held.append(socket.create_connection(("127.0.0.1", port), 5))
            held[-1].sendall(rubbish)
        if len(held) > 200:
            held.popleft().close()
    for connection in held:
        connection.close()


def test_a_flood_of_connections_and_rubbish_does_not_block_a_reader(tmp_path, port):
    collector = Collector(tmp_path / "var", port, SIMULATOR_POSTS_PER_SECOND="1000")
    collector.wait_for_bytes(10_000)
    with attacked_by(*[partial(flood, port)] * 4):
        for _ in range(50):
            with CollectorClient(("127.0.0.1", port), SECRET) as client:
                end = client.status().end_offset
                assert client.read(max(0, end - 5_000), end).endswith(b"\n")
    code, log = collector.end()
    assert (code, "Traceback" in log) == (0, False), log
    assert SECRET not in log


def test_its_files_are_private_whatever_the_umask(tmp_path, port):
    (tmp_path / "var").mkdir(mode=0o700)
    before = os.umask(0)
    try:
        collector = Collector(tmp_path / "var", port, COLLECTOR_SECRET="")
    finally:
        os.umask(before)
    collector.wait_for_bytes(1_000)
    assert collector.end()[0] == 0
    made = list((tmp_path / "var").rglob("*"))
    assert {path.name for path in made} >= {"collector.secret", "lock", "spool"}
    for path in made:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.parametrize("host", ["::1", "::"])
def test_it_listens_at_an_ipv6_address(tmp_path, port, host):
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    collector = Collector(tmp_path / "var", port, COLLECTOR_ADDRESS=f"[{host}]:{port}")
    with CollectorClient((host, port), SECRET) as client:
        assert client.status().source == "simulator"
    code, log = collector.end()
    assert (code, f"simulator on [{host}]:{port} from offset 0" in log) == (0, True)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SOURCE": "carrier pigeon"}, "SOURCE='carrier pigeon' is unknown"),
        ({"SOURCE": "replay", "REPLAY_FILE": "/nowhere"}, "REPLAY_FILE='/nowhere' is not a file"),
        ({"SOURCE": "x"}, "X_BEARER_TOKEN is not set"),
        ({"REDIS_URL": "http://host"}, "REDIS_URL is not usable"),
        ({"COLLECTOR_SECRET": "open sesame"}, "COLLECTOR_SECRET has characters"),
        ({"COLLECTOR_ADDRESS": "nowhere.invalid:5555"}, "nowhere.invalid:5555 cannot be listened on"),
        ({"DATA_DIR": "/proc/nothing"}, "/proc/nothing"),
    ],
)
def test_a_wrong_setting_is_one_line(tmp_path, port, settings, said):
    collector = Collector(tmp_path / "var", port, **settings)
    code, log = collector.ended()
    assert code == 1
    assert said in log
    assert "Traceback" not in log


def test_a_busy_port_and_a_busy_spool_are_each_one_line(tmp_path, port):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        second = Collector(tmp_path / "other", busy.getsockname()[1])
        code, log = second.ended()
    assert (code, log.count("\n")) == (1, 1)
    assert "cannot be listened on" in log
    first = Collector(tmp_path / "var", port)
    first.wait_for_bytes(1)
    second = Collector(tmp_path / "var", port)
    code, log = second.ended()
    assert (code, log.count("\n")) == (1, 1)
    assert "in use by another collector" in log
    first.end()


def test_a_damaged_spool_is_one_line_and_its_command_begins_anew(tmp_path, port):
    collector = Collector(tmp_path / "var", port)
    collector.wait_for_bytes(1_000)
    collector.end()
    (log_path,) = (tmp_path / "var" / "spool" / "simulator").glob("*.commits")
    log_path.unlink()
    stopped = Collector(tmp_path / "var", port)
    code, log = stopped.ended()
    assert (code, log.count("\n")) == (1, 1)
    assert f"{log_path} is missing" in log
    subprocess.run(log.rpartition("anew: ")[2], shell=True, check=True)
    again = Collector(tmp_path / "var", port)
    again.wait_for_bytes(1_000)
    assert again.end()[0] == 0


@pytest.mark.parametrize(
    "what", ["spool/simulator/00000000000000000000.ndjson", "author_keys/simulator/2026-03-04.key"]
)
def test_a_file_that_cannot_be_read_is_one_line_that_names_it(tmp_path, port, what):
    collector = Collector(tmp_path / "var", port)
    collector.wait_for_bytes(1_000)
    collector.end()
    path = tmp_path / "var" / what
    if path.exists():
        path.rename(path.with_suffix(".aside"))
    path.mkdir(parents=True)
    (path / "x").touch()
    stopped = Collector(tmp_path / "var", port)
    code, log = stopped.ended()
    assert (code, log.count("\n")) == (1, 1), log
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


def test_a_full_disk_stops_no_ingest_and_loses_no_post(tmp_path, tiny_disk, port):
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
    following = [followers.enter_context(collector.asking()) for _ in range(10)]
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
