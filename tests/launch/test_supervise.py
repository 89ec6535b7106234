import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from launch.environment import answers
from launch.leftovers import stop_leftovers
from tests.launch.trendsite_of_stand_ins import PARTS, TrendsiteOfStandIns, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are looked up in /proc")


@pytest.fixture
def trendsite(short_dir: Path, free_port: int) -> Iterator[TrendsiteOfStandIns]:
    trendsite = TrendsiteOfStandIns(short_dir, free_port)
    yield trendsite
    stop_leftovers(trendsite.server_url)


@pytest.fixture
def screen_file(short_dir: Path) -> Path:
    return short_dir / "screen"


def start_all(trendsite: TrendsiteOfStandIns, screen_file: Path, **settings: str) -> subprocess.Popen[bytes]:
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
    assert supervisord.wait(60) == 0
    assert re.findall(r"stopped: (\w+)", trendsite.log()) == list(reversed(PARTS))
    assert trendsite.processes() == []
    assert screen_file.read_text().endswith(f"Stopped. Everything counted is kept in {trendsite.data_dir}.\n")


def test_a_part_that_is_killed_is_started_again_with_all_it_had_started(trendsite, screen_file):
    supervisord = start_all(trendsite, screen_file)
    for part in PARTS:
        killed = trendsite.pid(part)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda killed=killed, part=part: trendsite.pid(part) not in (0, killed))
    wait_until(trendsite.are_running)
    supervisord.terminate()
    supervisord.wait(60)
    assert trendsite.processes() == []


def test_what_a_killed_supervisord_left_running_is_stopped(trendsite, screen_file):
    supervisord = start_all(trendsite, screen_file)
    supervisord.kill()
    supervisord.wait(10)
    parts = {int(pid) for pid in re.findall(r"spawned: '[\w-]+' with pid (\d+)", trendsite.log())}
    assert parts <= set(trendsite.processes())
    stop_leftovers(trendsite.server_url)
    assert trendsite.processes() == []
    assert not answers(trendsite.data_dir / "redis.sock")


def test_as_many_site_processes_run_as_are_set(trendsite, screen_file):
    with screen_file.open("wb") as screen:
        supervisord = trendsite.start(screen, SITE_PROCESSES="3")
    wait_until(lambda: len(re.findall(r"site:site-\d +RUNNING", trendsite.control("status"))) == 3)
    supervisord.terminate()
    supervisord.wait(60)
    assert trendsite.processes() == []


def test_a_redis_elsewhere_leaves_the_embedded_one_out(trendsite, screen_file):
    with screen_file.open("wb") as screen:
        supervisord = trendsite.start(screen, REDIS_URL="redis://127.0.0.1:1/0")
    wait_until(lambda: "Board" in screen_file.read_text())
    assert re.search(r"redis +STOPPED +Not started", trendsite.control("status"))
    supervisord.terminate()
    supervisord.wait(60)


def test_the_greeting_reaches_a_pipe(trendsite):
    supervisord = trendsite.start(subprocess.PIPE)
    lines = iter(supervisord.stdout.readline, b"")
    assert any(b"Board" in line for line in lines)
    supervisord.terminate()
    assert list(lines)[-1].startswith(b"Stopped.")
    supervisord.stdout.close()
    supervisord.wait(60)


def test_the_greeting_reaches_a_terminal_and_its_closing_stops_everything(trendsite):
    terminal, behind = os.openpty()
    supervisord = trendsite.start(behind)
    os.close(behind)
    seen = b""
    while b"Board" not in seen:
        seen += os.read(terminal, 4096)
    os.close(terminal)
    supervisord.send_signal(signal.SIGHUP)
    assert supervisord.wait(60) == 0
    assert trendsite.processes() == []
