"""The migrations of a newer Trendsite: a database that has them may not be used by this one.

Django ignores migrations that it does not know, so an older program would write wrong rows, or fail somewhere later.
"""

from collections.abc import Sequence

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from contract.version import VERSION

_OWN_APPS = "trendsite."


def unknown_migrations(alias: str = "default") -> list[str]:
    """Return the migrations of our own apps that a database has and this program does not, such as history.0042_more.

    Raises:
        DatabaseError: the database does not answer.
    """
    own = {config.label for config in apps.get_app_configs() if config.name.startswith(_OWN_APPS)}
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    applied = MigrationRecorder(connections[alias]).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied if app in own and (app, name) not in known)


def refusal(unknown: Sequence[str]) -> str:
    """Return one line that says why a database with unknown migrations is refused, and what to do."""
    return (
        f"the database was migrated by a newer Trendsite ({', '.join(unknown)}), and this is Trendsite {VERSION}: "
        "start the newer one, or restore the backup from before its upgrade (make restore)"
    )


def check_migrations(databases: Sequence[str] | None = None, **_options: object) -> list[CheckMessage]:
    """Return an error for each database that a newer Trendsite has migrated: a check of Django's."""
    return [
        Error(refusal(unknown), id="trendsite.E001")
        for alias in databases or ()
        if (unknown := unknown_migrations(alias))
    ]
