import gzip
import hashlib
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from contract.dropped import DroppedDay, write_dropped_day
from contract.gap import Gap
from contract.race import FramePlace, decode_frame
from contract.version import VERSION
from tests.trendsite.archive.conftest import (
    DAY,
    EXTRA,
    MINUTES,
    ROWS,
    TABLE,
    CloseDay,
    Row,
    files_in,
    record_race,
    row,
)
from trendsite.archive.model_fields import unpack_frames
from trendsite.archive.models import STORED_RANKS, Day, DayCount, DayLanguage, DayRace
from trendsite.archive.pipeline.archive_day import ClosedDay, all_closed_days, archive_day, waiting_days
from trendsite.archive.pipeline.archive_errors import BrokenDayError, StorageError
from trendsite.archive.pipeline.manifest import decode_manifest
from trendsite.archive.pipeline.staging import staging

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
DAY_COLUMNS = ("source", "date", "archived_at", "parquet_bytes", "csv_bytes", "race_bytes", "minutes")
TOTAL_COLUMNS = ("day__date", "language", "hashtags", "posts", "authors", "hours")
COUNT_COLUMNS = ("day__date", "language", "rank", "key", "hashtag", "posts", "authors", "hours", "hour_authors")


@pytest.fixture
def folder(data_dir: Path) -> Iterator[Path]:
    with staging(data_dir) as folder:
        yield folder


def archive(closed: ClosedDay, storage: FileSystemStorage, folder: Path, now: datetime = NOW) -> Any:
    return archive_day(closed, storage, folder, now, lambda _rows, _batch_rows: None)


def database() -> list[Any]:
    """All rows of past days without their row numbers."""
    return [
        list(Day.objects.values_list(*DAY_COLUMNS)),
        list(DayLanguage.objects.order_by("day", "language").values_list(*TOTAL_COLUMNS)),
        list(DayCount.objects.values_list(*COUNT_COLUMNS)),
        list(DayRace.objects.order_by("day", "language").values_list("day__date", "language", "frames")),
    ]


class BrokenStorage(FileSystemStorage):
    """Raises once, at the first file with a given ending: before or after writing it."""

    def __init__(self, folder: Path, ending: str, error: BaseException, after: bool) -> None:
        super().__init__(location=folder, allow_overwrite=True)
        self.ending, self.error, self.after = ending, error, after

    def _save(self, name: str, content: Any) -> str:
        due = name.endswith(self.ending)
        if due:
            self.ending = "nothing more"
        if due and not self.after:
            raise self.error
        stored = super()._save(name, content)
        if due:
            raise self.error
        return stored


def test_a_day_is_in_storage_and_in_the_database(close_day: CloseDay, storage: FileSystemStorage, folder: Path) -> None:
    archived = archive(close_day(), storage, folder)
    stored = files_in(Path(storage.location))
    assert set(stored) == {f"{TABLE}/counts.parquet", f"{EXTRA}/counts.csv", f"{EXTRA}/manifest.json"}
    assert (archived.posts, archived.hashtags, archived.prefix) == (100, 3, TABLE)
    counted = [len(stored[key]) for key in (f"{TABLE}/counts.parquet", f"{EXTRA}/counts.csv")]
    assert archived.stored_bytes == sum(counted)
    days, totals, counts, races = database()
    assert days == [("simulator", DAY, NOW, *counted, 0, [dict(MINUTES).get(minute, 0) for minute in range(1_440)])]
    assert totals == [
        (DAY, "*", 3, *ROWS[0][3:6]),
        (DAY, "en", 1, *ROWS[4][3:6]),
        (DAY, "es", 3, *ROWS[6][3:6]),
    ]
    assert counts[:3] == [
        (DAY, "*", 1, *ROWS[1][1:6], ROWS[1][7]),
        (DAY, "*", 2, *ROWS[2][1:6], ROWS[2][7]),
        (DAY, "*", 3, *ROWS[3][1:6], ROWS[3][7]),
    ]
    assert len(counts) == 7
    assert races == []


