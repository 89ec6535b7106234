"""The archive's status in a real Redis, from real runs, as the site shows it."""

import itertools
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread

import msgspec
import pytest
import redis
from botocore.exceptions import ClientError, EndpointConnectionError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from django.test import Client

from contract.closed_day import closed_days
from contract.redis_names import ARCHIVE_STATUS, STATUS_TTL
from contract.status import ArchiveStatus
from tests.trendsite.archive.conftest import ROWS, CloseDay
from tests.trendsite.stage import Stage
from trendsite.archive.pipeline.archive_errors import BrokenDayError, public_reason
from trendsite.archive.tasks.report import Outcome, Reporter, connect, report_one_run
from trendsite.archive.tasks.watch import run, watch

ROOT = Path(__file__).resolve().parents[4]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def reported(client: redis.Redis) -> ArchiveStatus:
    message = client.get(ARCHIVE_STATUS)
    assert message
    return msgspec.json.decode(message, type=ArchiveStatus)


@pytest.mark.django_db(transaction=True)
def test_a_storage_failure_is_reported_and_the_day_archived_once_storage_is_back(
    close_day: CloseDay, data_dir: Path, stage: Stage, redis_url: str, client: Client
) -> None:
    close_day()
    storage = data_dir / "storage"
    storage.write_text("no folder: nothing can be stored in it")
    environment = {**os.environ, "DATA_DIR": str(data_dir), "REDIS_URL": redis_url, "ARCHIVE_URL": str(storage)}
    environment.pop("DATABASE_URL", None)
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=environment, check=True)
    reporter = Reporter(connect(redis_url), partial(datetime.now, UTC))
    command = ["env", f"DATA_DIR={data_dir}", "DATABASE_URL=", f"ARCHIVE_URL={storage}", f"REDIS_URL={redis_url}"]
    health: list[tuple[int, dict[str, object]]] = []

    def look_and_repair(_seconds: float) -> bool:
        stage.report_collector(datetime.now(UTC))
        stage.report_streaming(datetime.now(UTC))
        reporter.report()
        answer = client.get("/readyz")
        health.append((answer.status_code, answer.json()["archive"]))
        if storage.is_file():
            storage.unlink()
        return len(health) == 2

    watch(
        find=lambda: frozenset(folder for _, _, folder in closed_days(data_dir)),
        archive=partial(run, [*command, sys.executable, "manage.py", "archive"], Event(), reporter.set_outcome),
        wait=look_and_repair,
        monotonic=lambda: 60.0 * len(health),
        random=lambda: 0.0,
    )
    (failed, archive), (succeeded, _) = health
    assert (failed, succeeded) == (503, 200)
    assert archive["error"] == (
        "archiving failed, 1 day waits: 2026-11-20 (simulator): a file could not be read or written: Not a directory"
    )
    status = reported(stage.client)
    assert (status.last_error, status.waiting_days, status.failing_since) == ("", 0, None)
    assert status.last_success
    assert list(storage.rglob("counts.csv"))


def test_a_report_lives_as_long_as_its_process(redis_client: redis.Redis, redis_url: str) -> None:
    stop, now = Event(), (NOON + timedelta(seconds=second) for second in itertools.count())
    reporter = Reporter(connect(redis_url), lambda: next(now))
    reporting = Thread(target=reporter.run, args=[stop])
    reporting.start()
    try:
        reporter.set_outcome(Outcome("disk full", 1))
        reporter.set_outcome(Outcome("disk full", 2))
        status = reported(redis_client)
        assert (status.last_error, status.waiting_days) == ("disk full", 2)
        assert status.failing_since
        assert status.failing_since < status.updated_at < status.due_at
        assert 0 < redis_client.ttl(ARCHIVE_STATUS) <= STATUS_TTL
    finally:
        stop.set()
        reporting.join(60)
    assert not redis_client.exists(ARCHIVE_STATUS)


class SlowRedis:
    """Keeps what is written to it, the first time not before ``may_write`` is set."""

    def __init__(self) -> None:
        self.written: list[ArchiveStatus] = []
        self.is_asked, self.may_write = Event(), Event()

    def set(self, _name: str, message: bytes, ex: int) -> None:
        assert ex == STATUS_TTL
        if not self.is_asked.is_set():
            self.is_asked.set()
            assert self.may_write.wait(60)
        self.written.append(msgspec.json.decode(message, type=ArchiveStatus))


