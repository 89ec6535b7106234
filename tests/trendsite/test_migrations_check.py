"""A database that a newer Trendsite has migrated is refused in one line, by the start and by `manage.py migrate`."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder

from contract.version import VERSION
from launch.machine import CannotStartError
from launch.site import prepare
from trendsite.migrations_check import check_migrations, unknown_migrations

FUTURE = "9999_from_the_future"

pytestmark = pytest.mark.django_db


@pytest.fixture
def newer_database() -> None:
    """The database has a migration of ours that this program lacks, and one of an app that is not installed."""
    for app in ("history", "an_app_of_another"):
        MigrationRecorder.Migration.objects.create(app=app, name=FUTURE, applied=datetime.now(UTC))


def test_every_migration_of_this_program_is_known():
    assert unknown_migrations() == []
    assert check_migrations(databases=["default"]) == []


def test_the_start_refuses_a_newer_database_in_one_line(newer_database):
    with pytest.raises(CannotStartError) as refused:
        prepare()
    line = str(refused.value)
    assert f"newer Trendsite (history.{FUTURE}), and this is Trendsite {VERSION}" in line
    assert "restore the backup" in line
    assert "\n" not in line


def test_migrate_refuses_a_newer_database(newer_database):
    with pytest.raises(CommandError, match=FUTURE):
        call_command("migrate", "--noinput", skip_checks=False, verbosity=0)
