import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis

from launch.process_environment import ROOT
from launch.supervise import has_listener, runs, stop_leftovers
from tests.launch.stand_in_trendsite import PARTS, PATIENCE_SECONDS, StandInTrendsite, wait_until
from tests.trendsite.stage import Stage

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are looked up in /proc")


@pytest.fixture
def trendsite(short_dir: Path, free_port: int) -> Iterator[StandInTrendsite]:
    trendsite = StandInTrendsite(short_dir, free_port)
    yield trendsite
    stop_leftovers(trendsite.server_url)


@pytest.fixture
def screen_file(short_dir: Path) -> Path:
    return short_dir / "screen"


def start_all(trendsite: StandInTrendsite, screen_file: Path, **settings: str) -> subprocess.Popen[bytes]:
    """Start supervisord and wait until everything runs and the greeter has greeted."""
    with screen_file.open("wb") as screen:
        supervisord = trendsite.start(screen, **settings)
    wait_until(lambda: "Board" in screen_file.read_text())
    wait_until(trendsite.are_running)
    return supervisord


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_in_the_opposite_order_and_leaves_no_process(trendsite, screen_file, number):
    supervisord = start_all(trendsite, screen_file)
    supervisord.send_signal(number)
    assert supervisord.wait(PATIENCE_SECONDS) == 0
    assert re.findall(r"stopped: (\w+)", trendsite.log()) == list(reversed(PARTS))
    assert trendsite.processes() == []
    assert screen_file.read_text().endswith(f"Stopped. All counts are in {trendsite.data_dir}.\n")


def test_make_status_names_every_process(trendsite, screen_file):
    supervisord = start_all(trendsite, screen_file)
    asked = subprocess.run(
        [sys.executable, "-m", "launch.supervise", "status"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(trendsite.data_dir)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (asked.returncode, asked.stderr) == (0, "")
    assert all(part in asked.stdout for part in PARTS)
    supervisord.terminate()
    supervisord.wait(PATIENCE_SECONDS)


def test_a_killed_part_is_restarted_with_its_children(trendsite, screen_file):
    supervisord = start_all(trendsite, screen_file)
    for part in PARTS:
        killed = wait_until(lambda part=part: trendsite.pid(part))
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda killed=killed, part=part: trendsite.pid(part) not in (0, killed))
    wait_until(trendsite.are_running)
    supervisord.terminate()
    supervisord.wait(PATIENCE_SECONDS)
    assert trendsite.processes() == []


def test_leftovers_of_a_killed_supervisord_are_stopped(trendsite, screen_file):
    supervisord = start_all(trendsite, screen_file)
    supervisord.kill()
    supervisord.wait(PATIENCE_SECONDS)
    parts = {int(pid) for pid in re.findall(r"spawned: '[\w-]+' with pid (\d+)", trendsite.log())}
    assert parts <= set(trendsite.processes())
    stop_leftovers(trendsite.server_url)
    assert trendsite.processes() == []
    assert not has_listener(trendsite.data_dir / "redis.sock")


def test_the_embedded_server_opens_what_redis_6_2_wrote(trendsite, screen_file):
    shutil.copy(Path(__file__).with_name("redis-6.2.aof"), trendsite.data_dir / "redis" / "appendonly.aof")
    supervisord = start_all(trendsite, screen_file)
    wait_until(lambda: has_listener(trendsite.data_dir / "redis.sock"))
    with redis.Redis(unix_socket_path=str(trendsite.data_dir / "redis.sock"), decode_responses=True) as client:
        assert client.zrange("ranking", 0, -1, withscores=True) == [("late", 1), ("final", 3), ("worldcup", 5)]
        assert (client.get("mark"), client.hgetall("spellings"), client.pfcount("authors")) == ("130", {"a": "1"}, 1)
        memory = client.config_get("maxmemory*") | client.config_get("appendonly") | client.config_get("save")
    supervisord.terminate()
    supervisord.wait(PATIENCE_SECONDS)
    assert (memory["maxmemory"], memory["maxmemory-policy"]) == (str(256 << 20), "volatile-ttl")
    assert (memory["appendonly"], memory["save"]) == ("yes", "")


def test_as_many_site_processes_run_as_are_set(trendsite, screen_file):
    with screen_file.open("wb") as screen:
        supervisord = trendsite.start(screen, SITE_PROCESSES="3")
    wait_until(lambda: len(re.findall(r"site:site-\d +RUNNING", trendsite.control("status"))) == 3)
    supervisord.terminate()
    supervisord.wait(PATIENCE_SECONDS)
    assert trendsite.processes() == []


def test_a_redis_elsewhere_leaves_the_embedded_one_out(trendsite, screen_file):
    with screen_file.open("wb") as screen:
        supervisord = trendsite.start(screen, REDIS_URL="redis://127.0.0.1:1/0")
    wait_until(lambda: "Board" in screen_file.read_text())
    assert re.search(r"redis +STOPPED +Not started", trendsite.control("status"))
    supervisord.terminate()
    supervisord.wait(PATIENCE_SECONDS)


def test_the_greeting_reaches_a_pipe(trendsite):
    supervisord = trendsite.start(subprocess.PIPE)
    lines = iter(supervisord.stdout.readline, b"")
    assert any(b"Board" in line for line in lines)
    supervisord.terminate()
    assert list(lines)[-1].startswith(b"Stopped.")
    supervisord.stdout.close()
    supervisord.wait(PATIENCE_SECONDS)


def test_the_greeting_reaches_a_terminal_and_its_closing_stops_everything(trendsite):
    terminal, behind = os.openpty()
    supervisord = trendsite.start(behind)
    os.close(behind)
    seen = b""
    while b"Board" not in seen:
        seen += os.read(terminal, 4096)
    os.close(terminal)
    supervisord.send_signal(signal.SIGHUP)
    assert supervisord.wait(PATIENCE_SECONDS) == 0
    assert trendsite.processes() == []


def test_a_socket_has_a_listener_until_its_process_closes_it(short_dir: Path):
    path = short_dir / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        assert has_listener(path)
    assert path.exists()
    assert not has_listener(path)


def test_each_network_has_a_collector_with_its_own_name_log_and_argument(trendsite, screen_file):
    with screen_file.open("wb") as screen:
        supervisord = trendsite.start(screen, SOURCE="bluesky,mastodon")
    wait_until(lambda: trendsite.control("status").count("RUNNING") == len(PARTS) + 1)
    for network in ("bluesky", "mastodon"):
        pid = trendsite.control("pid", f"collector:{network}").strip()
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        assert command[-4:-1] == [b"-m", b"collector", network.encode()]
        assert (trendsite.data_dir / "log" / f"collector-{network}.log").exists()
    killed = int(trendsite.control("pid", "collector:mastodon"))
    other = trendsite.control("pid", "collector:bluesky")
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: trendsite.control("pid", "collector:mastodon").strip() not in ("0", str(killed)))
    assert trendsite.control("pid", "collector:bluesky") == other
    supervisord.terminate()
    supervisord.wait(PATIENCE_SECONDS)
    assert trendsite.processes() == []


