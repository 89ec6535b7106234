"""manage.py archive --list, --verify, --restore and --rewrite, on an archive with several days and sources."""

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.core.management.base import CommandError

from contract.dropped import DroppedDay, write_dropped_day
from tests.trendsite.archive.conftest import (
    DAY,
    EXTRA,
    ROWS,
    TABLE,
    CloseDay,
    files_in,
    record_race,
    store_in_earlier_layout,
)
from tests.trendsite.archive.pipeline.test_archive_day import database
from trendsite.archive.models import Day, DayCount, DayLanguage
from trendsite.archive.pipeline.archive_errors import StorageError
from trendsite.archive.pipeline.layout import stored_days
from trendsite.archive.pipeline.staging import staging
from trendsite.archive.pipeline.stored_day import restore_day, rewrite_day

pytestmark = pytest.mark.django_db

LAYOUTS = ["current", "earlier"]
CHANGES = 10
"""How often a rewrite changes storage: a copy of the Parquet, four files, the manifest, four removals."""


@pytest.fixture
def closed(close_day: CloseDay) -> list[Any]:
    """Three closed days of two sources, with races and dropped posts."""
    days = [close_day(date(2026, 11, 19)), close_day(), close_day(source="bluesky")]
    for day in days:
        record_race(day, (60, "*", 10), (720, "en", 60))
        write_dropped_day(day.dropped_path, DroppedDay({"late": 3}))
    return days