def test_a_recorded_race_is_archived_and_ends_with_the_final_counts(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path
) -> None:
    closed = close_day()
    record_race(closed, (5, "*", 9), (5, "en", 6), (10, "*", 12), (1_439, "*", 97))
    archive(closed, storage, folder)
    day = Day.objects.get()
    stored = files_in(Path(storage.location))[f"{EXTRA}/race.ndjson.gz"]
    assert day.race_bytes == len(stored)
    frames = [decode_frame(line) for line in gzip.decompress(stored).splitlines()]
    assert [(f"{frame.at:%H:%M:%S}", frame.language, frame.posts) for frame in frames] == [
        ("00:05:00", "*", 9),
        ("00:10:00", "*", 12),
        ("23:59:00", "*", 97),
        ("23:59:59", "*", 100),
        ("00:05:00", "en", 6),
        ("23:59:59", "en", 70),
        ("23:59:59", "es", 30),
    ]
    assert frames[-1].top == [FramePlace("lluvia", "lluvia", 9), ("worldcup", "WorldCup", 9), ("café", "Café", 2)]
    by_language = {race.language: unpack_frames(race.frames) for race in day.races.all()}
    assert by_language == {code: [f for f in frames if f.language == code] for code in ("*", "en", "es")}


def test_frames_of_an_abandoned_count_are_left_out(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path
) -> None:
    closed = close_day()
    record_race(closed, (5, "*", 9), (10, "*", 101))
    archive(closed, storage, folder)
    assert [frame.posts for frame in unpack_frames(DayRace.objects.get(language="*").frames)] == [9, 100]


def test_a_day_that_is_archived_again_without_its_race_has_none(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path
) -> None:
    closed = close_day()
    archive(closed, storage, folder)
    files, rows = files_in(Path(storage.location)), database()
    record_race(closed, (5, "*", 9))
    archive(closed, storage, folder)
    assert database() != rows
    closed.race_path.unlink()
    archive(closed, storage, folder)
    assert files_in(Path(storage.location)) == files
    assert database() == rows


def test_a_day_does_not_get_the_race_of_the_one_archived_before_it(
    close_day: CloseDay, data_dir: Path, folder: Path
) -> None:
    class Copying(FileSystemStorage):
        """Copies the local file, as storage on another machine does."""

        def _save(self, name: str, content: Any) -> str:
            return super()._save(name, ContentFile(content.read()))

    storage = Copying(location=data_dir / "archive", allow_overwrite=True)
    first, second = close_day(), close_day(date(2026, 11, 21))
    record_race(first, (5, "*", 9))
    archive(first, storage, folder)
    archive(second, storage, folder)
    assert [(day.date, day.race_bytes > 0) for day in Day.objects.order_by("date")] == [
        (DAY, True),
        (second.day, False),
    ]


def test_a_race_file_without_frames_counts_as_none(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path
) -> None:
    closed = close_day()
    closed.race_path.parent.mkdir(parents=True)
    closed.race_path.write_bytes(b'{"at":"2026-11-')
    archive(closed, storage, folder)
    assert (DayRace.objects.count(), Day.objects.get().race_bytes) == (0, 0)


def test_archiving_again_changes_nothing(close_day: CloseDay, storage: FileSystemStorage, folder: Path) -> None:
    closed = close_day()
    record_race(closed, (5, "*", 9), (5, "en", 6))
    archive(closed, storage, folder)
    files, rows = files_in(Path(storage.location)), database()
    archive(closed, storage, folder, NOW + timedelta(days=3))
    assert files_in(Path(storage.location)) == files
    assert database() == rows


def test_archiving_again_repairs_damage(close_day: CloseDay, storage: FileSystemStorage, folder: Path) -> None:
    closed = close_day()
    archive(closed, storage, folder)
    files, rows = files_in(Path(storage.location)), database()
    (Path(storage.location) / EXTRA / "counts.csv").write_text("half a fi")
    DayCount.objects.filter(language="*", rank=1).delete()
    DayLanguage.objects.update(posts=1)
    archive(closed, storage, folder)
    assert files_in(Path(storage.location)) == files
    assert database() == rows


@pytest.mark.parametrize("error", [ConnectionError("storage went away"), SystemExit(9)])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("ending", ["counts.parquet", "counts.csv", "race.ndjson.gz", "manifest.json"])
def test_a_run_killed_before_the_database_is_completed_by_the_next(
    close_day: CloseDay, data_dir: Path, error: BaseException, after: bool, ending: str
) -> None:
    closed = close_day()
    record_race(closed, (5, "*", 9))
    storage = BrokenStorage(data_dir / "archive", ending, error, after)
    with pytest.raises(type(error)), staging(data_dir) as folder:
        archive(closed, storage, folder)
    assert not Day.objects.exists()
    assert waiting_days(data_dir) == [closed]
    untroubled = FileSystemStorage(location=data_dir / "untroubled", allow_overwrite=True)
    with staging(data_dir) as folder:
        archive(closed, storage, folder)
        rows = database()
        archive(closed, untroubled, folder)
    assert files_in(data_dir / "archive") == files_in(data_dir / "untroubled")
    assert database() == rows
    assert waiting_days(data_dir) == []


