"""Account ids -> the keyed hashes that stand for them in posts; and the key, made once per DATA_DIR.

Equal accounts have equal hashes, which is all that counting authors needs. Without the key nobody
can tell whose hash it is, not even by trying every account id, so it never leaves its file.
"""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

KEY_BYTES = 32
_HASH_BYTES = 8
_KEY_FILE = "author.key"

AuthorHash = Callable[[str], str]


class AuthorKeyError(RuntimeError):
    """The key cannot be used. The message is one line that says what to do."""


def author_hash(key: bytes) -> AuthorHash:
    """Return the function from an account id to its hash under ``key``: 16 hexadecimal digits."""
    keyed = blake2b(key=key, digest_size=_HASH_BYTES)

    def hashed(account: str) -> str:
        state = keyed.copy()  # a third cheaper than taking in the key for every account
        state.update(account.encode())
        return state.hexdigest()

    return hashed


def author_key(data_dir: Path) -> bytes:
    """Return the key kept in ``data_dir``; where there is none, make one that only its owner can read.

    Raises:
        AuthorKeyError: what is there is not a key.
        OSError: it can be neither read nor made.
    """
    path = data_dir / _KEY_FILE
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise AuthorKeyError(
            f"{path} is not a key of {KEY_BYTES} bytes: restore it, or remove it and another is made; "
            "authors of the open day then count anew"
        )
    return key


def _make(path: Path) -> None:
    """Put a new key at this path, whole or not at all; one that another process put there first stays."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
