"""Which connections are evicted when there are too many."""

import pytest

from trendsite.pending_connections import MAX_PENDING, PendingConnections, connection_budget


class Peer:
    """A connection that notes whether it was ended."""

    def __init__(self) -> None:
        self.is_ended = False

    def evict(self) -> None:
        self.is_ended = True


@pytest.fixture
def enter():
    connections = PendingConnections(max_total=4, max_per_address=2)

    def enter(address):
        peer = Peer()
        connections.add(peer, address)
        return peer

    enter.connections = connections
    return enter


def test_of_an_address_with_its_share_the_connection_that_waits_longest_is_ended(enter):
    first, second, third = (enter("192.0.2.1") for _ in range(3))
    assert (first.is_ended, second.is_ended, third.is_ended) == (True, False, False)
    assert not enter("192.0.2.2").is_ended
    assert len(enter.connections) == 3


def test_one_that_is_being_answered_is_ended_only_when_none_waits(enter):
    busy, waiting = enter("192.0.2.1"), enter("192.0.2.1")
    enter.connections.answer(busy)
    enter("192.0.2.1")
    assert (busy.is_ended, waiting.is_ended) == (False, True)


def test_in_a_full_process_the_one_that_waits_longest_is_ended_whoever_it_is(enter):
    peers = [enter(f"192.0.2.{number}") for number in range(5)]
    assert [peer.is_ended for peer in peers] == [True, False, False, False, False]


def test_one_that_left_makes_room_and_leaves_nothing_behind(enter):
    peers = [enter("192.0.2.1"), enter("192.0.2.1")]
    for peer in peers:
        enter.connections.remove(peer)
        enter.connections.remove(peer)
    enter("192.0.2.1")
    assert not any(peer.is_ended for peer in peers)
    assert len(enter.connections) == 1
    assert len(enter.connections._by_address) == 1


def test_behind_a_proxy_one_address_may_have_all(enter):
    connections = PendingConnections(max_total=3, max_per_address=None)
    peers = [Peer() for _ in range(3)]
    for peer in peers:
        connections.add(peer, "127.0.0.1")
    assert not any(peer.is_ended for peer in peers)


@pytest.mark.parametrize("files", [256, 1_024, 2_048, 65_536, 1_000_000])
def test_viewers_and_requests_together_never_take_all_files(files):
    divided = connection_budget(files)
    assert divided.viewers + 2 * divided.pending < files
    assert 40 <= divided.pending <= MAX_PENDING
