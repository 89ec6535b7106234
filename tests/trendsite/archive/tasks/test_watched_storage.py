from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, Storage

from contract.environment import Environment
from tests.trendsite.archive.pipeline.plain_s3 import plain_s3
from trendsite.archive.pipeline.storage_files import put, read_chunks
from trendsite.archive.pipeline.storage_settings import archive_storage_settings
from trendsite.archive.tasks.watched_storage import watched

MEGABYTE = 2**20


def opened(url: str, endpoint: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "for-tests")
    settings = archive_storage_settings(Environment({"ARCHIVE_URL": url, "AWS_ENDPOINT_URL": endpoint}), folder)
    module, _, name = str(settings["BACKEND"]).rpartition(".")
    return getattr(__import__(module, fromlist=[name]), name)(**settings["OPTIONS"])


def test_each_part_on_its_way_to_s3_and_back_is_a_sign_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signs: list[None] = []
    content = bytes(range(256)) * (20 * MEGABYTE // 256)
    (tmp_path / "large").write_bytes(content)
    with plain_s3() as server:
        plain = opened("s3://bucket/all", server.address, tmp_path, monkeypatch)
        storage = watched(plain, lambda: signs.append(None))
        put(storage, "day/large", tmp_path / "large")
        sent = len(signs)
        assert sent >= 3
        assert b"".join(read_chunks(storage, "day/large")) == content
        assert len(signs) - sent >= 20
        assert server.objects["/bucket/all/day/large"] == content


def test_a_folder_still_takes_files_over_by_a_rename(tmp_path: Path) -> None:
    storage = watched(FileSystemStorage(tmp_path / "storage", allow_overwrite=True), lambda: None)
    local = tmp_path / "small"
    local.write_bytes(b"content")
    number = local.stat().st_ino
    put(storage, "day/small", local)
    assert (tmp_path / "storage" / "day" / "small").stat().st_ino == number
    assert not local.exists()
