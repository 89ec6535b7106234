"""The storage of the settings, with a server that refuses boto3's newer checksums."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.utils.module_loading import import_string

from contract.environment import Environment, SettingError
from tests.trendsite.archive.pipeline.plain_s3 import PlainS3, plain_s3
from trendsite.archive.pipeline.archive_errors import StorageError
from trendsite.archive.pipeline.storage_files import fault_of, put
from trendsite.archive.pipeline.storage_settings import archive_storage_settings

KEYS = {"AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up"}
NAME = "day=2026-11-20/source=a/counts.csv"

Open = Callable[..., Any]


@pytest.fixture(autouse=True)
def _no_files_of_boto3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[PlainS3]:
    with plain_s3() as server:
        yield server


def opened(url: str = "s3://days", **settings: str) -> Any:
    made = archive_storage_settings(Environment({"ARCHIVE_URL": url, **settings}), Path("archive"))
    return import_string(str(made["BACKEND"]))(**made["OPTIONS"])


def address_of(storage: Any) -> str:
    """The URL that the client builds for a file of the archive."""
    client = storage.connection.meta.client
    link = client.generate_presigned_url("get_object", Params={"Bucket": storage.bucket_name, "Key": "a.csv"})
    return str(link).partition("?")[0]


@pytest.mark.parametrize("megabytes", [1, 20])
def test_a_server_that_refuses_checksums_takes_files_of_one_part_and_of_several(
    server: PlainS3, tmp_path: Path, megabytes: int
) -> None:
    storage: Storage = opened("s3://days/a prefix", AWS_ENDPOINT_URL=server.address)
    local = tmp_path / "counts.csv"
    local.write_bytes(bytes(range(250)) * 4_000 * megabytes)
    file = put(storage, NAME, local)
    assert file.bytes == megabytes * 1_000_000
    assert server.objects == {f"/days/a prefix/{NAME}": local.read_bytes()}
    assert fault_of(storage, file) is None
    with storage.open(NAME) as stored:
        assert stored.read() == local.read_bytes()
    storage.delete(NAME)
    assert not storage.exists(NAME)
    assert server.refused == []


@pytest.mark.parametrize("megabytes", [1, 20])
def test_a_server_that_stores_a_wrong_bit_is_found_at_once(server: PlainS3, tmp_path: Path, megabytes: int) -> None:
    server.flips = True
    storage: Storage = opened("s3://days/a prefix", AWS_ENDPOINT_URL=server.address)
    local = tmp_path / "counts.csv"
    local.write_bytes(bytes(range(250)) * 4_000 * megabytes)
    with pytest.raises(StorageError, match=rf"{NAME} was stored, but storage has other bytes: SHA-256 \w+, not \w+"):
        put(storage, NAME, local)


def test_the_bucket_is_part_of_the_path_unless_virtual_is_chosen(
    server: PlainS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *more: resolve("127.0.0.1" if host.endswith("s3.test") else host, *more)
    )
    address = f"http://s3.test:{server.server_port}/"
    for addressing, request in (
        ("", ("PUT", f"s3.test:{server.server_port}", "/days/a.csv")),
        ("path", ("PUT", f"s3.test:{server.server_port}", "/days/a.csv")),
        ("virtual", ("PUT", f"days.s3.test:{server.server_port}", "/a.csv")),
    ):
        server.requests.clear()
        opened(AWS_ENDPOINT_URL=address, AWS_S3_ADDRESSING=addressing).save("a.csv", ContentFile(b"a"))
        assert request in server.requests


@pytest.mark.parametrize(
    ("url", "more", "address"),
    [
        ("s3://days", {}, "https://days.s3.amazonaws.com/a.csv"),
        ("s3://days", {"AWS_S3_ADDRESSING": "path"}, "https://s3.amazonaws.com/days/a.csv"),
        ("s3://my.days", {}, "https://s3.amazonaws.com/my.days/a.csv"),
        ("s3://my.days", {"AWS_ENDPOINT_URL": "http://minio:9000/"}, "http://minio:9000/my.days/a.csv"),
        ("s3://days", {"AWS_ENDPOINT_URL": "https://proxy.test/s3/"}, "https://proxy.test/s3/days/a.csv"),
        (
            "s3://days",
            {"AWS_ENDPOINT_URL": "http://other.test", "AWS_ENDPOINT_URL_S3": "http://[::1]:9000"},
            "http://[::1]:9000/days/a.csv",
        ),
    ],
)
def test_a_file_has_the_url_of_the_settings(url: str, more: dict[str, str], address: str) -> None:
    assert address_of(opened(url, **more)) == address


@pytest.mark.parametrize(
    ("endpoint", "is_amazon"),
    [
        ("", True),
        ("https://s3.eu-central-1.amazonaws.com", True),
        ("https://s3.dualstack.eu-central-1.amazonaws.com/", True),
        ("https://s3.cn-north-1.amazonaws.com.cn", True),
        ("https://bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com", True),
        ("https://S3.EU-CENTRAL-1.AMAZONAWS.COM", True),
        ("https://amazonaws.com.example.org", False),
        ("https://evilamazonaws.com", False),
        ("http://localhost:9000", False),
        ("https://s3.wasabisys.com", False),
    ],
)
def test_only_amazon_gets_optional_checksums(endpoint: str, is_amazon: bool) -> None:
    config = opened(AWS_ENDPOINT_URL=endpoint, AWS_DEFAULT_REGION="eu-central-1").connection.meta.client.meta.config
    wanted = "when_supported" if is_amazon else "when_required"
    assert (config.request_checksum_calculation, config.response_checksum_validation) == (wanted, wanted)
    assert config.s3["addressing_style"] == ("auto" if is_amazon else "path")


def test_an_endpoint_in_the_files_of_boto3_is_used_too(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[default]\nregion = garage\nendpoint_url = http://garage.test:3900\n")
    client = opened().connection.meta.client
    assert (client.meta.endpoint_url, client.meta.region_name) == ("http://garage.test:3900", "garage")
    assert client.meta.config.request_checksum_calculation == "when_required"


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_a_region_is_read_from_either_variable(name: str) -> None:
    assert opened(**{name: "eu-central-1"}).connection.meta.client.meta.region_name == "eu-central-1"


def test_a_server_without_regions_needs_none() -> None:
    assert opened(AWS_ENDPOINT_URL="http://minio:9000").connection.meta.client.meta.region_name == "us-east-1"


@pytest.mark.parametrize("prefix", ["a/b", "/a/b/", "//a///b//"])
def test_extra_slashes_in_a_prefix_change_nothing(server: PlainS3, prefix: str) -> None:
    opened(f"s3://days/{prefix}", AWS_ENDPOINT_URL=server.address).save("c.csv", ContentFile(b"c"))
    assert list(server.objects) == ["/days/a/b/c.csv"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_S3_ADDRESSING", "pth"),
        ("AWS_S3_ADDRESSING", "auto"),
        ("AWS_ENDPOINT_URL", "minio:9000"),
        ("AWS_ENDPOINT_URL", "https://me:secret@minio:9000"),
        ("AWS_ENDPOINT_URL", "http://minio:secret"),
        ("AWS_ENDPOINT_URL", "ftp://minio"),
        ("AWS_ENDPOINT_URL_S3", "http://"),
        ("AWS_ENDPOINT_URL_S3", "http://minio?secret"),
        ("ARCHIVE_URL", "s3://key:secret@days/prefix"),
    ],
)
def test_a_mistyped_setting_is_refused_in_one_line_that_names_it(name: str, value: str) -> None:
    with pytest.raises(SettingError) as refusal:
        opened(**{"url": "s3://days", name: value} if name != "ARCHIVE_URL" else {"url": value})
    assert str(refusal.value).startswith(name)
    assert "\n" not in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_a_missing_profile_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such")
    with pytest.raises(SettingError, match=r"AWS_PROFILE .*no-such"):
        opened()
