"""Errors of a first attempt at Redis: which are a fault of REDIS_URL, and which only mean that it is away."""

import ssl

import pytest

from contract.environment import Environment, SettingError
from contract.redis_fault import raise_fault


def refused_by_tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connection refused"),
        TimeoutError("Timeout connecting to server"),
        FileNotFoundError(2, "No such file or directory"),
        ssl.SSLEOFError(8, "EOF occurred in violation of protocol"),
        RuntimeError("LOADING Redis is loading the dataset in memory"),
        RuntimeError("NOPERM this user has no permissions to run the 'info' command"),
    ],
)
def test_a_redis_that_is_away_is_no_fault(error: Exception) -> None:
    raise_fault(error)
    raise_fault(caused(RuntimeError("Error connecting"), error))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("invalid username-password pair or user is disabled."), "password that the server refuses"),
        (RuntimeError("NOAUTH Authentication required."), "or none where it needs one"),
        (
            caused(RuntimeError("x"), refused_by_tls("WRONG_VERSION_NUMBER")),
            "begins with rediss://, but the server does not speak TLS",
        ),
        (refused_by_tls("TLSV13_ALERT_CERTIFICATE_REQUIRED"), "that wants a certificate: name one with ssl_certfile"),
        (TypeError("got an unexpected keyword argument 'secret'"), "is not usable: give redis://host"),
    ],
)
def test_a_fault_is_one_line_without_the_url(error: Exception, words: str) -> None:
    with pytest.raises(SettingError) as refusal:
        raise_fault(error)
    said = str(refusal.value)
    assert said.startswith("REDIS_URL ")
    assert words in said
    assert "secret" not in said
    assert "\n" not in said


def test_a_loop_of_causes_ends() -> None:
    one, two = RuntimeError("one"), RuntimeError("two")
    one.__cause__, two.__cause__ = two, one
    raise_fault(one)


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://:pass-word@[::1]:6379/0",
        "rediss://user:p%2Fw@redis.internal:6380/0?ssl_check_hostname=false",
        "unix:///run/redis.sock?db=1",
    ],
)
def test_usable_urls(url: str) -> None:
    assert Environment({"REDIS_URL": url}).redis_url() == url


@pytest.mark.parametrize(
    "url",
    [
        "http://secret@localhost",
        "redis://:secret/word@localhost:6379",
        "redis://:secret#@localhost",
        "redis://secret@host:port/0",
        "redis://",
        "localhost:6379",
        "rediss://:secret@localhost:6379/0?ssl_ca_certs=/no/such/file",
    ],
)
def test_unusable_urls_are_refused_without_being_shown(url: str) -> None:
    with pytest.raises(SettingError, match="REDIS_URL") as refusal:
        Environment({"REDIS_URL": url}).redis_url()
    assert "secret" not in str(refusal.value)
