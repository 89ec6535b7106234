"""The storage of the settings: a folder, and S3 on moto's HTTP server."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.files.storage import Storage, storages
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from contract.environment import Environment, SettingError
from tests.trendsite.archive.conftest import CloseDay, files_in
from trendsite.archive.models import Day
from trendsite.archive.pipeline.archive_day import archive_day
from trendsite.archive.pipeline.prune import prune
from trendsite.archive.pipeline.staging import staging
from trendsite.archive.pipeline.storage_files import display_location, has_file, put
from trendsite.archive.pipeline.storage_settings import archive_storage_settings

BUCKET = "made-up-bucket"
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an S3 that has one empty bucket."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    yield client
    for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=found["Key"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


def _archive_storage(url: str, **more: str) -> dict[str, object]:
    return archive_storage_settings(Environment({**os.environ, "ARCHIVE_URL": url, **more}), Path("archive"))


def objects(client: Any) -> dict[str, bytes]:
    found = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {item["Key"]: client.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read() for item in found}


@pytest.fixture
def s3_storage(s3: Any, data_dir: Path, settings: Settings) -> Storage:
    settings.STORAGES = {**settings.STORAGES, "archive": _archive_storage(f"s3://{BUCKET}/days/of mine")}
    return storages["archive"]


@pytest.mark.django_db
def test_s3_gets_the_same_bytes_as_a_folder_under_the_configured_prefix(
    close_day: CloseDay, s3: Any, s3_storage: Storage, storage: Storage, data_dir: Path
) -> None:
    closed = close_day()
    for target in (storage, s3_storage, s3_storage):
        with staging(data_dir) as folder:
            archive_day(closed, target, folder, NOW, lambda *_: None)
    in_folder = files_in(data_dir / "archive")
    assert len(in_folder) == 2
    assert objects(s3) == {f"days/of mine/{name}": content for name, content in in_folder.items()}


@pytest.mark.django_db
def test_the_closed_folder_of_a_day_missing_in_s3_stays(
    close_day: CloseDay, s3: Any, s3_storage: Storage, data_dir: Path
) -> None:
    days = [close_day(NOW.date().replace(day=day)) for day in range(1, 10)]
    for closed in days:
        with staging(data_dir) as folder:
            archive_day(closed, s3_storage, folder, NOW, lambda *_: None)
    s3.delete_object(Bucket=BUCKET, Key="days/of mine/day=2026-11-01/source=simulator/counts.csv")
    assert prune(data_dir, s3_storage) == days[1:2]


@pytest.mark.django_db
def test_a_missing_bucket_fails_the_day_and_writes_no_rows(
    close_day: CloseDay, s3: Any, data_dir: Path, settings: Settings
) -> None:
    settings.STORAGES = {**settings.STORAGES, "archive": _archive_storage("s3://no-such-bucket")}
    with pytest.raises(Exception, match="NoSuchBucket"), staging(data_dir) as folder:
        archive_day(close_day(), storages["archive"], folder, NOW, lambda *_: None)
    assert not Day.objects.exists()


def test_a_file_of_several_parts_arrives_whole(s3: Any, s3_storage: Storage, tmp_path: Path) -> None:
    large = tmp_path / "counts.csv"
    large.write_bytes(bytes(range(256)) * 80_000)
    size = put(s3_storage, "day=2026-11-20/source=a/counts.csv", large)
    assert size == 20_480_000
    assert objects(s3) == {"days/of mine/day=2026-11-20/source=a/counts.csv": large.read_bytes()}
    assert has_file(s3_storage, "day=2026-11-20/source=a/counts.csv", size)
    assert not has_file(s3_storage, "day=2026-11-20/source=a/counts.csv", size + 1)
    assert not has_file(s3_storage, "day=2026-11-21/source=a/counts.csv", size)


def test_every_call_to_s3_times_out(s3_storage: Any) -> None:
    config = s3_storage.connection.meta.client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (5, 30)
    assert config.retries == {"mode": "standard", "total_max_attempts": 4}


def test_a_storage_location_is_displayed(s3_storage: Storage, storage: Storage, data_dir: Path) -> None:
    assert display_location(s3_storage) == f"s3://{BUCKET}/days/of mine"
    assert display_location(storage) == str(data_dir / "archive")


@pytest.mark.parametrize(
    "url", ["s3://", "s3:///days", "gs://bucket", "https://bucket.example", "s3://a bucket", "s3://bucket/../other"]
)
def test_an_unusable_archive_url_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(SettingError, match=r"ARCHIVE_URL=.*give .*s3://bucket/prefix"):
        _archive_storage(url)
