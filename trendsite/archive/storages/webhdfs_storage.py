"""HDFS as a Django storage, over WebHDFS. A file appears whole, and replaces an older one in one step."""

import posixpath
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils import timezone
from django.utils.deconstruct import deconstructible

from trendsite.archive.storages.webhdfs import Entry, WebHdfs, is_draft


@deconstructible
class WebHdfsStorage(Storage):
    """Files below ``location``, an absolute path. New files have ``permission`` (octal), or HDFS's own."""

    def __init__(self, address: str, user: str, location: str, permission: str = "", display_url: str = "") -> None:
        """Prepare; nothing is sent. ``display_url`` is the place as people know it."""
        self._arguments = (address, user)
        self._hdfs = WebHdfs(address, user)
        self.location = location
        self.display_url = display_url or address + location
        self._permission = permission

    def private(self) -> "WebHdfsStorage":
        """Return the same storage, whose new files only their owner can read."""
        address, user = self._arguments
        return WebHdfsStorage(address, user, self.location, "600", self.display_url)

    def exists(self, name: str) -> bool:
        """Return whether there is a file or folder."""
        return self._status(name) is not None

    def size(self, name: str) -> int:
        """Return a file's size in bytes."""
        return self._hdfs.status(self._path(name)).size

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the names of the folders and files in a folder."""
        entries = [entry for entry in self._hdfs.entries(self._path(path)) if entry.name and not is_draft(entry.name)]
        return [entry.name for entry in entries if entry.is_folder], [e.name for e in entries if not e.is_folder]

    def delete(self, name: str) -> None:
        """Delete a file, if there is one."""
        self._hdfs.delete(self._path(name))

    def get_modified_time(self, name: str) -> datetime:
        """Return when a file's content last changed."""
        modified_at = self._hdfs.status(self._path(name)).modified_at
        return timezone.localtime(modified_at) if timezone.is_aware(timezone.now()) else modified_at

    def get_available_name(self, name: str, max_length: int | None = None) -> str:  # noqa: ARG002 - Django's signature
        """Return the name itself: a new file replaces an older one."""
        return name

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        if mode != "rb":
            raise ValueError(f"{mode!r}: files in HDFS are opened for reading only; save replaces one")
        return _ReadFile(self._hdfs.open(self._path(name)), name)

    def _save(self, name: str, content: Any) -> str:  # noqa: ANN401 - any Django file
        self._hdfs.put(self._path(name), _Content(content), self._permission)
        return name

    def _status(self, name: str) -> Entry | None:
        try:
            return self._hdfs.status(self._path(name))
        except FileNotFoundError:
            return None

    def _path(self, name: str) -> str:
        relative = posixpath.normpath(name or ".")
        if relative.startswith("/") or relative.split("/")[0] == "..":
            raise SuspiciousFileOperation(f"{name!r} is not in the archive")
        return posixpath.join(self.location, "" if relative == "." else relative)


class _ReadFile(File):  # type: ignore[type-arg]  # generic only in its stubs
    """A stored file whose pieces do not depend on lines."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        super().__init__(file, name)


class _Content:
    """A Django file as the body of a request: requests needs its length, and urllib3 reads it in pieces."""

    def __init__(self, content: Any) -> None:  # noqa: ANN401 - any Django file
        self._content = content
        self.size = int(content.size)

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._content.chunks())

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        return bytes(self._content.read(size))

    def seek(self, position: int, /) -> object:
        """Continue at a position."""
        return self._content.seek(position)
