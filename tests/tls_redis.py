"""A Redis that takes TLS and a password only, with a certificate that a CA of the test signed."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.end_to_end.whole_trendsite import wait_until
from tests.parallel import find_free_port

PASSWORD = "Sesame-open/4?711"
ESCAPED = "Sesame-open%2F4%3F711"

# As in docs/operations.md: our keys and channels, and no command that reads or changes the server itself.
RIGHTS = (
    "~trendsite:* &trendsite:ranking:* &trendsite:languages:changed &trendsite:hidden:changed "
    "+@all -@admin -@dangerous +info"
)


class TlsRedis(NamedTuple):
    """Where the server answers, and the CA of its certificate."""

    host: str
    port: int
    ca: Path

    def url(self, password: str = ESCAPED, host: str = "", ca: Path | str | None = None) -> str:
        """Return a REDIS_URL; the right one by default."""
        return f"rediss://trendsite:{password}@{host or self.host}:{self.port}/0?ssl_ca_certs={ca or self.ca}"


@contextmanager
def tls_redis(folder: Path, host: str = "127.0.0.1", port: int = 0) -> Iterator[TlsRedis]:
    """Run a server with its files in ``folder``. Skip the test if no server here can do TLS."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("no redis-server is in PATH (Debian: apt install redis-server)")
    make_certificates(folder, host)
    server = TlsRedis(host, port or find_free_port(), folder / "ca.pem")
    settings = {
        "bind": host,
        "port": "0",
        "tls-port": str(server.port),
        "tls-cert-file": str(folder / "server.pem"),
        "tls-key-file": str(folder / "server.key"),
        "tls-ca-cert-file": str(server.ca),
        "tls-auth-clients": "no",
        "dir": str(folder),
        "save": '""',
    }
    users = f"user default off\nuser trendsite on >{PASSWORD} {RIGHTS}\n"
    (folder / "redis.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()) + users)
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen([program, str(folder / "redis.conf")], stdout=log, stderr=log)
    try:
        wait_until(lambda: process.poll() is not None or _answers(server), "Redis answers")
        if process.returncode:
            pytest.skip(f"{program} cannot do TLS: {(folder / 'redis.log').read_text()[-300:]}")
        yield server
    finally:
        process.terminate()
        process.wait(60)


def _answers(server: TlsRedis) -> bool:
    try:
        with redis.Redis.from_url(server.url(), socket_timeout=5) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def make_certificates(folder: Path, host: str) -> None:
    """Write ``ca.pem``, and ``server.pem`` with ``server.key`` for an IP address or a name."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the CA of a test")])
    authority = x509.BasicConstraints(ca=True, path_length=None)
    ca = _builder(ca_name, ca_name, ca_key).add_extension(authority, critical=True).sign(ca_key, hashes.SHA256())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "redis")])
    hosts = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
    signed = _builder(name, ca_name, key).add_extension(hosts, critical=False).sign(ca_key, hashes.SHA256())
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _builder(name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
    )
