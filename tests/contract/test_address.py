import socket

import pytest

from contract.address import (
    address_text,
    bound_socket,
    host_in_url,
    is_every_address,
    parse_address,
    parse_host,
    reachable_host,
    unmapped,
)

needs_ipv6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:5555", ("127.0.0.1", 5555)),
        ("[::1]:5555", ("::1", 5555)),
        ("[2001:db8::1]:1", ("2001:db8::1", 1)),
        ("[fe80::1%lo]:1", ("fe80::1%lo", 1)),
        ("collector:5555", ("collector", 5555)),
        ("my-host.example.org:65535", ("my-host.example.org", 65_535)),
    ],
)
def test_an_address_is_read_and_written_the_same(text, address):
    assert parse_address(text) == address
    assert address_text(address) == text


@pytest.mark.parametrize(
    "text",
    [
        *["", "5555", ":5555", "::1:5555", "[::1]", "[::1]:", "[::1]:0", "[127.0.0.1]:1", "[x]:1", "a b:1"],
        *["http://a:1", "host:65536", "host:²", "host:-1", "1.2.3:5", "300.1.1.1:5", "-a:5", "host/:5", "a..b:5"],
        "host:" + "9" * 5_000,
    ],
)
def test_other_texts_are_not_addresses(text):
    assert parse_address(text) is None


def test_a_host_is_an_address_of_either_kind_or_a_name():
    hosts = ["0.0.0.0", "::", "[::]", "192.168.1.5", "::1", "localhost", "board.example"]
    assert [parse_host(host) for host in hosts] == ["0.0.0.0", "::", "::", "192.168.1.5", "::1", *hosts[5:]]
    assert [parse_host(host) for host in ["", "a b", "1.2.3", "a:80", "[::", "*", "x" * 64]] == [None] * 7


def test_a_server_that_listens_everywhere_is_reached_on_loopback():
    assert [is_every_address(host) for host in ("0.0.0.0", "::", "::1", "localhost")] == [True, True, False, False]
    assert [reachable_host(host) for host in ("0.0.0.0", "::", "192.168.1.5")] == ["127.0.0.1"] * 2 + ["192.168.1.5"]
    assert [host_in_url(host) for host in ("::1", "127.0.0.1", "a.b")] == ["[::1]", "127.0.0.1", "a.b"]


def test_an_ipv4_peer_of_a_socket_of_both_families_is_an_ipv4_address():
    assert [unmapped(host) for host in ("::ffff:192.0.2.1", "2001:db8::1", "192.0.2.1", "x")] == [
        "192.0.2.1",
        "2001:db8::1",
        "192.0.2.1",
        "x",
    ]


@needs_ipv6
@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("::", ["127.0.0.1", "::1"]),
        ("0.0.0.0", ["127.0.0.1"]),
        ("::1", ["::1"]),
        ("localhost", ["127.0.0.1"]),
        ("::ffff:127.0.0.1", ["127.0.0.1"]),
    ],
)
def test_a_bound_socket_listens_where_it_should(host, reached):
    with bound_socket((host, 0)) as listener:
        listener.listen()
        port = listener.getsockname()[1]
        assert [at for at in ("127.0.0.1", "::1") if answers(at, port)] == reached


def answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 5).close()
    except OSError:
        return False
    return True


def test_an_address_of_another_machine_and_an_unknown_name_cannot_be_bound():
    for host in ("203.0.113.1", "no-such-name.invalid"):
        with pytest.raises(OSError, match=r"."):
            bound_socket((host, 0))
