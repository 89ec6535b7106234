"""manage.py backfill, with a stand-in for the programs of collector and streaming."""

import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from contract.backfill import Conversion, write_conversion
from tests.trendsite.archive.conftest import DAY, ROWS, CloseDay, files_in
from trendsite.archive.models import Day
from trendsite.archive.pipeline.staging import exclusive_folder
from trendsite.archive.tasks import backfill as backfill_module
from trendsite.archive.tasks.backfill import page_url

pytestmark = pytest.mark.django_db

RECORDING = "replay-ep2014-0123abcd"

OTHER_DAY = date(2013, 4, 18)


class Programs:
    """Stands for collector.convert and streaming.jobs.backfill; ``fails`` names the one that fails."""

    def __init__(self, close_day: CloseDay) -> None:
        self.days = {DAY: 100, OTHER_DAY: 103}
        self.dropped = {"malformed": 2, "untracked": 1_234}
        self.fails = ""
        self.ran: list[str] = []
        self.folders: list[Path] = []
        self._close_day = close_day

    def __call__(self, command: Sequence[str], **_options: Any) -> "subprocess.CompletedProcess[str]":
        module, arguments = command[2], command[3:]
        self.ran.append(module)
        if module == self.fails:
            return subprocess.CompletedProcess(command, 1)
        if "--check" in arguments:
            return subprocess.CompletedProcess(command, 0)
        folder = Path(arguments[-1])
        self.folders.append(folder)
        if module == "collector.convert":
            write_conversion(folder, Conversion("replay-made-up", self.days, self.dropped))
        else:
            for day in self.days:
                self._close_day(day, source=arguments[0])
        return subprocess.CompletedProcess(command, 0)