def test_a_database_failure_leaves_no_rows_of_the_day(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path
) -> None:
    twice: list[Row] = [*ROWS[:3], row("*", "worldcup", "WorldCup", 2), *ROWS[4:]]
    with pytest.raises(Exception, match=r"(?i)unique constraint"):
        archive(close_day(rows=twice), storage, folder)
    assert database() == [[], [], [], []]


def test_a_truncated_file_in_storage_is_an_error(close_day: CloseDay, data_dir: Path, folder: Path) -> None:
    class ForgetfulStorage(FileSystemStorage):
        def size(self, name: str) -> int:
            return super().size(name) - 1

    storage = ForgetfulStorage(location=data_dir / "archive", allow_overwrite=True)
    with pytest.raises(
        StorageError, match=r"counts.parquet was stored, but storage has other bytes: [\d,]+ bytes, not [\d,]+"
    ):
        archive(close_day(), storage, folder)
    assert not Day.objects.exists()


def test_storage_that_does_not_overwrite_is_an_error(close_day: CloseDay, data_dir: Path, folder: Path) -> None:
    storage = FileSystemStorage(location=data_dir / "archive")
    archive(close_day(rows=ROWS[:1]), storage, folder)
    shutil.rmtree(data_dir / "closed")
    with pytest.raises(StorageError, match="must overwrite"):
        archive(close_day(), storage, folder)


def test_a_broken_folder_changes_neither_storage_nor_database(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path
) -> None:
    with pytest.raises(BrokenDayError):
        archive(close_day(rows=ROWS[4:]), storage, folder)
    assert files_in(Path(storage.location)) == {}
    assert not Day.objects.exists()


def test_the_database_stores_the_top_thousand_of_each_language_and_storage_all(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path
) -> None:
    rows: list[Row] = []
    for language in ("*", "en"):
        tags = [row(language, f"tag{number:05}", f"Tag{number:05}", 9_000 - number) for number in range(2_500)]
        rows += [row(language, "", "", 10_000), *tags]
    archived = archive(close_day(rows=rows), storage, folder)
    assert archived.hashtags == 2_500
    for language in ("*", "en"):
        stored = DayCount.objects.filter(language=language).order_by("rank")
        assert [count.rank for count in stored] == list(range(1, STORED_RANKS + 1))
        assert (stored[0].key, stored[STORED_RANKS - 1].key) == ("tag00000", "tag00999")
    csv = files_in(Path(storage.location))[f"{EXTRA}/counts.csv"]
    assert len(csv.splitlines()) == len(rows) + 1


def test_progress_is_reported_after_each_batch(close_day: CloseDay, storage: FileSystemStorage, folder: Path) -> None:
    rows: list[Row] = [row("*", "", "", 70_000), *(row("*", f"t{n:06}", f"t{n:06}", 70_000 - n) for n in range(69_999))]
    progress: list[tuple[int, int]] = []
    archive_day(close_day(rows=rows), storage, folder, NOW, lambda *rows: progress.append(rows))
    assert progress == [*((rows, 16_384) for rows in (16_384, 32_768, 49_152, 65_536)), (70_000, 4_464)]


def test_waiting_days_are_those_closed_but_not_archived_oldest_first(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path, data_dir: Path
) -> None:
    newer = close_day(date(2026, 11, 20))
    older = close_day(date(2026, 11, 18))
    other = close_day(date(2026, 11, 19), source="replay-x")
    (data_dir / "closed" / "simulator" / "2026-11-21.tmp").mkdir()
    assert waiting_days(data_dir) == [older, other, newer]
    assert waiting_days(data_dir, "simulator") == [older, newer]
    archive(older, storage, folder)
    assert waiting_days(data_dir) == [other, newer]
    assert all_closed_days(data_dir) == [older, other, newer]


def test_a_day_that_was_counted_and_closed_again_is_archived_again_once(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path, data_dir: Path
) -> None:
    closed = close_day()
    archive(closed, storage, folder)
    closed.reopened_path.touch()
    assert waiting_days(data_dir) == [closed]
    archive(closed, storage, folder)
    assert waiting_days(data_dir) == []


