"""Secrets in files under DATA_DIR, and the proof that collector and readers share one.

The first process that needs a secret creates its file; all others read it. The collector's secret never crosses the
network. Each side sends a new nonce and gets back an HMAC-SHA256 of both nonces. So an overheard proof is worthless on
another connection, and the proof of one side does not serve as that of the other.
"""

import hmac
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Literal

from contract.environment import SettingError, weakness
from contract.files import create_atomically

SECRET_FILE = "collector.secret"  # noqa: S105 - a name
_NONCE_BYTES = 32

Side = Literal["reader", "collector"]


def read_or_create_secret(path: Path, new: bytes) -> bytes:
    """Return the secret in a file. If there is none, create it with ``new``, readable by its owner only.

    Processes may start at the same moment: all of them return the same secret.

    Raises:
        OSError: the file can be neither read nor created.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_atomically(path, new)
    return path.read_bytes()


def collector_secret(data_dir: Path, setting: str) -> str:
    """Return the secret of collector and readers: ``setting`` (COLLECTOR_SECRET), or if empty the one in DATA_DIR.

    Raises:
        SettingError: the file with the secret cannot be used.
    """
    if setting:
        return setting
    path = data_dir / SECRET_FILE
    new = secrets.token_hex(_NONCE_BYTES).encode()
    try:
        secret = read_or_create_secret(path, new).decode("ascii", "replace").strip()
    except OSError as error:
        raise SettingError(
            f"{path} cannot be used ({error.strerror}): make it readable, or set COLLECTOR_SECRET"
        ) from None
    if fault := weakness(secret):
        raise SettingError(f"{path} {fault}: remove it, and the next start makes another")
    return secret


def new_nonce() -> str:
    """Return a nonce for one connection."""
    return secrets.token_hex(_NONCE_BYTES)


def proof(secret: str, side: Side, collector_nonce: str, reader_nonce: str) -> str:
    """Return the proof that one side of a connection knows the secret, in hexadecimal."""
    message = f"trendsite {side} {collector_nonce} {reader_nonce}"
    return hmac.new(secret.encode(), message.encode(errors="replace"), sha256).hexdigest()


def is_proof(text: str, secret: str, side: Side, collector_nonce: str, reader_nonce: str) -> bool:
    """Return whether a text is the proof of one side. The time it takes does not depend on where they differ."""
    return hmac.compare_digest(
        text.encode(errors="replace"), proof(secret, side, collector_nonce, reader_nonce).encode()
    )
