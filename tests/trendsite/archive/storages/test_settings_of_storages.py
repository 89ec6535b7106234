"""ARCHIVE_URL of Google, Azure and HDFS: what is accepted, and what is refused in one line."""

import re
from pathlib import Path
from typing import Any

import pytest
from azure.identity import DefaultAzureCredential
from google.auth.exceptions import DefaultCredentialsError

from contract.environment import Environment, SettingError
from tests.trendsite.archive.storages.azure_stand_in import CONTAINER, AzureStandIn
from tests.trendsite.archive.storages.conftest import opened_storage
from tests.trendsite.archive.storages.google_stand_in import GOOGLE_BUCKET, GoogleStandIn
from trendsite.archive.pipeline import other_storages
from trendsite.archive.pipeline.archive_errors import public_reason
from trendsite.archive.pipeline.storage_files import put
from trendsite.archive.pipeline.storage_settings import archive_storage_settings

ACCOUNT = {"AZURE_STORAGE_ACCOUNT": "madeup"}


def made_settings(url: str, **more: str) -> Any:
    return archive_storage_settings(Environment({"ARCHIVE_URL": url, **more}), Path("archive"))["OPTIONS"]


@pytest.mark.parametrize(
    ("url", "more", "message"),
    [
        ("gs://", {}, "ARCHIVE_URL='gs://' names no bucket: give gs://bucket/prefix"),
        ("gs://No_Such", {}, "names no bucket: give gs://bucket/prefix"),
        ("gs://bucket/../x", {}, "has '.' or '..' in its prefix: give gs://bucket/prefix"),
        ("gs://key:secret@bucket", {}, "ARCHIVE_URL='gs://…@bucket' names no bucket"),
        ("azure://", ACCOUNT, "names no container: give azure://container/prefix"),
        ("azure://a--b", ACCOUNT, "names no container: give azure://container/prefix"),
        ("azure://days", {}, "AZURE_STORAGE_ACCOUNT is not set: give the account of ARCHIVE_URL"),
        ("azure://days", {"AZURE_STORAGE_ACCOUNT": "se-cret"}, "AZURE_STORAGE_ACCOUNT is not the name of an account"),
        ("azure://days", {"AZURE_STORAGE_CONNECTION_STRING": "secret"}, "CONNECTION_STRING is not usable"),
        ("hdfs://", {}, "names no host and port: give hdfs://host:9870/path"),
        ("hdfs://name node/days", {}, "names no host and port: give hdfs://host:9870/path"),
        ("hdfs://host:port/days", {}, "names no host and port: give hdfs://host:9870/path"),
        ("hdfs://me:secret@host:9870/days", {}, "ARCHIVE_URL='hdfs://…@host:9870/days' names no host and port"),
        ("hdfs://host:9870", {}, "names no path: give hdfs://host:9870/path"),
        ("hdfs://host:9870/a/../..", {}, "has '.' or '..' in its prefix: give hdfs://host:9870/path"),
        ("hdfs://host/days", {"HDFS_USER": "a b"}, "HDFS_USER='a b' is not the name of a user"),
        ("hdfs://host/days", {"HDFS_TLS": "yes"}, "HDFS_TLS='yes' is unknown"),
        ("ftp://host/days", {}, "is not usable: give a folder, s3://bucket/prefix, gs://bucket/prefix, azure://"),
    ],
)
def test_an_unusable_setting_is_refused_in_one_line_without_its_secrets(
    url: str, more: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingError, match=re.escape(message)) as refusal:
        made_settings(url, **more)
    assert "\n" not in str(refusal.value)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(("url", "module"), [("gs://bucket", "google.cloud"), ("azure://days", "azure.storage")])
def test_missing_packages_are_named_at_the_start(url: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_spec(name: str) -> None:
        assert name.startswith(module)
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(other_storages, "find_spec", find_spec)
    with pytest.raises(SettingError, match=r"needs packages that are not installed: `make run` installs them"):
        made_settings(url, **ACCOUNT)


@pytest.mark.parametrize(
    ("url", "more", "address", "location"),
    [
        ("hdfs://namenode/a//b/", {}, "http://namenode:9870", "/a/b"),
        ("hdfs://namenode/a", {"HDFS_TLS": "1"}, "https://namenode:9871", "/a"),
        ("hdfs://10.0.0.7:14000/a", {}, "http://10.0.0.7:14000", "/a"),
        ("hdfs://[::1]:9870/a", {}, "http://[::1]:9870", "/a"),
    ],
)
def test_an_hdfs_url_names_the_address_of_webhdfs(url: str, more: dict[str, str], address: str, location: str) -> None:
    options = made_settings(url, **more)
    assert (options["address"], options["location"]) == (address, location)


def test_a_missing_bucket_or_container_is_described_without_its_name(
    google: GoogleStandIn, azure: AzureStandIn
) -> None:
    other_bucket = opened_storage("gs://other-bucket")
    other_container = opened_storage("azure://other", AZURE_STORAGE_CONNECTION_STRING=azure.connection_string)
    with pytest.raises(Exception) as of_google:  # noqa: PT011 - of the vendor
        list(other_bucket.keys_with_prefix(""))
    with pytest.raises(Exception) as of_azure:  # noqa: PT011 - of the vendor
        list(other_container.keys_with_prefix(""))
    assert public_reason(of_google.value) == "Google Cloud Storage refused: 404"
    assert public_reason(of_azure.value) == "Azure refused: ContainerNotFound"


def test_missing_credentials_of_google_are_described_without_a_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "no-such.json"))
    with pytest.raises(DefaultCredentialsError) as error:
        opened_storage("gs://bucket").exists("a")
    assert public_reason(error.value) == "Google Cloud Storage could not be used (DefaultCredentialsError)"


def test_an_account_without_a_key_uses_azures_own_chain() -> None:
    storage = opened_storage("azure://days", **ACCOUNT)
    assert storage.client.url == "https://madeup.blob.core.windows.net/days"
    assert isinstance(storage.client.credential, DefaultAzureCredential)
    storage.client.close()
    storage.token_credential.close()


def test_a_large_file_goes_to_google_and_azure_in_pieces(
    google: GoogleStandIn, azure: AzureStandIn, tmp_path: Path
) -> None:
    (tmp_path / "large").write_bytes(bytes(20_000_000))
    put(opened_storage(f"gs://{GOOGLE_BUCKET}"), "large", tmp_path / "large")
    on_azure = opened_storage(f"azure://{CONTAINER}", AZURE_STORAGE_CONNECTION_STRING=azure.connection_string)
    put(on_azure, "large", tmp_path / "large")
    assert (len(google.objects["large"]), len(azure.objects["large"])) == (20_000_000, 20_000_000)
    assert (google.largest_body, azure.largest_body) == (8 << 20, 8 << 20)