def test_an_earlier_report_is_not_written_after_a_later_one() -> None:
    slow = SlowRedis()
    reporter = Reporter(slow, lambda: NOON)  # type: ignore[arg-type]
    earlier = Thread(target=reporter.report)
    earlier.start()
    assert slow.is_asked.wait(60)
    later = Thread(target=reporter.set_outcome, args=[Outcome("disk full", 1)])
    later.start()
    later.join(0.3)  # it waits for its turn
    slow.may_write.set()
    earlier.join(60)
    later.join(60)
    assert [status.last_error for status in slow.written] == ["", "disk full"]


def test_an_outcome_without_a_last_success_leaves_the_earlier_one(redis_client, redis_url: str) -> None:
    reporter = Reporter(connect(redis_url), lambda: NOON)
    reporter.set_outcome(Outcome("", 0, NOON - timedelta(hours=11)))
    reporter.set_outcome(Outcome("the database failed (OperationalError)"))
    status = reported(redis_client)
    assert (status.last_success, status.waiting_days) == (NOON - timedelta(hours=11), None)


def test_reporting_continues_while_redis_is_away(tmp_path: Path) -> None:
    reporter = Reporter(connect(f"unix://{tmp_path}/none.sock"), lambda: NOON)
    reporter.set_outcome(Outcome())
    report_one_run(connect(f"unix://{tmp_path}/none.sock"), Outcome(), NOON)


def test_a_run_by_cron_counts_until_the_next_day_unless_a_process_watches(redis_client, redis_url: str) -> None:
    for day in range(2):
        at = NOON + timedelta(days=day)
        report_one_run(connect(redis_url), Outcome("", day), at)
        status = reported(redis_client)
        assert (status.waiting_days, status.updated_at) == (day, at)
        assert status.due_at > at + timedelta(days=1)
    Reporter(connect(redis_url), lambda: NOON + timedelta(days=2)).set_outcome(Outcome("", 5))
    report_one_run(connect(redis_url), Outcome("", 9), NOON + timedelta(days=2, seconds=1))
    assert reported(redis_client).waiting_days == 5


@pytest.mark.django_db
def test_a_run_by_hand_is_reported(close_day: CloseDay, stage: Stage) -> None:
    broken = close_day(rows=ROWS[1:])
    with pytest.raises(CommandError):
        call_command("archive")
    status = reported(stage.client)
    assert status.waiting_days == 1
    assert status.last_error == (
        f"{broken}: BrokenDayError: simulator/2026-11-20: the first row is not the total of all languages"
    )
    # A missing day is no failure of the archive.
    with pytest.raises(CommandError):
        call_command("archive", "--day", "2026-11-01")
    assert reported(stage.client) == status


@pytest.mark.parametrize(
    ("error", "public"),
    [
        (
            PermissionError(13, "Permission denied", "/srv/my data/archive"),
            "a file could not be read or written: Permission denied",
        ),
        (OSError("/srv/secret"), "a file could not be read or written: OSError"),
        (
            OperationalError('connection to "10.0.0.1" failed: password=secret'),
            "the database failed (OperationalError)",
        ),
        (
            BrokenDayError("/srv/my data/closed/x/2026-11-20/part-0.parquet: not readable: /srv/y"),
            "BrokenDayError: x/2026-11-20/part-0.parquet: not readable: …",
        ),
        (
            EndpointConnectionError(endpoint_url="http://user:secret@host"),
            "S3 could not be used (EndpointConnectionError)",
        ),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "secret"}}, "PutObject"),
            "S3 refused: AccessDenied",
        ),
        (ClientError({"Error": {"Code": "<b>/srv</b>"}}, "PutObject"), "S3 refused: no code"),
        (ValueError("/srv/secret"), "ValueError; the archive's log says more"),
    ],
)
def test_the_public_reason_of_a_failure_has_no_paths_or_secrets(error: Exception, public: str) -> None:
    assert public_reason(error) == public
