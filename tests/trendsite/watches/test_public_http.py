"""Addresses that a user chose lead to no private machine, by no trick, and hold nothing up."""

import itertools
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.trendsite.alerts.receivers import Receiver, http_server
from trendsite.watches import public_http
from trendsite.watches.public_http import (
    AddressError,
    CallError,
    any_addresses,
    checked_url,
    is_public,
    post,
    public_addresses,
)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1", "words"),
    ],
)
def test_private_addresses_in_every_notation_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.org", "file:///etc/passwd", "https://", "https://user:pw@example.org/", "//example.org"),
        *("https://example.org:22/", "https://example.org:99999/", "https://exa mple.org/", "https://ex\nample.org"),
        *("https://[::1", "https://exämple.org/", "gopher://example.org:70"),
    ],
)
def test_what_is_no_plain_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(AddressError):
        checked_url(url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::1]", "0"])
def test_no_spelling_of_this_machine_is_called(host: str) -> None:
    with http_server() as receiver:
        with pytest.raises((AddressError, CallError)):
            post(f"http://{host}:{receiver.port}/", b"{}", {})
        assert receiver.received == []


def test_one_private_address_among_several_refuses_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, port)) for address in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(AddressError, match="private network"):
        public_addresses("example.org", 443)


def test_a_name_server_is_asked_once_and_its_checked_answer_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with http_server() as receiver:
        monkeypatch.setattr(socket, "getaddrinfo", _only_numbers(socket.getaddrinfo))
        answer = post(f"http://rebound.example.org:{receiver.port}/hook?a=b", b'{"a": 1}', {"X-Id": "1"}, resolve)
    assert (answer.status, asked, receiver.received) == (200, ["rebound.example.org"], ['{"a": 1}'])


def _only_numbers(look_up: Callable[..., object]) -> Callable[..., object]:
    def checked(host: str, *rest: object, **named: object) -> object:
        assert host == "127.0.0.1"
        return look_up(host, *rest, **named)

    return checked


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with http_server() as receiver:
        receiver.status = 302
        assert post(f"http://127.0.0.1:{receiver.port}/", b"{}", {}, any_addresses).status == 302
        assert len(receiver.received) == 1


@pytest.fixture
def dripping() -> Iterator[int]:
    """The port of a server that sends one byte of its answer now and then, for ever."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                # The beginning of an answer, and of a TLS record of 15,000 bytes that does not end either.
                for byte in itertools.chain(b"\x16\x03\x03\x3a\x98", itertools.repeat(ord("H"))):
                    if stop.wait(0.05):
                        return
                    try:
                        connection.sendall(bytes([byte]))
                    except OSError:
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        stop.set()
        thread.join()


def test_a_server_that_answers_byte_by_byte_is_cut_at_the_deadline(
    dripping: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_http, "DEADLINE_SECONDS", 1.0)
    with pytest.raises(CallError, match="no answer"):
        post(f"http://127.0.0.1:{dripping}/", b"{}", {}, any_addresses)


def test_a_handshake_of_tls_byte_by_byte_is_cut_at_the_deadline(dripping: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_http, "DEADLINE_SECONDS", 0.5)
    with pytest.raises(CallError, match="no connection"):
        post(f"https://127.0.0.1:{dripping}/", b"{}", {}, any_addresses)


def test_nobody_there_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(CallError, match=r"no connection \(ConnectionRefusedError\)"):
        post(f"http://127.0.0.1:{port}/", b"{}", {}, any_addresses)


def test_a_long_answer_is_not_read_to_its_end(free_port: int) -> None:
    receiver: Receiver
    with http_server() as receiver:
        receiver.answer = b"x" * 10_000_000
        assert post(f"http://127.0.0.1:{receiver.port}/", b"{}", {}, any_addresses).status == 200
