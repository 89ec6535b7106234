"""The archive in a bucket of Google Cloud Storage."""

from collections.abc import Iterator
from typing import Any

from storages.backends.gcloud import GoogleCloudStorage


class ArchiveGoogleStorage(GoogleCloudStorage):  # type: ignore[misc]  # it has no types
    """django-storages' bucket with a quick list of keys, and with files that come back as they were stored."""

    @property
    def display_url(self) -> str:
        """Where the files are, for people to read."""
        return f"gs://{self.bucket_name}/{self.location}".rstrip("/")

    def keys_with_prefix(self, prefix: str) -> Iterator[str]:
        """Yield each key that starts with ``prefix``. One request lists a thousand."""
        above = f"{self.location}/" if self.location else ""
        for found in self.bucket.list_blobs(prefix=f"{above}{prefix}"):
            yield found.name.removeprefix(above)

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        """Return what an upload says about its file. As compressed, Google would unpack a ``.gz`` unasked."""
        return {**super().get_object_parameters(name), "content_encoding": None}
