"""A bundle: the one file of a backup. A tar archive, compressed with zstd.

Its first member says what it is (:class:`About`), the last one has the checksum of every other (:class:`Checksum`).
So a bundle that was cut or changed anywhere is refused. Files under ``data/`` belong into DATA_DIR under the same name.
"""

import hashlib
import io
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec
import zstandard

ABOUT = "about.json"
CHECKSUMS = "checksums.json"
DATA = "data"
DATABASE = "database"

BUNDLE_FORMAT = 1
_LEVEL = 3
_CHUNK_BYTES = 1024 * 1024
_MAX_DESCRIPTION_BYTES = 64 * 1024 * 1024

_MEGABYTE = 1_000_000
_SHOW_SECONDS = 0.5


class Progress:
    """Shows how many of ``total`` bytes are done, with ``show``, a few times a second. Called with each next part."""

    def __init__(self, show: Callable[[str], None], total: int) -> None:
        """Begin at zero."""
        self._show = show
        self._total = total
        self._done = 0
        self._shown_at = 0.0

    def __call__(self, size: int) -> None:
        """Add ``size`` bytes."""
        self._done += size
        if time.monotonic() - self._shown_at > _SHOW_SECONDS:
            self._shown_at = time.monotonic()
            self._show(f"{self._done / _MEGABYTE:,.0f} of {self._total / _MEGABYTE:,.0f} MB")


class BundleError(RuntimeError):
    """A file is no usable backup. The message is one line."""


class ChangedError(RuntimeError):
    """A file became shorter while it was copied."""


class SavedSource(msgspec.Struct):
    """One source: its counts hold up to ``counted_offset``, its spool to ``end_offset``, None where there is none.

    ``posts`` is the number of posts in the stream up to ``end_offset``.
    """

    source: str
    counted_offset: int | None
    end_offset: int | None
    posts: int


class About(msgspec.Struct):
    """What a bundle holds. ``size`` is about how many bytes its files take on disk.

    ``database`` is ``sqlite`` or ``postgresql``, empty if it is not in the bundle.
    """

    format: int
    trendsite: str
    data_version: int
    created_at: datetime
    sources: list[SavedSource]
    database: str
    has_archive: bool
    size: int


class Checksum(msgspec.Struct, array_like=True):
    """The size of a member in bytes, and the SHA-256 of its content in hexadecimal."""

    size: int
    sha256: str


class BundleWriter:
    """Writes a bundle to a file that must not exist. Use it ``with``, and call ``finish`` at the end."""

    def __init__(self, path: Path, about: About, progress: Callable[[int], None]) -> None:
        """Begin the file, readable by its owner only."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._packer = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).stream_writer(
            self._file, closefd=False
        )
        self._tar = tarfile.open(fileobj=self._packer, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - finish
        self._checksums: dict[str, Checksum] = {}
        self._progress = progress
        self.add_bytes(ABOUT, msgspec.json.encode(about), about.created_at.timestamp())

    def __enter__(self) -> "BundleWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add_bytes(self, name: str, content: bytes, modified_at: float) -> None:
        """Add a file with its content. ``modified_at`` is in seconds since 1970."""
        self.add(name, io.BytesIO(content), len(content), modified_at)

    def add(self, name: str, file: IO[bytes], size: int, modified_at: float) -> None:
        """Add the next ``size`` bytes of an open file.

        Raises:
            ChangedError: the file has fewer bytes.
            OSError: the disk is full or broken.
        """
        header = tarfile.TarInfo(name)
        header.size, header.mtime, header.mode = size, modified_at, 0o600
        reader = _HashingReader(file, self._progress)
        try:
            self._tar.addfile(header, reader)
        except OSError as error:
            if error.errno is None:  # tarfile's own, for a file that ends early
                raise ChangedError(f"{name} became shorter") from error
            raise
        self._checksums[name] = Checksum(size, reader.hexdigest())

    def finish(self) -> None:
        """Write the checksums and make the file durable."""
        checksums = msgspec.json.encode(self._checksums)
        header = tarfile.TarInfo(CHECKSUMS)
        header.size, header.mode = len(checksums), 0o600
        self._tar.addfile(header, io.BytesIO(checksums))
        self._tar.close()
        self._packer.close()  # type: ignore[no-untyped-call]
        self._file.flush()
        os.fsync(self._file.fileno())


class _HashingReader:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes], progress: Callable[[int], None]) -> None:
        self._file = file
        self._progress = progress
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._digest.update(data)
        self._progress(len(data))
        return data

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def read_about(bundle: Path) -> About:
    """Return what a bundle holds, from its first member.

    Raises:
        BundleError: the file is no bundle, or one of a newer Trendsite.
        OSError: the file cannot be read.
    """
    with _members(bundle) as members:
        for header, content in members:
            if header.name == ABOUT:
                return _decoded_about(bundle, content.read(_MAX_DESCRIPTION_BYTES))
            break
    raise BundleError(f"{bundle} is not a backup of Trendsite")


def unpack(bundle: Path, folder: Path, progress: Callable[[int], None]) -> None:
    """Write every file of a bundle below ``folder``, with its time, and check it. The folder must be empty.

    Raises:
        BundleError: the bundle is damaged. Some files may be written.
        OSError: the disk is full or broken.
    """
    found: dict[str, Checksum] = {}
    expected: dict[str, Checksum] | None = None
    with _members(bundle) as members:
        for header, content in members:
            if header.name == CHECKSUMS:
                expected = msgspec.json.decode(content.read(_MAX_DESCRIPTION_BYTES), type=dict[str, Checksum])
            else:
                found[header.name] = _write(folder / _safe(bundle, header), header, content, progress)
    if expected is None:
        raise BundleError(f"{bundle} is damaged: its end is missing; take another backup")
    different = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if different:
        raise BundleError(f"{bundle} is damaged: {different[0]} does not match its checksum; take another backup")


@contextmanager
def _members(bundle: Path) -> Iterator[Iterator[tuple[tarfile.TarInfo, IO[bytes]]]]:
    """Open a bundle; yield its members, each with its content, one after the other."""
    try:
        with (
            bundle.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as unpacked,
            tarfile.open(fileobj=unpacked, mode="r|") as tar,
        ):
            yield ((header, content) for header in tar if (content := tar.extractfile(header)))
    except (tarfile.TarError, zstandard.ZstdError, EOFError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleError(f"{bundle} is damaged, or not a backup of Trendsite: {error}") from error


def _decoded_about(bundle: Path, content: bytes) -> About:
    about = msgspec.json.decode(content, type=About)
    if about.format != BUNDLE_FORMAT:
        raise BundleError(
            f"{bundle} has the format {about.format} of Trendsite {about.trendsite}, and this one reads "
            f"{BUNDLE_FORMAT}: restore it with that version"
        )
    return about


def _safe(bundle: Path, header: tarfile.TarInfo) -> PurePosixPath:
    """Return the name of a member. Refuse one that would leave the folder, which no bundle of ours has."""
    name = PurePosixPath(header.name)
    if name.is_absolute() or ".." in name.parts or not header.isreg():
        raise BundleError(f"{bundle} is not a backup of Trendsite: it has {header.name!r}")
    return name


def _write(path: Path, header: tarfile.TarInfo, content: IO[bytes], progress: Callable[[int], None]) -> Checksum:
    digest = hashlib.sha256()
    size = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        while data := content.read(_CHUNK_BYTES):
            digest.update(data)
            file.write(data)
            size += len(data)
            progress(len(data))
        file.flush()
        os.fsync(file.fileno())
    os.utime(path, (header.mtime, header.mtime))
    return Checksum(size, digest.hexdigest())
