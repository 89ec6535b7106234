"""The archive in a container of Azure Blob Storage."""

from collections.abc import Iterator
from typing import Any

from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobPrefix, BlobServiceClient
from storages.backends.azure_storage import AzureStorage


class ArchiveAzureStorage(AzureStorage):  # type: ignore[misc]  # it has no types
    """django-storages' container with folders, and with a quick list of keys.

    Without a key, Azure's own chain finds the credentials, such as a managed identity.
    """

    @property
    def display_url(self) -> str:
        """Where the files are, for people to read."""
        return f"azure://{self.azure_container}/{self.location}".rstrip("/")

    def keys_with_prefix(self, prefix: str) -> Iterator[str]:
        """Yield each key that starts with ``prefix``. One request lists five thousand."""
        above = f"{self.location}/" if self.location else ""
        for name in self.client.list_blob_names(name_starts_with=f"{above}{prefix}", timeout=self.timeout):
            yield name.removeprefix(above)

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        """Return what an upload says about its file. As compressed, clients would unpack a ``.gz`` unasked."""
        return {**super().get_object_parameters(name), "content_encoding": None}

    def listdir(self, path: str = "") -> tuple[list[str], list[str]]:
        """Return the names of the folders and files in a folder."""
        prefix = f"{self._get_valid_path(path)}/" if path or self.location else ""
        folders: list[str] = []
        files: list[str] = []
        for found in self.client.walk_blobs(name_starts_with=prefix, delimiter="/", timeout=self.timeout):
            name = found.name.removeprefix(prefix).rstrip("/")
            (folders if isinstance(found, BlobPrefix) else files).append(name)
        return folders, files

    def _get_service_client(self) -> BlobServiceClient:
        if self.connection_string is not None:
            return BlobServiceClient.from_connection_string(self.connection_string, **self.client_options)
        if not (self.account_key or self.sas_token):
            self.token_credential = DefaultAzureCredential()
        client: BlobServiceClient = super()._get_service_client()
        return client
