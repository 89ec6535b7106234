"""docker/aws/archive-policy.json allows what the archive calls, and nothing that it does not need."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.client
import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from contract.environment import Environment
from tests.trendsite.archive.conftest import DAY, CloseDay, record_race
from trendsite.archive.pipeline.storage_files import download, put
from trendsite.archive.pipeline.storage_settings import archive_storage_settings

AWS = Path(__file__).resolve().parents[3] / "docker" / "aws"
BUCKET = "made-up-bucket"

ACTIONS = {
    "AbortMultipartUpload": {"s3:AbortMultipartUpload"},
    "CompleteMultipartUpload": {"s3:PutObject"},
    "CopyObject": {"s3:GetObject", "s3:PutObject"},
    "CreateMultipartUpload": {"s3:PutObject"},
    "DeleteObject": {"s3:DeleteObject"},
    "DeleteObjects": {"s3:DeleteObject"},
    "GetObject": {"s3:GetObject"},
    "GetObjectAttributes": {"s3:GetObject"},
    # Without the right to list, a missing object is 403 instead of 404.
    "HeadObject": {"s3:GetObject", "s3:ListBucket"},
    "HeadBucket": {"s3:ListBucket"},
    "ListObjects": {"s3:ListBucket"},
    "ListObjectsV2": {"s3:ListBucket"},
    "ListParts": {"s3:ListMultipartUploadParts"},
    "PutObject": {"s3:PutObject"},
    "UploadPart": {"s3:PutObject"},
}
"""What IAM wants for each operation of S3, from the service authorization reference."""

FOR_FAILURES = {"s3:AbortMultipartUpload"}
"""Called only when an upload in parts fails."""


def allowed(policy: str) -> set[tuple[str, str]]:
    """The (action, resource) pairs of a policy, for our bucket."""
    statements = json.loads((AWS / policy).read_text().replace("BUCKET", BUCKET))["Statement"]
    pairs = set()
    for statement in statements:
        assert statement["Effect"] == "Allow"
        for action in [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]:
            pairs.add((action, statement["Resource"]))
    return pairs


def needed(operation: str, parameters: dict[str, Any]) -> set[tuple[str, str]]:
    """The (action, resource) pairs that a call needs."""
    bucket = f"arn:aws:s3:::{parameters['Bucket']}"
    folder = parameters.get("Key", "").partition("/")[0]
    return {(action, bucket if action == "s3:ListBucket" else f"{bucket}/{folder}/*") for action in ACTIONS[operation]}


@pytest.fixture
def archive_on_s3(data_dir: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An archive as the guide sets it up, on a stand-in for S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    url = {**os.environ, "ARCHIVE_URL": f"s3://{BUCKET}/archive"}
    settings.STORAGES = {**settings.STORAGES, "archive": archive_storage_settings(Environment(url), Path("archive"))}
    yield
    server.stop()


@pytest.fixture
def calls(archive_on_s3: None, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Every call to AWS from now on: (operation, parameters)."""
    made: list[tuple[str, dict[str, Any]]] = []
    call = botocore.client.BaseClient._make_api_call

    def record(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        made.append((operation, parameters))
        return call(client, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", record)
    return made


@pytest.mark.django_db
def test_the_policy_allows_exactly_what_the_archive_calls(
    close_day: CloseDay, calls: list[tuple[str, dict[str, Any]]], tmp_path: Path
) -> None:
    closed = close_day()
    record_race(closed, (60, "*", 1), (1_439, "*", 100))
    call_command("archive")
    closed.race_path.unlink()
    call_command("archive", "--day", DAY.isoformat())
    for work in (("--list",), ("--verify",), ("--restore", "--all"), ("--rewrite",)):
        call_command("archive", *work)
    large = tmp_path / "large"
    large.write_bytes(bytes(20_000_000))
    put(storages["archive"], "counts/large", large)
    assert not download(storages["archive"], "counts/none", tmp_path / "none")

    assert {operation for operation, _ in calls} >= {"PutObject", "UploadPart", "HeadObject", "DeleteObject"}
    wanted = {pair for call in calls for pair in needed(*call)}
    granted = {(action, where) for action, where in allowed("archive-policy.json") if "/release/" not in where}
    assert wanted <= granted
    assert {action for action, _ in granted} - {action for action, _ in wanted} <= FOR_FAILURES


def test_aws_accepts_the_policies_and_the_lifecycle(archive_on_s3: None) -> None:
    iam, s3 = boto3.client("iam"), boto3.client("s3")
    iam.create_role(RoleName="trendsite", AssumeRolePolicyDocument=(AWS / "trust-policy.json").read_text())
    for name in ("archive", "kms", "settings"):
        text = (AWS / f"{name}-policy.json").read_text().replace("BUCKET", BUCKET)
        text = text.replace("KEY_ARN", "arn:aws:kms:us-east-1:123456789012:key/1")
        iam.create_policy(PolicyName=name, PolicyDocument=text)  # moto checks the grammar here only
        iam.put_role_policy(RoleName="trendsite", PolicyName=name, PolicyDocument=text)
    rules = json.loads((AWS / "lifecycle.json").read_text())
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration=rules)
    stored = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert [rule["ID"] for rule in stored] == [rule["ID"] for rule in rules["Rules"]]
