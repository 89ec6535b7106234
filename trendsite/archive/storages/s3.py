"""The archive in a bucket of S3 or a compatible server."""

from collections.abc import Iterator
from typing import Any

from storages.backends.s3 import S3Storage

_CONTENT_TYPES = {".csv": "text/csv; charset=utf-8", ".json": "application/json"}


class ArchiveS3Storage(S3Storage):  # type: ignore[misc]  # it has no types
    """django-storages' S3 with a quick list of keys, and with the same content type on every machine."""

    @property
    def display_url(self) -> str:
        """Where the files are, for people to read."""
        return f"s3://{self.bucket_name}/{self.location}".rstrip("/")

    def keys_with_prefix(self, prefix: str) -> Iterator[str]:
        """Yield each key that starts with ``prefix``. One request lists a thousand."""
        above = f"{self.location}/" if self.location else ""
        for found in self.bucket.objects.filter(Prefix=f"{above}{prefix}"):
            yield found.key.removeprefix(above)

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        """Return what an upload asks of S3.

        Django would take the type from the machine's own list. It would also mark ``.gz`` as a compressed ``.ndjson``,
        which some programs then unpack unasked.
        """
        suffix = name[name.rfind(".") :]
        return {"ContentType": _CONTENT_TYPES.get(suffix, "application/octet-stream"), **self.object_parameters}
