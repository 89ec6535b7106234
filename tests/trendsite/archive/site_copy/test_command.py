"""The nightly copy as a step of manage.py archive, and what the command does with copies."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path

import pytest
import redis
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from contract.redis_names import ARCHIVE_STATUS, LANGUAGES_CHANNEL
from tests.trendsite.archive.conftest import DAY, ROWS, CloseDay, files_in
from trendsite.archive.models import Day
from trendsite.archive.site_copy import nightly
from trendsite.archive.site_copy.nightly import copy_name
from trendsite.archive.tasks.watch import FIRST_COPY_SECONDS
from trendsite.archive.tasks.watch import nightly as due
from trendsite.languages.models import Language
from trendsite.moderation.models import HiddenHashtag

ROOT = Path(__file__).resolve().parents[4]
TODAY = DAY + timedelta(days=1)
COPY = copy_name(TODAY)


class Today(datetime):
    """A clock that stands: midnight may pass in a test run, and in a test."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.combine(TODAY, time(1), tz)


@pytest.fixture(autouse=True)
def _copies(data_dir: Path, settings: Settings) -> Iterator[None]:
    settings.ARCHIVE_ACCOUNTS = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trendsite.archive.management.commands.archive.datetime", Today)
        yield


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    call_command("archive", *arguments)
    return capsys.readouterr().out.splitlines()


@pytest.mark.django_db
def test_a_run_stores_the_copy_after_the_days_once_a_day(
    close_day: CloseDay, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    close_day()
    lines = typed(capsys)
    assert lines[0].startswith("2026-11-20 (simulator): 100 posts")
    assert lines[1].startswith("site data: ")
    assert lines[1].endswith(f" rows to {data_dir}/archive/_site")
    assert typed(capsys) == []


@pytest.mark.django_db
def test_the_copy_can_be_switched_off_and_one_day_alone_makes_none(
    close_day: CloseDay, data_dir: Path, settings: Settings
) -> None:
    close_day()
    call_command("archive", "--day", DAY.isoformat())
    settings.ARCHIVE_ACCOUNTS = False
    call_command("archive")
    assert not (data_dir / "archive" / "_site").exists()


@pytest.mark.django_db
def test_a_failed_copy_fails_no_day_and_is_a_problem_of_the_archive(
    close_day: CloseDay,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    redis_url: str,
    redis_client: redis.Redis,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.REDIS_URL = redis_url
    close_day()
    monkeypatch.setattr(nightly, "put", _refuses)
    with pytest.raises(CommandError, match="not stored: copy of accounts and settings: a file could not be read"):
        call_command("archive")
    assert list(Day.objects.values_list("date", flat=True)) == [DAY]
    status = json.loads(str(redis_client.get(ARCHIVE_STATUS)))
    assert (status["waiting_days"], status["last_error"]) == (
        0,
        "copy of accounts and settings: a file could not be read or written: No space left on device",
    )
    assert "the site's data was not copied: OSError: [Errno 28]" in caplog.text
    monkeypatch.undo()
    settings.REDIS_URL = redis_url
    call_command("archive")
    assert json.loads(str(redis_client.get(ARCHIVE_STATUS)))["last_error"] == ""


def _refuses(*_: object) -> None:
    raise OSError(28, "No space left on device", "/secret/path")


@pytest.mark.django_db
def test_a_failed_day_does_not_keep_the_copy_from_being_stored(close_day: CloseDay, data_dir: Path) -> None:
    close_day(rows=ROWS[1:])
    with pytest.raises(CommandError, match=r"not archived: 2026-11-20 \(simulator\)"):
        call_command("archive")
    assert list(files_in(data_dir / "archive")) == [COPY]


@pytest.mark.django_db
def test_copies_are_listed_and_verified_beside_the_days(
    close_day: CloseDay, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    close_day()
    typed(capsys)
    assert typed(capsys, "--list")[-1] == f"1 copy of the site's data, {TODAY} to {TODAY}"
    assert "1 copy of the site's data verified, damaged: 0" in typed(capsys, "--verify")
    path = data_dir / "archive" / COPY
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CommandError, match=f"damaged or missing: {COPY}"):
        call_command("archive", "--verify")
    with pytest.raises(CommandError, match="failed: site data; the lines above say why"):
        call_command("archive", "--restore", "--site")
    assert f"site data: not restored: {COPY} is damaged" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_all_restores_days_and_site_and_the_collector_learns_its_languages(
    close_day: CloseDay, settings: Settings, redis_url: str, redis_client: redis.Redis
) -> None:
    settings.REDIS_URL = redis_url
    close_day()
    User.objects.create_user("me", password="x")
    HiddenHashtag.objects.create(key="spam", reason="spam")
    Language.objects.exclude(code="es").update(tracked=False)
    call_command("archive")
    Day.objects.all().delete()
    User.objects.all().delete()
    HiddenHashtag.objects.all().delete()
    Language.objects.update(tracked=True)
    with redis_client.pubsub() as heard:
        heard.subscribe(LANGUAGES_CHANNEL)
        assert heard.get_message(timeout=60)
        call_command("archive", "--restore", "--all")
        message = heard.get_message(timeout=60)
    assert message
    assert json.loads(message["data"])["languages"] == ["es"]
    assert User.objects.get().check_password("x")
    assert HiddenHashtag.objects.get().key == "spam"
    assert Day.objects.get().date == DAY


@pytest.mark.django_db
def test_one_day_restores_no_accounts(close_day: CloseDay) -> None:
    close_day()
    User.objects.create_user("me")
    call_command("archive")
    User.objects.all().delete()
    call_command("archive", "--restore", "--day", DAY.isoformat())
    assert not User.objects.exists()


@pytest.mark.django_db
def test_what_to_restore_must_be_said() -> None:
    with pytest.raises(CommandError, match="--restore needs --day YYYY-MM-DD, --all or --site"):
        call_command("archive", "--restore")


def test_a_lost_database_is_restored_by_one_command_in_a_process_of_its_own(data_dir: Path) -> None:
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DATA_DIR": str(data_dir),
        "REDIS_URL": f"unix://{data_dir}/no-redis.sock",
    }

    def run(*arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    make = """
from django.contrib.auth.models import User
from django.core.management import call_command
call_command("migrate", verbosity=0)
User.objects.create_user("me", password="correct horse 4711")
call_command("archive")
"""
    assert "site data: " in run("shell", "--verbosity=0", "--command", make)
    database = data_dir / "trendsite.sqlite3"
    database.unlink()
    assert "1 user added" in run("archive", "--restore", "--all")
    with closing(sqlite3.connect(database)) as restored:
        ((name, password),) = restored.execute("SELECT username, password FROM auth_user")
    assert (name, PBKDF2PasswordHasher().verify("correct horse 4711", password)) == ("me", True)


def test_a_day_is_due_once_the_other_parts_have_started() -> None:
    night, next_day = datetime(2026, 11, 20, 23, 59, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
    assert due(night, FIRST_COPY_SECONDS - 1) == frozenset()
    assert due(night, FIRST_COPY_SECONDS) == due(datetime(2026, 11, 20, tzinfo=UTC), 1e6) != due(next_day, 1e6)