@pytest.fixture
def archived(closed: list[Any], data_dir: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """These days in storage and in the database. Nothing of what streaming left remains."""
    call_command("archive")
    forget_what_streaming_left(data_dir)
    capsys.readouterr()
    return data_dir / "archive"


@pytest.fixture
def archived_earlier(
    closed: list[Any], data_dir: Path, storage: FileSystemStorage, capsys: pytest.CaptureFixture[str]
) -> Path:
    """The same, in the layout of earlier versions."""
    for day in closed:
        store_in_earlier_layout(day, storage)
    forget_what_streaming_left(data_dir)
    capsys.readouterr()
    return data_dir / "archive"


def forget_what_streaming_left(data_dir: Path) -> None:
    for folder in ("closed", "race", "dropped"):
        shutil.rmtree(data_dir / folder)


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    call_command("archive", *arguments)
    return capsys.readouterr().out.splitlines()


def everything() -> list[Any]:
    return [*database(), sorted((str(day), day.dropped, day.known_gaps) for day in Day.objects.all())]


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_list_describes_each_day_by_its_manifest(archived: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Day.objects.filter(source="bluesky").delete()
    lines = typed(capsys, "--list")
    assert [line.partition(":")[0] for line in lines[:-1]] == [
        "2026-11-19 (simulator)",
        "2026-11-20 (bluesky)",
        "2026-11-20 (simulator)",
    ]
    assert re.fullmatch(
        r"2026-11-20 \(bluesky\): 100 posts, 3 hashtags, 4 files, [\d,]+ bytes, Trendsite [\d.]+; not in the database",
        lines[1],
    )
    assert "not in the database" not in lines[0]
    assert lines[-1] == f"3 days in {archived}"
    assert len(typed(capsys, "--list", "--source", "bluesky")) == 2
    assert len(typed(capsys, "--list", "--day", "2026-11-20")) == 3


def test_an_archive_without_damage_is_verified(archived: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = typed(capsys, "--verify")
    assert lines[0] == "1 of 3: 2026-11-19 (simulator): well"
    assert lines[-1] == "3 days verified, damaged or missing files: 0"


def test_one_flipped_bit_in_any_file_is_found_and_its_key_named(
    archived: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = [key for key in files_in(archived) if "day=2026-11-20/source=simulator" in key]
    assert len(keys) == 5
    for key in keys:
        for place in (0, (archived / key).stat().st_size // 2, -1):
            flip(archived / key, place)
            with pytest.raises(CommandError) as error:
                call_command("archive", "--verify")
            assert (str(error.value), error.value.returncode) == (f"damaged or missing: {key}", 1)
            assert key in capsys.readouterr().out
            flip(archived / key, place)
    call_command("archive", "--verify")


def test_each_missing_file_is_named(archived: Path) -> None:
    for key in [key for key in files_in(archived) if "day=2026-11-20/source=simulator" in key]:
        content = (archived / key).read_bytes()
        (archived / key).unlink()
        with pytest.raises(CommandError, match=f"^damaged or missing: {key}$"):
            call_command("archive", "--verify")
        (archived / key).write_bytes(content)


def test_a_day_that_only_the_database_has_is_missing(archived: Path) -> None:
    shutil.rmtree(archived / TABLE)
    shutil.rmtree(archived / EXTRA)
    with pytest.raises(CommandError, match=f"^damaged or missing: {EXTRA}/manifest.json$"):
        call_command("archive", "--verify")
    call_command("archive", "--verify", "--source", "bluesky")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_day_comes_back_equal_into_an_empty_database(
    layout: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = request.getfixturevalue("archived" if layout == "current" else "archived_earlier")
    before, files = everything(), files_in(folder)
    times = dict(Day.objects.values_list("pk", "archived_at"))
    Day.objects.all().delete()
    lines = typed(capsys, "--restore", "--all")
    assert lines[0] == "1 of 3: 2026-11-19 (simulator): 100 posts, 3 hashtags"
    assert lines[-1] == "3 days restored"
    if layout == "earlier":
        # Without a manifest, a day counts as archived when storage got it.
        for day, time in zip(Day.objects.order_by("date", "source"), times.values(), strict=False):
            Day.objects.filter(pk=day.pk).update(archived_at=time)
        assert len(everything()[0]) == 3
        before[0] = [row[:2] for row in before[0]]
        after = everything()
        after[0] = [row[:2] for row in after[0]]
        assert after == before
    else:
        assert everything() == before
    assert files_in(folder) == files


def test_one_day_or_one_source_is_restored(archived: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Day.objects.all().delete()
    typed(capsys, "--restore", "--day", "2026-11-20", "--source", "bluesky")
    assert list(Day.objects.values_list("source", "date")) == [("bluesky", DAY)]
    typed(capsys, "--restore", "--all", "--source", "simulator")
    assert Day.objects.count() == 3


def test_a_damaged_day_is_not_restored_and_stops_no_other(archived: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Day.objects.all().delete()
    flip(archived / TABLE / "counts.parquet", 100)
    with pytest.raises(CommandError, match=r"failed: 2026-11-20 \(simulator\)"):
        call_command("archive", "--restore", "--all")
    assert f"not restored: StorageError: {TABLE}/counts.parquet is damaged" in capsys.readouterr().out
    assert Day.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--restore"], "--restore needs --day YYYY-MM-DD, --all or --site"),
        (["--restore", "--all", "--day", "2026-11-20"], "not allowed with argument"),
        (["--list", "--verify"], "not allowed with argument"),
    ],
)
def test_unclear_arguments_are_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("archive", *arguments)


def test_nothing_is_restored_or_rewritten_while_another_process_archives(archived: Path, data_dir: Path) -> None:
    with staging(data_dir):
        for work in ("--restore", "--rewrite"):
            with pytest.raises(CommandError, match="another archive is at work"):
                call_command("archive", work, "--all")


def test_the_earlier_layout_is_listed_and_verified_without_checksums(
    archived_earlier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = typed(capsys, "--list")
    assert lines[0] == "2026-11-19 (simulator): no manifest (earlier layout; --rewrite writes one)"
    lines = typed(capsys, "--verify")
    assert lines[0] == "1 of 3: 2026-11-19 (simulator): no manifest (earlier layout; --rewrite writes one)"
    assert lines[-1].endswith("0; 3 days without a manifest, whose counts were read and checked")
    (archived_earlier / TABLE / "counts.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(CommandError, match=f"^damaged or missing: {TABLE}/counts.parquet$"):
        call_command("archive", "--verify")


def test_rewriting_gives_the_archive_that_this_version_writes(
    closed: list[Any], data_dir: Path, storage: FileSystemStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("archive")
    files, rows = files_in(data_dir / "archive"), everything()
    for day in closed:
        store_in_earlier_layout(day, storage)
    assert set(files_in(data_dir / "archive")) != set(files)
    forget_what_streaming_left(data_dir)
    capsys.readouterr()
    lines = typed(capsys, "--rewrite")
    assert lines[0] == "1 of 3: 2026-11-19 (simulator): 10 rows, 4 files and the manifest"
    assert lines[-1] == "3 days rewritten"
    assert files_in(data_dir / "archive") == files
    assert everything() == rows
    assert typed(capsys, "--rewrite") == ["0 days rewritten"]
    call_command("archive", "--verify")


class FailingStorage(FileSystemStorage):
    """Fails at one of its changes, before or after it."""

    def __init__(self, folder: Path, change: int, after: bool) -> None:
        super().__init__(location=folder, allow_overwrite=True)
        self.change, self.after, self.changes = change, after, 0

    def _fails(self) -> bool:
        self.changes += 1
        return self.changes == self.change

    def _save(self, name: str, content: Any) -> str:
        fails = self._fails()
        if fails and not self.after:
            raise ConnectionError("storage went away")
        stored = super()._save(name, content)
        if fails:
            raise ConnectionError("storage went away")
        return stored

    def delete(self, name: str) -> None:
        fails = self._fails()
        if fails and not self.after:
            raise ConnectionError("storage went away")
        super().delete(name)
        if fails:
            raise ConnectionError("storage went away")


@pytest.mark.parametrize("after", [False, True])
def test_an_interrupted_rewrite_loses_nothing_and_is_continued(
    close_day: CloseDay, data_dir: Path, storage: FileSystemStorage, after: bool
) -> None:
    closed = close_day()
    record_race(closed, (60, "*", 10))
    write_dropped_day(closed.dropped_path, DroppedDay({"late": 3}))
    call_command("archive")
    wanted = files_in(data_dir / "archive")
    for change in range(1, CHANGES + 1):
        store_in_earlier_layout(closed, storage)
        failing = FailingStorage(data_dir / "archive", change, after)
        with staging(data_dir) as folder, pytest.raises(ConnectionError):
            rewrite_day(failing, "simulator", DAY, folder, lambda *_rows: None)
        with staging(data_dir) as folder:
            assert restore_day(storage, "simulator", DAY, folder).posts == 100
        (stored,) = stored_days(storage)
        if change < CHANGES or not after:
            assert not stored.is_current
        call_command("archive", "--rewrite")
        assert files_in(data_dir / "archive") == wanted, change


def test_a_rewrite_that_storage_garbles_is_continued_from_the_copy(archived_earlier: Path, data_dir: Path) -> None:
    class Garbling(FileSystemStorage):
        def _save(self, name: str, content: Any) -> str:
            stored = super()._save(name, content)
            if name.endswith("counts.parquet"):
                Path(self.path(name)).write_bytes(b"garbled")
            return stored

    garbling = Garbling(location=archived_earlier, allow_overwrite=True)
    with staging(data_dir) as folder, pytest.raises(StorageError, match="was stored, but storage has other bytes"):
        rewrite_day(garbling, "simulator", DAY, folder, lambda *_rows: None)
    call_command("archive", "--rewrite")
    call_command("archive", "--verify")
    rows = pq.read_table(archived_earlier / TABLE / "counts.parquet", partitioning=None).to_pylist()
    assert [tuple(row.values()) for row in rows] == ROWS


def test_the_oldest_days_have_four_columns_and_come_back(
    data_dir: Path, storage: FileSystemStorage, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_dir / "archive" / TABLE
    folder.mkdir(parents=True)
    columns = [[row[number] for row in ROWS] for number in range(4)]
    pq.write_table(pa.table(columns, ["language", "key", "hashtag", "posts"]), folder / "counts.parquet")
    (folder / "counts.csv").write_text("language,key,hashtag,posts\n")
    call_command("archive", "--verify")
    call_command("archive", "--restore", "--all")
    assert DayLanguage.objects.get(language="*").posts == 100
    assert DayCount.objects.filter(language="*").order_by("rank").values_list("key", "posts", "hours").first() == (
        "worldcup",
        40,
        None,
    )
    rows = everything()
    call_command("archive", "--rewrite")
    call_command("archive", "--verify")
    Day.objects.all().delete()
    call_command("archive", "--restore", "--all")
    assert everything()[1:] == rows[1:]
