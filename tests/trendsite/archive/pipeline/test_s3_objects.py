"""How S3 stores objects: each upload asks for it, and wrong settings stop the start."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils.module_loading import import_string

from contract.environment import Environment, SettingError
from tests.trendsite.archive.conftest import BUCKET
from trendsite.archive.pipeline.storage_settings import archive_storage_settings


def opened(**settings: str) -> Any:
    values = {**os.environ, "ARCHIVE_URL": f"s3://{BUCKET}/days", **settings}
    made = archive_storage_settings(Environment(values), Path("archive"))
    return import_string(str(made["BACKEND"]))(**made["OPTIONS"])  # type: ignore[call-overload]  # a dict


@pytest.mark.parametrize("size", [9, 20_000_000], ids=["one part", "several parts"])
def test_an_object_has_the_storage_class_and_the_encryption_of_the_settings(s3: Any, size: int) -> None:
    storage = opened(ARCHIVE_STORAGE_CLASS="STANDARD_IA", ARCHIVE_ENCRYPTION="kms", ARCHIVE_KMS_KEY="alias/trendsite")
    storage.save("a.csv", ContentFile(b"x" * size))
    head = s3.head_object(Bucket=BUCKET, Key="days/a.csv")
    assert (head["StorageClass"], head["ServerSideEncryption"]) == ("STANDARD_IA", "aws:kms")
    assert head["SSEKMSKeyId"].endswith("alias/trendsite")
    opened(ARCHIVE_ENCRYPTION="s3").save("b.json", ContentFile(b"{}"))
    head = s3.head_object(Bucket=BUCKET, Key="days/b.json")
    assert (head["ServerSideEncryption"], head["ContentType"]) == ("AES256", "application/json")


def test_a_packed_file_is_no_packed_transfer(s3: Any) -> None:
    opened().save("race.ndjson.gz", ContentFile(b"packed"))
    head = s3.head_object(Bucket=BUCKET, Key="days/race.ndjson.gz")
    assert (head["ContentType"], head.get("ContentEncoding")) == ("application/octet-stream", None)


def test_a_session_token_of_the_environment_is_used(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "made-up-token")
    credentials = opened()._create_session().get_credentials()
    assert (credentials.token, credentials.method) == ("made-up-token", "env")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"ARCHIVE_STORAGE_CLASS": "COLD"}, "ARCHIVE_STORAGE_CLASS='COLD' is unknown: use one of STANDARD, "),
        ({"ARCHIVE_STORAGE_CLASS": "DEEP_ARCHIVE"}, "cannot be read at once.*lifecycle rule"),
        ({"ARCHIVE_ENCRYPTION": "aes"}, "ARCHIVE_ENCRYPTION='aes' is unknown: use one of s3, kms"),
        ({"ARCHIVE_KMS_KEY": "alias/a"}, "ARCHIVE_KMS_KEY is set.*set ARCHIVE_ENCRYPTION=kms"),
        ({"ARCHIVE_KMS_KEY": "alias/a", "ARCHIVE_ENCRYPTION": "s3"}, "set ARCHIVE_ENCRYPTION=kms"),
        ({"ARCHIVE_KMS_KEY": "my key", "ARCHIVE_ENCRYPTION": "kms"}, "ARCHIVE_KMS_KEY='my key' is no key: give its id"),
        (
            {"ARCHIVE_URL": "folder", "ARCHIVE_STORAGE_CLASS": "STANDARD"},
            "ARCHIVE_STORAGE_CLASS is for s3:// only: remove it",
        ),
    ],
)
def test_an_unusable_setting_stops_the_start(wrong: dict[str, str], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        opened(**wrong)
