import socket
import struct
import threading
from datetime import UTC, datetime

import pytest

from contract.post import Post, encode_posts
from contract.socket_protocol import RefusedError, StreamStatus, encode_line
from streaming.collector_client import CollectorClient, CollectorUnreachableError

POST = Post("a:1", datetime(2026, 11, 22, tzinfo=UTC), "en", ["x"], ["X"])
LINE = encode_posts([POST])


def test_it_reads_the_lines_that_begin_in_a_range(collector):
    collector.append(POST, POST, POST)
    length = len(LINE)
    with CollectorClient(collector.address) as client:
        assert client.status().end_offset == 3 * length
        assert client.read(0, 1) == LINE
        assert client.read(1, 3 * length) == LINE * 2


def test_a_lost_connection_is_made_again(collector):
    collector.append(POST)
    with CollectorClient(collector.address) as client:
        client.status()
        collector.drops = 1
        assert client.read(0, 1) == LINE


def test_a_refusal_is_not_asked_again(collector):
    with CollectorClient(collector.address) as client, pytest.raises(RefusedError, match="not kept"):
        client.read(0, 10)


def test_a_collector_that_is_away_is_named(collector):
    collector.stop()
    host, port = collector.address
    unreachable = pytest.raises(CollectorUnreachableError, match=f"{host}:{port}")
    with CollectorClient((host, port), attempts=2) as client, unreachable:
        client.status()


def test_a_connection_that_was_reset_between_two_requests_is_one_more_failure():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = CollectorClient(server.getsockname(), attempts=1)

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
