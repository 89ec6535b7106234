"""What the archive needs of a storage, on each kind that ARCHIVE_URL may name."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile

from tests.trendsite.archive.conftest import DAY, CloseDay, files_in
from tests.trendsite.archive.storages.conftest import Opened
from trendsite.archive.models import Day, DayCount
from trendsite.archive.pipeline.archive_day import archive_day
from trendsite.archive.pipeline.layout import stored_days
from trendsite.archive.pipeline.staging import staging
from trendsite.archive.pipeline.storage_files import display_location, download, keys_with_prefix, put
from trendsite.archive.pipeline.stored_day import restore_day
from trendsite.archive.tasks.watched_storage import watched

NAME = "day=2026-11-20/source=a/counts.csv"
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def test_a_file_is_stored_found_read_replaced_and_deleted(opened: Opened) -> None:
    storage = opened.storage
    assert not storage.exists(NAME)
    for content in (b"first", b"second one", b""):
        assert storage.save(NAME, ContentFile(content)) == NAME
        assert opened.objects() == {f"days/of mine/{NAME}": content}
        assert storage.exists(NAME)
        assert storage.size(NAME) == len(content)
        if content:
            with storage.open(NAME) as stored:
                assert stored.read() == content
    assert storage.get_modified_time(NAME).utcoffset() is not None
    storage.delete(NAME)
    storage.delete(NAME)
    assert not storage.exists(NAME)
    assert opened.objects() == {}


def test_folders_and_files_are_listed_by_their_names(opened: Opened) -> None:
    for name in ("day=2026-11-20/source=a/b.csv", "day=2026-11-20/source=x/b.csv", "day=2026-11-20/c", "d é+%.txt"):
        opened.storage.save(name, ContentFile(b"1"))
    assert opened.storage.listdir("") == (["day=2026-11-20"], ["d é+%.txt"])
    folders, files = opened.storage.listdir("day=2026-11-20")
    assert (sorted(folders), files) == (["source=a", "source=x"], ["c"])


def test_a_large_file_arrives_whole_and_comes_back(opened: Opened, tmp_path: Path) -> None:
    local = tmp_path / "large"
    local.write_bytes(bytes(range(251)) * 80_000)
    expected = local.read_bytes()
    signs_of_life: list[None] = []
    storage = watched(opened.storage, lambda: signs_of_life.append(None))
    assert put(storage, NAME, local).bytes == len(expected)
    assert download(storage, NAME, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == expected
    assert len(signs_of_life) > 20


def test_a_compressed_file_comes_back_compressed(opened: Opened, tmp_path: Path) -> None:
    local, packed = tmp_path / "race.ndjson.gz", gzip.compress(b"frames" * 1_000, mtime=0)
    local.write_bytes(packed)
    put(opened.storage, "day=2026-11-20/source=a/race.ndjson.gz", local)
    assert download(opened.storage, "day=2026-11-20/source=a/race.ndjson.gz", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == packed


def test_a_missing_file_is_not_downloaded(opened: Opened, tmp_path: Path) -> None:
    assert not download(opened.storage, NAME, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_no_name_leads_out_of_the_prefix(opened: Opened) -> None:
    with pytest.raises(SuspiciousOperation):
        opened.storage.exists("../other")


def test_the_place_is_displayed_as_it_was_set(opened: Opened) -> None:
    assert display_location(opened.storage) == opened.url


@pytest.mark.django_db
def test_a_day_has_the_same_bytes_in_every_storage_and_is_restored_from_each(
    opened: Opened, close_day: CloseDay, storage: object, data_dir: Path
) -> None:
    closed = close_day()
    for target in (storage, opened.storage, opened.storage):
        with staging(data_dir) as folder:
            archive_day(closed, target, folder, NOW, lambda *_: None)  # type: ignore[arg-type]
    in_folder = files_in(data_dir / "archive")
    assert opened.objects() == {f"days/of mine/{name}": content for name, content in in_folder.items()}
    counts = list(DayCount.objects.values("language", "rank", "key", "hashtag", "posts", "hours"))
    Day.objects.all().delete()
    assert [(stored.source, stored.day) for stored in stored_days(opened.storage)] == [("simulator", DAY)]
    with staging(data_dir) as folder:
        restore_day(opened.storage, "simulator", DAY, folder)
    assert list(DayCount.objects.values("language", "rank", "key", "hashtag", "posts", "hours")) == counts


def test_keys_are_listed_by_their_beginning(opened: Opened) -> None:
    for name in ("day=2026-11-20/source=a/b.csv", "day=2026-11-21/source=x/b.csv", "_site/a", "d"):
        opened.storage.save(name, ContentFile(b"1"))
    assert sorted(keys_with_prefix(opened.storage, "")) == [
        *("_site/a", "d", "day=2026-11-20/source=a/b.csv", "day=2026-11-21/source=x/b.csv")
    ]
    assert list(keys_with_prefix(opened.storage, "day=2026-11-21/so")) == ["day=2026-11-21/source=x/b.csv"]
    assert list(keys_with_prefix(opened.storage, "no-such")) == []