@pytest.fixture
def programs(close_day: CloseDay, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    stand_in = Programs(close_day)
    monkeypatch.setattr(backfill_module.subprocess, "run", stand_in)
    monkeypatch.setenv("JAVA_HOME", "/made/up")
    return stand_in


@pytest.fixture
def typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    recording = tmp_path / "made-up.ndjson"
    recording.touch()

    def type_(*arguments: str) -> list[str]:
        call_command("backfill", str(recording), *arguments)
        return capsys.readouterr().out.splitlines()

    return type_


Typed = Callable[..., list[str]]


def test_every_day_is_archived_and_the_summary_printed(programs: Programs, typed: Typed, data_dir: Path) -> None:
    lines = typed()
    assert programs.ran == ["collector.convert", "streaming.jobs.backfill"]
    assert list(Day.objects.values_list("source", "date")) == [("replay-made-up", DAY), ("replay-made-up", OTHER_DAY)]
    assert len(files_in(data_dir / "archive")) == 6
    assert [line[:10] for line in lines[:2]] == ["2026-11-20", "2013-04-18"]
    assert lines[2].startswith("replay-made-up: 200 posts of 2 days in ")
    assert lines[2].endswith(" s; dropped: 1,234 untracked, 3 duplicate, 2 malformed")
    assert lines[3:] == ["See it at http://127.0.0.1:8000/days/2026-11-20/?source=replay-made-up"]


def test_no_temporary_files_remain(programs: Programs, typed: Typed, data_dir: Path) -> None:
    (data_dir / "backfill" / "left by one that was killed").mkdir(parents=True)
    typed()
    assert not (data_dir / "backfill").exists()
    assert not (data_dir / "backfill.json").exists()
    assert not any(folder.exists() for folder in programs.folders)


def test_the_source_can_be_named(programs: Programs, typed: Typed) -> None:
    typed("--source", "elections")
    assert set(Day.objects.values_list("source", flat=True)) == {"elections"}


@pytest.mark.parametrize("archived", [False, True])
def test_a_day_that_exists_is_refused_before_counting(
    programs: Programs, typed: Typed, close_day: CloseDay, archived: bool
) -> None:
    close_day(source="replay-made-up")
    if archived:
        call_command("archive")
    message = "2026-11-20 of replay-made-up is counted already: --replace puts .* --source NAME"
    with pytest.raises(CommandError, match=message):
        typed()
    assert programs.ran == ["collector.convert", "streaming.jobs.backfill"]


def test_a_day_that_is_still_being_counted_is_refused_without_the_hint_to_replace(
    programs: Programs, typed: Typed, close_day: CloseDay
) -> None:
    close_day(source="replay-made-up")
    programs.fails = "streaming.jobs.backfill"
    with pytest.raises(CommandError, match="nothing was archived: the line above says why"):
        typed()


def test_replace_archives_the_day_again(programs: Programs, typed: Typed, close_day: CloseDay, data_dir: Path) -> None:
    old = close_day(source="replay-made-up", rows=ROWS[:4])
    call_command("archive")
    before = files_in(data_dir / "archive")
    old.folder.rename(data_dir / "out of the way")
    typed("--replace")
    after = files_in(data_dir / "archive")
    assert before.keys() < after.keys()
    assert all(before[name] != after[name] for name in before)


def test_a_backfill_killed_while_archiving_may_be_repeated(
    programs: Programs, typed: Typed, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    def killed(*_arguments: object) -> None:
        raise SystemExit(137)

    with monkeypatch.context() as patch:
        patch.setattr("trendsite.archive.tasks.archiver.archive_day", killed)
        with pytest.raises(SystemExit):
            typed()
    (data_dir / "closed" / "replay-made-up").rename(data_dir / "out of the way")
    assert typed()[-2].startswith("replay-made-up: 200 posts of 2 days")


def test_the_command_may_be_repeated_after_days_failed(programs: Programs, typed: Typed, data_dir: Path) -> None:
    (data_dir / "archive").write_text("not a folder")
    with pytest.raises(CommandError, match="2 days were not archived, the log says why: the same command tries again"):
        typed()
    (data_dir / "archive").unlink()
    (data_dir / "closed" / "replay-made-up").rename(data_dir / "out of the way")
    assert typed()[-2].startswith("replay-made-up: 200 posts of 2 days")


@pytest.mark.parametrize("program", ["collector.convert", "streaming.jobs.backfill"])
def test_a_failing_program_leaves_the_archive_unchanged(
    programs: Programs, typed: Typed, data_dir: Path, program: str
) -> None:
    programs.fails = program
    with pytest.raises(CommandError, match="nothing was archived: the line above says why"):
        typed()
    assert not Day.objects.exists()
    assert not (data_dir / "backfill").exists()


def test_recordings_without_posts_are_refused(programs: Programs, typed: Typed) -> None:
    programs.days = {}
    with pytest.raises(CommandError, match="no posts to count; dropped: 1,234 untracked, 2 malformed"):
        typed()


def test_a_second_backfill_at_the_same_time_is_refused(programs: Programs, typed: Typed, data_dir: Path) -> None:
    with (
        exclusive_folder(data_dir / "backfill", "backfill"),
        pytest.raises(CommandError, match="another backfill is at work"),
    ):
        typed()


def test_a_missing_java_is_reported_at_once(programs: Programs, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CommandError, match="Java 17 or newer: set JAVA_HOME, or use `make backfill"):
        typed()
    assert programs.ran == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such-file.ndjson"], "'no-such-file.ndjson' is not a file"),
        (["--source", "../up"], "is not a name for a source"),
        (["--source", "With Spaces"], "is not a name for a source"),
    ],
)
def test_an_unusable_argument_is_named(programs: Programs, typed: Typed, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        typed(*arguments)
    assert programs.ran == []


def archive(source, *dates):
    for day in dates:
        Day.objects.create(source=source, date=day, archived_at=datetime(2026, 11, 22, tzinfo=UTC))


def test_a_backfill_ends_with_the_url_of_its_newest_day(client, settings):
    archive(RECORDING, date(2014, 5, 20), date(2014, 5, 21))
    settings.LOCAL_URL = "http://127.0.0.1:8123"
    # The last day has no page: all its posts are duplicates.
    address = page_url(RECORDING, [date(2014, 5, 20), date(2014, 5, 21), date(2014, 5, 22)])
    assert address == f"http://127.0.0.1:8123/days/2014-05-21/?source={RECORDING}"
    page = client.get(address.removeprefix("http://127.0.0.1:8123"))
    assert page.status_code == 200
    assert b"replay of ep2014" in page.content


def test_the_url_is_public_if_there_is_a_public_url(settings):
    archive(RECORDING, date(2014, 5, 21))
    settings.PUBLIC_URL = SimpleNamespace(origin="https://board.example")
    assert page_url(RECORDING, [date(2014, 5, 21)]).startswith("https://board.example/days/2014-05-21/")
