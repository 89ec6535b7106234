"""ARCHIVE_URL -> the Django settings of storages other than a folder and S3: Google, Azure and HDFS.

Google's and Azure's packages are in lists of their own, which ``launch.install`` installs when ARCHIVE_URL needs them.
"""

import re
from importlib.util import find_spec
from urllib.parse import urlsplit

from contract.address import host_in_url, parse_host
from contract.environment import Environment, SettingError
from trendsite.archive.pipeline.archive_url import bucket_and_prefix, place_and_prefix, shown

_PIECE_BYTES = 8 * 1024 * 1024
"""What is in memory of a file on its way to Google or Azure, twice for Azure; a multiple of 256 KiB."""

_GOOGLE = "gs://bucket/prefix"
_AZURE = "azure://container/prefix"
_HDFS = "hdfs://host:9870/path"

_HDFS_PORT = 9870
_HDFS_TLS_PORT = 9871


def google_settings(env: Environment, url: str) -> dict[str, object]:
    """Return the settings of a bucket of Google Cloud Storage. Google's own chain finds the credentials.

    Raises:
        SettingError: the URL cannot be used, or packages are missing.
    """
    bucket, prefix = bucket_and_prefix(url, "bucket", r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", _GOOGLE)
    _require("google.cloud.storage", "google", url)
    options: dict[str, object] = {
        "bucket_name": bucket,
        "location": prefix,
        "project_id": env.text("GOOGLE_CLOUD_PROJECT") or None,
        "file_overwrite": True,
        "blob_chunk_size": _PIECE_BYTES,
        "max_memory_size": _PIECE_BYTES,  # what is read beyond that is in a temporary file
    }
    return {"BACKEND": "trendsite.archive.storages.google.ArchiveGoogleStorage", "OPTIONS": options}


def azure_settings(env: Environment, url: str) -> dict[str, object]:
    """Return the settings of a container of Azure Blob Storage, with the account of Azure's own variables.

    Raises:
        SettingError: the URL cannot be used, the account is unknown, or packages are missing.
    """
    container, prefix = bucket_and_prefix(url, "container", r"[a-z0-9$](?!.*--)[a-z0-9-]{1,61}[a-z0-9]", _AZURE)
    connection, account = env.text("AZURE_STORAGE_CONNECTION_STRING"), env.text("AZURE_STORAGE_ACCOUNT")
    if not connection and not re.fullmatch("[a-z0-9]{3,24}", account):
        what = "is not the name of an account" if account else "is not set"
        raise SettingError(
            f"AZURE_STORAGE_ACCOUNT {what}: give the account of ARCHIVE_URL, or AZURE_STORAGE_CONNECTION_STRING"
        )
    if connection and not re.search("(AccountName|BlobEndpoint)=[^;]", connection):
        raise SettingError("AZURE_STORAGE_CONNECTION_STRING is not usable: copy it whole from Azure, with its quotes")
    _require("azure.storage.blob", "azure", url)
    options: dict[str, object] = {
        "azure_container": container,
        "location": prefix,
        "connection_string": connection or None,
        "account_name": None if connection else account,
        "account_key": None if connection else env.text("AZURE_STORAGE_KEY") or None,
        "sas_token": None if connection else env.text("AZURE_STORAGE_SAS_TOKEN") or None,
        "overwrite_files": True,
        "timeout": 30,
        "max_memory_size": _PIECE_BYTES,
        "client_options": {
            "connection_timeout": 5,
            "read_timeout": 30,
            "retry_total": 3,
            "initial_backoff": 1,
            "max_single_put_size": _PIECE_BYTES,
            "max_block_size": _PIECE_BYTES,
        },
    }
    return {"BACKEND": "trendsite.archive.storages.azure.ArchiveAzureStorage", "OPTIONS": options}


def hdfs_settings(env: Environment, url: str) -> dict[str, object]:
    """Return the settings of a path in HDFS, reached through WebHDFS.

    Raises:
        SettingError: the URL, HDFS_USER or HDFS_TLS cannot be used.
    """
    place, path = place_and_prefix(url, _HDFS)
    has_tls = env.flag("HDFS_TLS", default=False)
    host, port = _host_and_port(place, _HDFS_TLS_PORT if has_tls else _HDFS_PORT, url)
    if not path:
        raise SettingError(f"ARCHIVE_URL={shown(url)} names no path: give {_HDFS}")
    user = env.text("HDFS_USER", "trendsite")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9._-]{0,62}\$?", user):
        raise SettingError(f"HDFS_USER={user!r} is not the name of a user: use letters, digits and _.-")
    options = {
        "address": f"{'https' if has_tls else 'http'}://{host}:{port}",
        "user": user,
        "location": f"/{path}",
        "display_url": f"hdfs://{host}:{port}/{path}",
    }
    return {"BACKEND": "trendsite.archive.storages.webhdfs_storage.WebHdfsStorage", "OPTIONS": options}


def _host_and_port(place: str, default: int, url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{place}")
        host, port = parse_host(parts.hostname or ""), parts.port or default
    except ValueError:
        host, port = None, default
    if host is None or "@" in place:
        raise SettingError(f"ARCHIVE_URL={shown(url)} names no host and port: give {_HDFS}")
    return host_in_url(host), port


def _require(module: str, packages: str, url: str) -> None:
    """Refuse an archive whose packages are not installed."""
    try:
        is_installed = find_spec(module) is not None
    except ModuleNotFoundError:
        is_installed = False
    if not is_installed:
        raise SettingError(
            f"ARCHIVE_URL={shown(url)} needs packages that are not installed: `make run` installs them, elsewhere "
            f"pip install --no-deps --require-hashes -r locks/requirements-{packages}.lock"
        )
