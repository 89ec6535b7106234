from datetime import UTC, datetime

import pytest

from contract.post import Post, encode_posts
from contract.socket_protocol import RefusedError
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