def test_the_same_day_of_two_sources_is_two_days(close_day: CloseDay, storage: FileSystemStorage, folder: Path) -> None:
    archive(close_day(source="a"), storage, folder)
    archive(close_day(source="b", rows=ROWS[:1]), storage, folder)
    assert DayCount.objects.filter(day__source="a").count() == 7
    assert DayCount.objects.filter(day__source="b").count() == 0
    assert len(files_in(Path(storage.location))) == 6


def test_the_manifest_is_written_last(close_day: CloseDay, data_dir: Path, folder: Path) -> None:
    saved: list[str] = []

    class Noting(FileSystemStorage):
        def _save(self, name: str, content: Any) -> str:
            saved.append(name)
            return super()._save(name, content)

    closed = close_day()
    record_race(closed, (5, "*", 9))
    write_dropped_day(closed.dropped_path, DroppedDay({"late": 3}))
    archive(closed, Noting(location=data_dir / "archive", allow_overwrite=True), folder)
    assert saved[-1] == f"{EXTRA}/manifest.json"
    assert sorted(saved) == sorted(files_in(data_dir / "archive"))


def test_the_manifest_describes_every_file_and_what_the_day_counts(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path
) -> None:
    closed = close_day()
    record_race(closed, (5, "*", 9))
    gap = Gap(datetime(2026, 11, 20, 3, tzinfo=UTC), datetime(2026, 11, 20, 4, tzinfo=UTC), "cut off")
    write_dropped_day(closed.dropped_path, DroppedDay({"late": 3}, [gap]))
    archive(closed, storage, folder)
    stored = files_in(Path(storage.location))
    manifest = decode_manifest(stored.pop(f"{EXTRA}/manifest.json"))
    assert (manifest.rows, manifest.posts, manifest.hashtags, manifest.languages) == (len(ROWS), 100, 3, 2)
    assert (manifest.day, manifest.source, manifest.archived_at, manifest.trendsite) == (DAY, "simulator", NOW, VERSION)
    assert (manifest.dropped, manifest.gaps) == ({"late": 3}, [gap])
    assert {file.key: (file.bytes, file.sha256) for file in manifest.files} == {
        key: (len(content), hashlib.sha256(content).hexdigest()) for key, content in stored.items()
    }


def test_while_other_counts_take_the_place_of_a_day_it_has_no_manifest(close_day: CloseDay, data_dir: Path) -> None:
    closed = close_day(rows=ROWS[:1])
    storage = BrokenStorage(data_dir / "archive", "nothing", ConnectionError("storage went away"), after=True)
    with staging(data_dir) as folder:
        archive(closed, storage, folder)
    shutil.rmtree(closed.folder)
    storage.ending = "counts.parquet"
    with staging(data_dir) as folder, pytest.raises(ConnectionError):
        archive(close_day(), storage, folder)
    assert f"{EXTRA}/manifest.json" not in files_in(data_dir / "archive")
    with staging(data_dir) as folder:
        archive(closed, storage, folder, NOW + timedelta(days=1))
    manifest = decode_manifest(files_in(data_dir / "archive")[f"{EXTRA}/manifest.json"])
    assert (manifest.posts, manifest.archived_at) == (100, NOW)


def test_bytes_that_change_on_their_way_to_storage_fail_the_day(
    close_day: CloseDay, data_dir: Path, folder: Path
) -> None:
    class Flipping(FileSystemStorage):
        """Stores one wrong bit, as a broken disk, memory or network may."""

        def _save(self, name: str, content: Any) -> str:
            content = bytearray(content.read())
            content[len(content) // 2] ^= 1
            return super()._save(name, ContentFile(bytes(content)))

    storage = Flipping(location=data_dir / "archive", allow_overwrite=True)
    with pytest.raises(StorageError, match=f"{TABLE}/counts.parquet was stored, but storage has other bytes: SHA-256"):
        archive(close_day(), storage, folder)
    assert not Day.objects.exists()


def test_a_file_that_storage_has_already_is_not_sent_again(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path
) -> None:
    closed = close_day()
    archive(closed, storage, folder)
    times = {path: path.stat().st_mtime_ns for path in Path(storage.location).rglob("*.*")}
    archive(closed, storage, folder)
    assert {path: path.stat().st_mtime_ns for path in Path(storage.location).rglob("*.*")} == times


def test_the_newest_hashtags_are_found_without_sorting_all_counts(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path
) -> None:
    for day in (18, 19, 20):
        archive(close_day(date(2026, 11, day)), storage, folder)
    assert "TEMP B-TREE" not in DayCount.objects.select_related("day")[:100].explain()
