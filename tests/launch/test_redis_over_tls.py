"""Redis over TLS with a user and a password: every part works, and a wrong setting is one line."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

import streaming.sink.publisher
from contract import redis_names
from launch import preflight
from launch.process_environment import ROOT
from streaming.sink.redis_view import connect_redis
from streaming.state.sqlite import COUNTS_FILE
from tests.parallel import find_free_port
from tests.streaming.fake_counts import NOON, started, tag, total
from tests.tls_redis import ESCAPED, PASSWORD, RIGHTS, TlsRedis, make_certificates, tls_redis

PROGRAMS = {
    "trendsite": ["-m", "launch"],
    "collector": ["-m", "collector"],
    "streaming": ["-m", "streaming"],
    "site": ["-m", "trendsite.serve"],
    "archive": ["manage.py", "archive", "--watch"],
}


@pytest.fixture(scope="module")
def server() -> Iterator[TlsRedis]:
    with tempfile.TemporaryDirectory() as folder, tls_redis(Path(folder)) as server:
        yield server


def run(program: str, data_dir: Path, url: str, port: int) -> subprocess.CompletedProcess[str]:
    """Run a program, which must end by itself."""
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(data_dir), "REDIS_URL": url}
    settings = {"PORT": str(port), "COLLECTOR_ADDRESS": f"127.0.0.1:{find_free_port()}"}
    return subprocess.run(
        [sys.executable, *PROGRAMS[program]],
        cwd=ROOT,
        env=environ | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def last_line(ended: subprocess.CompletedProcess[str]) -> str:
    """Return the last line that a program printed before it refused to run. It shows no secret and no traceback."""
    assert ended.returncode
    for secret in ("Wrong-pw", PASSWORD, ESCAPED):
        assert secret not in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
    return ended.stderr.splitlines()[-1]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_wrong_password_ends_each_program_with_one_line(server: TlsRedis, short_dir: Path, free_port: int, program):
    ended = run(program, short_dir, server.url(password="Wrong-pw"), free_port)
    name = "trendsite" if program == "site" else program
    assert last_line(ended) == (
        f"{name}: REDIS_URL has a user name or password that the server refuses, or none where it needs one: correct it"
    )


def test_a_server_with_a_certificate_of_another_ca_is_refused(server: TlsRedis, short_dir: Path, free_port: int):
    make_certificates(short_dir, "127.0.0.1")
    line = last_line(run("trendsite", short_dir, server.url(ca=short_dir / "ca.pem"), free_port))
    assert line.startswith("trendsite: REDIS_URL leads to a server whose certificate is refused (")
    assert line.endswith(
        "name the CA that signed it with ?ssl_ca_certs=/path/to/ca.pem, and the host as in the certificate"
    )


def test_a_server_with_a_certificate_for_another_host_is_refused(server: TlsRedis, short_dir: Path, free_port: int):
    line = last_line(run("trendsite", short_dir, server.url(host="localhost"), free_port))
    assert line.startswith("trendsite: REDIS_URL leads to a server whose certificate is refused (Hostname mismatch")


def test_a_file_for_tls_that_does_not_exist_is_named(server: TlsRedis, short_dir: Path, free_port: int):
    line = last_line(run("trendsite", short_dir, server.url(ca="/nowhere/ca.pem"), free_port))
    assert line == (
        "trendsite: REDIS_URL names '/nowhere/ca.pem' as ssl_ca_certs, which cannot be read: give a file in PEM format"
    )


def test_tls_to_a_server_without_it_is_refused(short_dir: Path, free_port: int):
    with socket.create_server(("127.0.0.1", 0)) as plain:
        # A plain server answers TLS's first bytes with an error in words.
        line = _greeted(plain, short_dir, free_port)
    assert line.startswith("trendsite: REDIS_URL begins with rediss://, but the server does not speak TLS there")


def _greeted(plain: socket.socket, data_dir: Path, port: int) -> str:
    def answer() -> None:
        connection, _ = plain.accept()
        with connection:
            connection.recv(100)
            connection.sendall(b"-ERR Protocol error: unauthenticated multibulk length\r\n")

    answering = threading.Thread(target=answer)
    answering.start()
    line = last_line(run("trendsite", data_dir, f"rediss://127.0.0.1:{plain.getsockname()[1]}/0", port))
    answering.join()
    return line


@pytest.mark.parametrize("option", ["ssl_ca_cert=/etc/hostname", "database=1"])
def test_an_unknown_option_of_the_url_is_refused(server: TlsRedis, short_dir: Path, free_port: int, option: str):
    line = last_line(run("trendsite", short_dir, f"{server.url()}&{option}", free_port))
    assert line.startswith("trendsite: REDIS_URL is not usable: give redis://host:6379/0, rediss://")


def test_the_user_of_the_tests_has_the_rights_of_the_documented_one():
    assert f"user trendsite on >PASSWORD {RIGHTS}\n" in (ROOT / "docs" / "operations.md").read_text()


def test_streaming_counts_with_the_rights_of_the_documented_user(
    server: TlsRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(streaming.sink.publisher, "REBUILD_PAUSE", 0.0)
    preflight.check_redis(server.url())
    with connect_redis(server.url()) as client:
        counted = started(client, tmp_path / COUNTS_FILE)
        with client.pubsub() as subscription:
            subscription.psubscribe(redis_names.RANKING_CHANNELS)
            subscription.subscribe(redis_names.LANGUAGES_CHANNEL, redis_names.HIDDEN_CHANNEL)
            counted.write(total(9), tag("tea", 3))
            messages = [subscription.get_message(timeout=60) for _ in range(4)]
        assert messages[-1]
        assert messages[-1]["type"] == "pmessage"
        client.delete(redis_names.counts("test", NOON.date(), "*"))
        counted.check_redis()
        assert client.zscore(redis_names.counts("test", NOON.date(), "*"), "tea") == 3
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.flushall()
