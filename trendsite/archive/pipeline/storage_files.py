"""Files in storage: storing one and proving that it arrived, reading it back, comparing it with a checksum.

Storage is any Django storage: a folder, S3 or another one (settings.STORAGES["archive"]).
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from django.core.files import File
from django.core.files.storage import Storage

from contract.files import sync
from trendsite.archive.pipeline.archive_errors import StorageError

_CHUNK_BYTES = 1 << 20


class StoredFile(msgspec.Struct, frozen=True):
    """One file as it should be in storage: its key there, its size in bytes, and its SHA-256 in hexadecimal."""

    key: str
    bytes: int
    sha256: str


class _LocalFile(File):  # type: ignore[type-arg]  # generic only in its stubs
    """A file on disk. A storage folder moves it instead of copying it, which puts it in place in one step."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def described(key: str, local: Path) -> StoredFile:
    """Return what a local file is once it is stored under ``key``."""
    with local.open("rb") as file:
        return StoredFile(key, local.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def put(storage: Storage, key: str, local: Path) -> StoredFile:
    """Store a local file under ``key``, in place of an older one, and read it back to prove it.

    A file that storage already has, byte for byte, is not sent again. Storage may move the local file.

    Raises:
        StorageError: storage has something else afterwards.
    """
    file = described(key, local)
    if fault_of(storage, file) is None:
        return file
    sync(local)
    with local.open("rb") as handle:
        stored_key = storage.save(key, _LocalFile(handle, name=str(local)))
    if stored_key != key:
        raise StorageError(f"storage renamed {key} to {stored_key}: it must overwrite")
    if fault := fault_of(storage, file):
        raise StorageError(f"{key} was stored, but storage has other bytes: {fault}")
    return file


def fault_of(storage: Storage, file: StoredFile) -> str | None:
    """Read a stored file to its end. Return what is wrong with it in a few words, None if it is as described."""
    size = size_of(storage, file.key)
    if size is None:
        return "missing"
    if size != file.bytes:
        return f"{size:,} bytes, not {file.bytes:,}"
    digest = hashlib.sha256()
    for chunk in read_chunks(storage, file.key):
        digest.update(chunk)
    return None if digest.hexdigest() == file.sha256 else f"SHA-256 {digest.hexdigest()}, not {file.sha256}"


def size_of(storage: Storage, key: str) -> int | None:
    """Return the size of a stored file in bytes, None without one."""
    return storage.size(key) if storage.exists(key) else None


def read_chunks(storage: Storage, key: str) -> Iterator[bytes]:
    """Yield the bytes of a stored file.

    Raises:
        FileNotFoundError: storage does not have it.
    """
    with storage.open(key) as stored:
        while chunk := stored.read(_CHUNK_BYTES):
            yield chunk


def download(storage: Storage, key: str, target: Path) -> bool:
    """Copy a stored file to a local one; return False if storage does not have it."""
    if not storage.exists(key):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as local:
        for chunk in read_chunks(storage, key):
            local.write(chunk)
    return True


def download_verified(storage: Storage, file: StoredFile, target: Path) -> None:
    """Copy a stored file to a local one.

    Raises:
        StorageError: storage does not have it, or it is damaged. The message names its key.
    """
    if not download(storage, file.key, target):
        raise StorageError(f"{file.key} is missing")
    if described(file.key, target) != file:
        raise StorageError(f"{file.key} is damaged: its checksum is not that of the manifest")


def keys_with_prefix(storage: Storage, prefix: str) -> Iterator[str]:
    """Yield each key in storage that starts with ``prefix``, in no order: ``a/b`` finds ``a/b/c`` and ``a/bc/d``."""
    # S3 lists a thousand keys with one request. Other storages need a request for each folder.
    if listed := getattr(storage, "keys_with_prefix", None):
        yield from listed(prefix)
        return
    folder, _, start = prefix.rpartition("/")
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    base = f"{folder}/" if folder else ""
    yield from (f"{base}{name}" for name in files if name.startswith(start))
    for name in folders:
        if name.startswith(start):
            yield from keys_with_prefix(storage, f"{base}{name}/")


def display_location(storage: Storage) -> str:
    """Return where a storage has its files, for people to read."""
    return str(getattr(storage, "display_url", "") or getattr(storage, "location", ""))