SHARED = {
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "ARCHIVE_URL": "s3://bucket",
}


def test_of_two_machines_that_of_the_site_runs_the_site_alone(trendsite, screen_file):
    with screen_file.open("wb") as screen:
        supervisord = trendsite.start(screen, PARTS="site", **SHARED)
    wait_until(lambda: "Board" in screen_file.read_text())
    wait_until(lambda: runs(trendsite.control("status")))
    assert re.findall(r"^[\w:-]+", trendsite.control("status"), re.MULTILINE) == [
        "alerts",
        "greeter",
        "redis",
        "site:site-0",
    ]
    assert "Source" not in screen_file.read_text()
    supervisord.terminate()
    assert supervisord.wait(PATIENCE_SECONDS) == 0
    assert trendsite.processes() == []


def test_of_two_machines_that_of_the_pipeline_runs_everything_but_the_site(trendsite, screen_file, redis_client):
    url = f"unix://{redis_client.connection_pool.connection_kwargs['path']}"
    stage = Stage(redis_client)
    # Reports of parts that live, for as long as the test takes.
    stage.report_all(later := datetime.now(UTC) + timedelta(hours=1))
    stage.report_streaming(later, counted_offset=1)
    with screen_file.open("wb") as screen:
        supervisord = trendsite.start(screen, PARTS="pipeline", **{**SHARED, "REDIS_URL": url})
    wait_until(lambda: "Ctrl-C" in screen_file.read_text())
    wait_until(lambda: runs(trendsite.control("status")))
    names = ["archive", "class-archive", "collector", "greeter", "past-days", "redis", "streaming"]
    assert re.findall(r"^[\w:-]+", trendsite.control("status"), re.MULTILINE) == names
    assert "Board" not in screen_file.read_text()
    assert "Source   simulated posts" in screen_file.read_text()
    supervisord.terminate()
    assert supervisord.wait(PATIENCE_SECONDS) == 0
    assert trendsite.processes() == []


@pytest.mark.parametrize(
    ("line", "is_well"),
    [
        ("past-days                        EXITED    Nov 29 04:12 AM", True),
        ("redis                            STOPPED   Not started", True),
        ("redis                            FATAL     Exited too quickly", False),
        ("collector:mastodon               BACKOFF   Exited too quickly", False),
    ],
)
def test_a_status_is_well_if_all_run_that_have_work_to_do(line, is_well):
    running = "streaming                        RUNNING   pid 16993, uptime 0:04:50\n"
    assert runs(f"{running}{line}\n") is is_well
