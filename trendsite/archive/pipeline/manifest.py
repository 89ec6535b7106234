"""The manifest of an archived day: what it counts, and the size and checksum of each of its files.

It is written last, so a day is archived once its manifest is there. The same day always gives the same bytes. Its last
field is the checksum of the manifest itself.
"""

import hashlib
import re
from datetime import date, datetime

import msgspec
from django.core.files.storage import Storage

from contract.gap import Gap
from contract.version import VERSION
from trendsite.archive.pipeline.archive_errors import StorageError
from trendsite.archive.pipeline.layout import day_keys
from trendsite.archive.pipeline.storage_files import StoredFile, read_chunks

FORMAT = 1
"""The version of these fields. A reader refuses a later one."""

SCHEMA = 1
"""The version of the Parquet's columns (trendsite.archive.pipeline.day_files.STORED_SCHEMA)."""

_CHECKSUM = re.compile(rb'(?<="sha256": ")[0-9a-f]{64}(?="\n}\n\Z)')


class Manifest(msgspec.Struct, kw_only=True, frozen=True):
    """One day of one source.

    ``trendsite`` is the version that wrote it. ``archived_at`` is when the day was first archived (UTC). The Parquet
    has ``rows``. ``posts`` and ``hashtags`` are those of all languages together, and ``languages`` is their number.
    ``dropped`` posts by reason are None where they are unknown. ``sha256`` is the checksum of the manifest with this
    field empty.
    """

    format: int = FORMAT
    schema: int = SCHEMA
    trendsite: str = VERSION
    day: date
    source: str
    archived_at: datetime
    rows: int
    posts: int
    hashtags: int
    languages: int
    dropped: dict[str, int] | None
    gaps: list[Gap]
    files: list[StoredFile]
    sha256: str = ""

    def file(self, key: str) -> StoredFile | None:
        """Return one of its files, None without it."""
        return next((file for file in self.files if file.key == key), None)

    def size_of(self, key: str) -> int:
        """Return the size of one of its files in bytes, 0 without it."""
        file = self.file(key)
        return file.bytes if file else 0


class _Writer(msgspec.Struct):
    """What every version's manifest has."""

    format: int
    trendsite: str


def encode_manifest(manifest: Manifest) -> bytes:
    """Return a manifest as JSON for people and programs, with its checksum."""
    unsigned = msgspec.structs.replace(manifest, sha256="0" * 64)
    text = msgspec.json.format(msgspec.json.encode(unsigned), indent=2) + b"\n"
    return _CHECKSUM.sub(_digest(text).encode(), text)


def decode_manifest(content: bytes) -> Manifest:
    """Return a manifest.

    Raises:
        ValueError: one of its bytes is wrong, or a later version wrote it. The message says which.
    """
    found = _CHECKSUM.search(content)
    if not found or found[0].decode() != _digest(content):
        raise ValueError("damaged: its checksum is not that of its content")
    writer = msgspec.json.decode(content, type=_Writer)
    if writer.format > FORMAT:
        raise ValueError(f"of a later version, Trendsite {writer.trendsite}: upgrade this one ({VERSION})")
    return msgspec.json.decode(content, type=Manifest)


def read_manifest(storage: Storage, source: str, day: date) -> Manifest | None:
    """Return the manifest of a day, None if storage has none.

    Raises:
        StorageError: it is damaged. The message names its key.
    """
    key = day_keys(source, day).manifest
    if not storage.exists(key):
        return None
    try:
        manifest = decode_manifest(b"".join(read_chunks(storage, key)))
    except ValueError as error:
        raise StorageError(f"{key} is {error}") from error
    if (manifest.source, manifest.day) != (source, day):
        raise StorageError(f"{key} is that of another day: {manifest.day} of {manifest.source}")
    return manifest


def _digest(content: bytes) -> str:
    """Return the SHA-256 of a manifest whose checksum is empty."""
    return hashlib.sha256(_CHECKSUM.sub(b"", content)).hexdigest()
