"""manage.py archive, run by hand and by supervisor."""

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.trendsite.archive.conftest import DAY, ROWS, CloseDay, files_in, write_large_part
from trendsite.archive.models import Day
from trendsite.archive.pipeline.staging import staging
from trendsite.archive.tasks.watch import BUSY, PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[3]


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Run the command and return its output lines."""
    call_command("archive", *arguments)
    return capsys.readouterr().out.splitlines()


@pytest.mark.django_db
def test_all_missed_days_are_archived_oldest_first_and_printed(
    close_day: CloseDay, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for day in (19, 17, 18):
        close_day(date(2026, 11, day))
    lines = typed(capsys)
    stored = files_in(data_dir / "archive")
    assert len(stored) == 9
    first = sum(len(content) for name, content in stored.items() if "day=2026-11-17" in name and "counts" in name)
    assert lines[0] == (
        f"2026-11-17 (simulator): 100 posts, 3 hashtags, {first:,} bytes "
        f"to {data_dir}/archive/day=2026-11-17/source=simulator"
    )
    assert [line[:10] for line in lines] == ["2026-11-17", "2026-11-18", "2026-11-19"]
    assert typed(capsys) == []


@pytest.mark.django_db
def test_one_day_can_be_archived_again(close_day: CloseDay, data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    close_day(date(2026, 11, 19))
    close_day(DAY)
    assert len(typed(capsys, "--day", "2026-11-20")) == 1
    assert list(Day.objects.values_list("date", flat=True)) == [DAY]
    stored = files_in(data_dir / "archive")
    archived_at = Day.objects.get().archived_at
    assert len(typed(capsys, "--day", "2026-11-20")) == 1
    assert files_in(data_dir / "archive") == stored
    assert Day.objects.get().archived_at == archived_at


@pytest.mark.django_db
def test_one_source_can_be_chosen(close_day: CloseDay, data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    close_day(source="replay-x")
    close_day(source="simulator")
    assert [line.partition(":")[0] for line in typed(capsys, "--source", "replay-x")] == ["2026-11-20 (replay-x)"]
    assert len(typed(capsys, "--day", "2026-11-20")) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--day", "2026-11-19"], "no closed day 2026-11-19 in .*/closed"),
        (["--day", "2026-11-20", "--source", "x"], "no closed day 2026-11-20 of x in .*/closed"),
        (["--day", "yesterday"], "'yesterday' is not a day: give YYYY-MM-DD"),
        (["--day", "2026-11-20", "--watch"], "--day and --watch do not go together"),
    ],
)
def test_a_missing_day_is_a_clear_error(close_day: CloseDay, arguments: list[str], message: str) -> None:
    close_day()
    with pytest.raises(CommandError, match=message):
        call_command("archive", *arguments)
    assert not Day.objects.exists()


@pytest.mark.django_db
def test_a_broken_day_is_named_and_the_others_are_archived(
    close_day: CloseDay, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    close_day(date(2026, 11, 18), rows=ROWS[1:])
    close_day(date(2026, 11, 19))
    with pytest.raises(CommandError, match=r"not archived: 2026-11-18 \(simulator\); the log says why"):
        call_command("archive")
    assert list(Day.objects.values_list("date", flat=True)) == [date(2026, 11, 19)]
    assert "the first row is not the total of all languages" in caplog.text


@pytest.mark.django_db
def test_closed_folders_of_older_archived_days_are_removed(
    close_day: CloseDay, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [close_day(date(2026, 11, day)).folder for day in range(1, 9)]
    lines = typed(capsys)
    assert lines[-1] == "2026-11-01 (simulator): closed folder removed, the archive holds the day"
    assert [folder.exists() for folder in folders] == [False] + [True] * 7


@pytest.mark.django_db
def test_a_second_archive_at_the_same_time_is_refused(
    close_day: CloseDay, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    close_day()
    with staging(data_dir), pytest.raises(CommandError, match="another archive is at work: try again"):
        call_command("archive")
    assert not Day.objects.exists()


@pytest.mark.django_db
def test_a_large_day_prints_its_progress(
    close_day: CloseDay, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = close_day(rows=[]).folder
    write_large_part(folder / "part-00000-a1b2.snappy.parquet", [f"{number:07}" for number in range(1_100_000)])
    lines = typed(capsys)
    assert lines[0] == "2026-11-20 (simulator): 1,015,808 rows so far"
    assert "1,100,000 hashtags" in lines[1]
    assert len(lines) == 2


@pytest.fixture
def own_environment(data_dir: Path) -> dict[str, str]:
    """The environment of a process with a DATA_DIR and a database of its own, migrated."""
    given = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**given, "DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1", "ARCHIVE_ACCOUNTS": "0"}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=environment, check=True)
    return environment


def test_watching_archives_closed_days_and_ends_at_once_at_a_signal(
    close_day: CloseDay, data_dir: Path, own_environment: dict[str, str]
) -> None:
    close_day()
    command = [sys.executable, "manage.py", "archive", "--watch"]
    with subprocess.Popen(command, cwd=ROOT, env=own_environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("2026-11-20 (simulator): 100 posts")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS - 5) == 0
    assert len(files_in(data_dir / "archive")) == 3


def printed_days(process: subprocess.Popen[str]) -> list[str]:
    output, _ = process.communicate(timeout=120)
    return [line[:10] for line in output.splitlines()]


def start(environment: dict[str, str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "manage.py", "archive"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def test_of_two_runs_at_one_time_each_day_is_archived_by_one(
    close_day: CloseDay, data_dir: Path, own_environment: dict[str, str]
) -> None:
    days = [date(2026, 11, day) for day in range(10, 16)]
    for day in days:
        close_day(day)
    runs = [start(own_environment) for _ in range(2)]
    printed = [printed_days(run) for run in runs]
    assert {run.returncode for run in runs} <= {0, BUSY}
    archived = sorted(line for lines in printed for line in lines if line.startswith("2026"))
    assert archived == [day.isoformat() for day in days]
    assert len(files_in(data_dir / "archive")) == 3 * len(days)


def test_a_killed_run_is_finished_by_the_next_with_the_same_bytes(
    close_day: CloseDay, data_dir: Path, own_environment: dict[str, str]
) -> None:
    days = [date(2026, 11, day) for day in range(10, 16)]
    for day in days:
        close_day(day)
    with start(own_environment) as killed:
        assert killed.stdout
        assert killed.stdout.readline().startswith("2026-11-10")
        killed.kill()
    before = files_in(data_dir / "archive")
    with start(own_environment) as finishing:
        assert set(printed_days(finishing)) <= {day.isoformat() for day in days[1:]}
    stored = files_in(data_dir / "archive")
    assert len(stored) == 3 * len(days)
    # The days have the same rows, so all have the same counts.
    assert len({content for name, content in stored.items() if name.endswith((".parquet", ".csv"))}) == 2
    assert before.items() <= stored.items()
    assert not (data_dir / "archiving").exists()
