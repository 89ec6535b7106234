"""ARCHIVE_URL -> the Django settings of the archive's storage: a folder, or a bucket of S3 or a compatible server.

Other storages: trendsite.archive.pipeline.other_storages.
"""

import re
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from contract.environment import Environment, SettingError
from trendsite.archive.pipeline.archive_url import KINDS, bucket_and_prefix, shown
from trendsite.archive.pipeline.other_storages import azure_settings, google_settings, hdfs_settings
from trendsite.archive.pipeline.s3_objects import object_parameters, refuse_without_s3

_Addressing = Literal["path", "virtual", "auto"]

_ADDRESSINGS = ("path", "virtual")
_DEFAULT_REGION = "us-east-1"
"""The region that servers without regions expect."""

_MAX_MEMORY_BYTES = 8 << 20
"""A larger object is a temporary file while it is read."""

_AMAZON_DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws", "api.amazonwebservices.com.cn")

_OTHERS = {"gs": google_settings, "azure": azure_settings, "hdfs": hdfs_settings}


def archive_storage_settings(env: Environment, default: Path) -> dict[str, object]:
    """Return Django's settings for the storage in ARCHIVE_URL; without it, for the folder ``default``.

    Raises:
        SettingError: ARCHIVE_URL or a setting of its storage cannot be used, or packages are missing.
    """
    url = env.text("ARCHIVE_URL", str(default))
    addressing = env.choice("AWS_S3_ADDRESSING", "path", _ADDRESSINGS) if env.text("AWS_S3_ADDRESSING") else None
    if url.startswith("s3://"):
        return _bucket(env, url, addressing)
    refuse_without_s3(env)
    if other := _OTHERS.get(url.partition("://")[0]):
        return other(env, url)
    if "://" in url:
        raise SettingError(f"ARCHIVE_URL={shown(url)} is not usable: give {KINDS}")
    location = Path(url).expanduser().resolve()
    options: dict[str, object] = {"location": str(location), "allow_overwrite": True}
    if not location.is_relative_to(default.parent):
        # Other users may read a folder outside DATA_DIR, if its owner allows it.
        options |= {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755}
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}


def _bucket(env: Environment, url: str, addressing: str | None) -> dict[str, object]:
    # Imported here, so that only archives on S3 load the client.
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    bucket, prefix = bucket_and_prefix(url, "bucket", "[A-Za-z0-9._-]{1,255}", "s3://bucket/prefix")
    endpoint, region = _endpoint_and_region(env)
    is_amazon = endpoint is None or _is_amazon(endpoint)
    # Some other servers refuse the checksums that boto3 adds, and few have a host name for each bucket.
    checksums: Literal["when_required"] | None = None if is_amazon else "when_required"
    style = cast("_Addressing", addressing or ("auto" if is_amazon else "path"))
    client = Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 4},  # backs off with jitter
        request_checksum_calculation=checksums,
        response_checksum_validation=checksums,
        s3={"addressing_style": style},
    )
    options: dict[str, object] = {
        "bucket_name": bucket,
        "location": prefix,
        "endpoint_url": endpoint,
        "region_name": region or (None if is_amazon else _DEFAULT_REGION),
        "client_config": client,
        "transfer_config": TransferConfig(max_concurrency=2),  # two parts of 8 MiB in memory
        "max_memory_size": _MAX_MEMORY_BYTES,
        "file_overwrite": True,
        "object_parameters": object_parameters(env),
        # Without these, django-storages takes keys from the environment, but not the token that belongs to them.
        # boto3's own chain finds both.
        **dict.fromkeys(("access_key", "secret_key", "security_token", "session_profile")),
    }
    return {"BACKEND": "trendsite.archive.storages.s3.ArchiveS3Storage", "OPTIONS": options}


def _endpoint_and_region(env: Environment) -> tuple[str | None, str | None]:
    """Return the server and the region from the environment or the files of boto3, None where neither has them.

    Raises:
        SettingError: these files or their values cannot be used.
    """
    from botocore.configprovider import ConfiguredEndpointProvider
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    session = Session()
    try:
        scoped, full = session.get_scoped_config(), session.full_config
    except BotoCoreError as error:
        raise SettingError(f"AWS_PROFILE or the files of boto3 cannot be used: {error}") from error
    region = env.text("AWS_DEFAULT_REGION") or env.text("AWS_REGION") or scoped.get("region")
    if endpoint := env.text("AWS_ENDPOINT_URL_S3"):
        return _checked_endpoint("AWS_ENDPOINT_URL_S3", endpoint), region
    if endpoint := env.text("AWS_ENDPOINT_URL"):
        return _checked_endpoint("AWS_ENDPOINT_URL", endpoint), region
    of_files = ConfiguredEndpointProvider(full, scoped, "s3", environ={}).provide()
    return (_checked_endpoint("endpoint_url of boto3's files", of_files) if of_files else None), region


def _checked_endpoint(name: str, url: str) -> str:
    """Return a URL without slashes at its end. The error does not show a wrong URL: it may contain a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    rest = parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in ("http", "https") or not parts.hostname or rest or re.search(r"\s", url):
        raise SettingError(f"{name} is not usable: give http://host:port or https://host, without a password")
    return url.rstrip("/")


def _is_amazon(endpoint: str) -> bool:
    host = (urlsplit(endpoint).hostname or "").rstrip(".")
    return any(host == domain or host.endswith(f".{domain}") for domain in _AMAZON_DOMAINS)
