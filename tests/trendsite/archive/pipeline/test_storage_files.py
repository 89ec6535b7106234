"""The storage of the settings: a folder, and S3 on moto's HTTP server."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import Storage, storages
from pytest_django import Settings

from contract.environment import Environment, SettingError
from tests.trendsite.archive.conftest import BUCKET, CloseDay, files_in
from trendsite.archive.models import Day
from trendsite.archive.pipeline.archive_day import archive_day
from trendsite.archive.pipeline.prune import prune
from trendsite.archive.pipeline.staging import staging
from trendsite.archive.pipeline.storage_files import StoredFile, display_location, fault_of, put
from trendsite.archive.pipeline.storage_settings import archive_storage_settings

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


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
    assert len(in_folder) == 3
    assert objects(s3) == {f"days/of mine/{name}": content for name, content in in_folder.items()}


@pytest.mark.django_db
def test_the_closed_folder_of_a_day_missing_in_s3_stays(
    close_day: CloseDay, s3: Any, s3_storage: Storage, data_dir: Path
) -> None:
    days = [close_day(NOW.date().replace(day=day)) for day in range(1, 10)]
    for closed in days:
        with staging(data_dir) as folder:
            archive_day(closed, s3_storage, folder, NOW, lambda *_: None)
    s3.delete_object(Bucket=BUCKET, Key="days/of mine/_extra/day=2026-11-01/source=simulator/counts.csv")
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
    file = put(s3_storage, "day=2026-11-20/source=a/counts.csv", large)
    assert file.bytes == 20_480_000
    assert objects(s3) == {"days/of mine/day=2026-11-20/source=a/counts.csv": large.read_bytes()}
    assert fault_of(s3_storage, file) is None
    assert fault_of(s3_storage, StoredFile(file.key, file.bytes + 1, file.sha256)) == "20,480,000 bytes, not 20,480,001"
    assert fault_of(s3_storage, StoredFile("day=2026-11-21", file.bytes, file.sha256)) == "missing"


def test_every_call_to_s3_times_out(s3_storage: Any) -> None:
    config = s3_storage.connection.meta.client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (5, 30)
    assert config.retries == {"mode": "standard", "total_max_attempts": 4}


def test_a_storage_location_is_displayed(s3_storage: Storage, storage: Storage, data_dir: Path) -> None:
    assert display_location(s3_storage) == f"s3://{BUCKET}/days/of mine"
    assert display_location(storage) == str(data_dir / "archive")


@pytest.mark.parametrize(
    "url", ["s3://", "s3:///days", "ftp://bucket", "https://bucket.example", "s3://a bucket", "s3://bucket/../other"]
)
def test_an_unusable_archive_url_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(SettingError, match=r"ARCHIVE_URL=.*give .*s3://bucket/prefix"):
        _archive_storage(url)
