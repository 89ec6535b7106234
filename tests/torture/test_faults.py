"""The leaping clock as a process sees it, and the proxy's resets."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture.faults import LeapingClock, Proxy

HOUR = 3_600


def test_a_process_sees_the_clock_leap_and_steady_clocks_stay(tmp_path: Path) -> None:
    clock = LeapingClock(tmp_path)
    if clock.missing:
        pytest.skip(clock.missing)
    program = "import time\nwhile input() == 'ask': print(time.time(), time.monotonic(), flush=True)"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=clock.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask() -> tuple[float, float]:
        process.stdin.write("ask\n")
        process.stdin.flush()
        wall, steady = map(float, process.stdout.readline().split())
        return wall - time.time(), steady - time.monotonic()

    before, steady_before = ask()
    clock.leap(80 * HOUR)
    ahead, steady_ahead = ask()
    clock.leap(-100 * HOUR)
    behind, _ = ask()
    process.communicate("end\n", timeout=60)
    assert [round(seconds / HOUR) for seconds in (before, ahead, behind)] == [0, 80, -20]
    # The answers were under way for a moment each.
    assert abs(steady_ahead - steady_before) < HOUR


def test_a_process_waits_as_long_as_before_wherever_the_clock_is(tmp_path: Path) -> None:
    clock = LeapingClock(tmp_path)
    if clock.missing:
        pytest.skip(clock.missing)
    # Kafka's client waits until moments of the wall clock.
    program = (
        "import time; from confluent_kafka import Consumer; consumer = Consumer({'group.id': 'none'})\n"
        "while input() == 'ask':\n"
        "    began = time.monotonic(); consumer.poll(0.5); print(time.monotonic() - began, flush=True)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=clock.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )

    def waited(leap: int) -> float:
        clock.leap(leap)
        process.stdin.write("ask\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    try:
        assert all(0.4 < waited(leap) < HOUR for leap in (0, -2 * HOUR, 80 * HOUR))
    finally:
        process.kill()
        process.communicate()


ANSWER = b"0123456789\n"


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy before a server that answers every line with ANSWER."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server,), daemon=True).start()
        proxy = Proxy(server.getsockname())
        yield proxy
        proxy.close()


def _serve(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        while connection.recv(1_024):
            connection.sendall(ANSWER)


def _read_all(connection: socket.socket) -> None:
    while connection.recv(1_024):
        pass


def connected(proxy: Proxy) -> socket.socket:
    host, port = proxy.address.split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def test_requests_and_answers_pass(proxy: Proxy) -> None:
    with connected(proxy) as connection:
        for _ in range(3):
            connection.sendall(b"ask\n")
            assert connection.recv(1_024) == ANSWER


def test_a_reset_ends_every_connection_and_the_next_one_works(proxy: Proxy) -> None:
    with connected(proxy) as connection:
        connection.sendall(b"ask\n")
        connection.recv(1_024)
        proxy.reset_all()
        with pytest.raises(ConnectionResetError):
            connection.recv(1_024)
    with connected(proxy) as connection:
        connection.sendall(b"ask\n")
        assert connection.recv(1_024) == ANSWER


def test_an_answer_is_cut_in_the_middle(proxy: Proxy) -> None:
    with connected(proxy) as connection:
        connection.sendall(b"ask\n")
        connection.recv(1_024)
        proxy.cut_after(4)
        connection.sendall(b"ask\n")
        with pytest.raises(ConnectionResetError):
            _read_all(connection)
