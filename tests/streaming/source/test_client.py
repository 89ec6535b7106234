import socket
import struct
import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from contract.address import bound_socket
from contract.post import Post, encode_posts
from contract.socket_protocol import (
    MAX_RELEASED_DAYS,
    MAX_REQUEST_BYTES,
    ReleaseRequest,
    RequestRefusedError,
    StreamStatus,
    encode_line,
)
from streaming.source.client import CollectorClient, CollectorUnreachableError
from tests.streaming import fake_collector
from tests.streaming.fake_collector import SECRET

POST = Post("a:1", datetime(2026, 11, 22, tzinfo=UTC), "en", ["x"], ["X"])
LINE = encode_posts([POST])


def test_a_read_returns_the_lines_that_begin_in_a_range(collector):
    collector.append(POST, POST, POST)
    length = len(LINE)
    with CollectorClient(collector.address, SECRET) as client:
        assert client.status().end_offset == 3 * length
        assert client.read(0, 1) == LINE
        assert client.read(1, 3 * length) == LINE * 2


def test_a_lost_connection_is_opened_again(collector):
    collector.append(POST)
    with CollectorClient(collector.address, SECRET) as client:
        client.status()
        collector.drops = 1
        assert client.read(0, 1) == LINE


def test_a_refused_request_is_not_retried(collector):
    with CollectorClient(collector.address, SECRET) as client, pytest.raises(RequestRefusedError, match="not kept"):
        client.read(0, 10)


def test_without_the_secret_only_the_status_is_available(collector):
    collector.append(POST)
    with CollectorClient(collector.address) as client:
        assert client.status().end_offset == len(LINE)
        with pytest.raises(RequestRefusedError, match="secret"):
            client.read(0, 1)


def test_a_wrong_secret_is_an_error_of_one_line_and_retried(collector):
    wrong = pytest.raises(CollectorUnreachableError, match=r"secret is wrong[^\n]*$")
    with CollectorClient(collector.address, SECRET[::-1], patience=1) as client, wrong:
        client.status()


def test_a_server_that_does_not_know_the_secret_is_not_trusted(collector, monkeypatch):
    monkeypatch.setattr(fake_collector, "proof", lambda *_: "0" * 64)
    unknown = pytest.raises(CollectorUnreachableError, match="does not know the secret")
    with CollectorClient(collector.address, SECRET, patience=0) as client, unknown:
        client.status()


def test_a_release_names_only_as_many_days_as_fit(collector):
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(MAX_RELEASED_DAYS + 10)]
    with CollectorClient(collector.address, SECRET) as client:
        client.release(0, days)
        assert collector.done == set(days[:MAX_RELEASED_DAYS])
    assert len(encode_line(ReleaseRequest(2**60, days[:MAX_RELEASED_DAYS]))) <= MAX_REQUEST_BYTES


def test_an_error_names_a_collector_at_an_ipv6_address():
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with bound_socket(("::1", 0)) as silent:
        address = silent.getsockname()[:2]
        unreachable = pytest.raises(CollectorUnreachableError, match=rf"collector at \[::1\]:{address[1]}: ")
        with CollectorClient(address, patience=0) as client, unreachable:
            client.status()


def test_an_error_names_a_collector_that_is_away(collector):
    collector.stop()
    host, port = collector.address
    unreachable = pytest.raises(CollectorUnreachableError, match=f"{host}:{port}")
    with CollectorClient((host, port), patience=1) as client, unreachable:
        client.status()


def test_a_connection_reset_between_two_requests_is_an_unreachable_collector():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = CollectorClient(server.getsockname(), patience=0)

        def answer_once() -> None:
            connection, _ = server.accept()
            connection.recv(1000)
            connection.sendall(encode_line(StreamStatus("x", 0, 0, None, {})))
            connection.recv(1000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        thread = threading.Thread(target=answer_once)
        thread.start()
        client.status()
        for _ in range(2):
            with pytest.raises(CollectorUnreachableError):
                client.status()
            server.close()
        thread.join()
